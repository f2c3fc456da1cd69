//! Label issues of every recording of a project.

use std::collections::BTreeMap;

use crate::base::errors::told;
use crate::project::editor::ProjectEditor;
use crate::project::exchanging::size_of;
use crate::project::recordings::open_known;
use crate::quality::{self, LabelIssue, Seen};

/// Label issues, and warnings about recordings that cannot be opened: of those, the issues that need no sizes of images.
pub fn issues(editor: &mut ProjectEditor) -> (Vec<LabelIssue>, Vec<String>) {
    let (mut recordings, mut warnings) = (BTreeMap::new(), Vec::new());
    for clip in editor.project().clips.clone() {
        if !editor.project().labels.channels().any(|(name, _)| *name == *clip.name) {
            continue;
        }
        match open_known(&editor.project().folder, &clip) {
            Ok(recording) => {
                editor.learn_motions(&clip.name, &*recording);
                recordings.insert(clip.name, recording);
            }
            Err(err) => warnings.push(format!(
                "the recording {:?} cannot be opened: {}; labels outside of its frames are not checked",
                clip.name,
                told(&err)
            )),
        }
    }
    let project = editor.project();
    let mut issues = Vec::new();
    for (clip, channel) in project.labels.channels() {
        let recording = recordings.get(&**clip);
        let size = recording.and_then(|of| size_of(&**of, of.info().channel_named(channel)?));
        issues.extend(quality::issues(&Seen { clip, channel, size, labels: &project.labels }));
    }
    (issues, warnings)
}
