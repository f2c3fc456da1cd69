//! Opening a case of a suite.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::{App, Workspace};
use crate::base::files::sha256_hex;
use crate::base::progress::Progress;
use crate::base::text::quoted;
use crate::clips;
use crate::data::clip::ChannelId;
use crate::project::editor::ProjectEditor;
use crate::project::recordings::{Wanted, together};
use crate::suites::{files, freeze};

impl App {
    /// Opens a suite at one of its cases, the first where none is named, with the model of the suite or another.
    pub(super) fn open_suite(
        &mut self,
        folder: &Path,
        case: Option<&str>,
        model: Option<&Path>,
    ) -> anyhow::Result<()> {
        let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let suite = files::read(folder)?;
        let wanted = match case {
            Some(id) => suite.cases.iter().find(|(name, _)| name == id).ok_or_else(|| {
                let known: Vec<&str> = suite.cases.iter().map(|(name, _)| name.as_str()).collect();
                anyhow!("the suite has no case {}, it has {}", quoted(id), known.join(", "))
            })?,
            None => {
                suite.cases.first().ok_or_else(|| anyhow!("the suite has no case: {}", folder.display()))?
            }
        };
        let (id, case) = wanted.clone();
        let catalog = suite.catalog()?;
        suite.input(&case).map_err(|problem| anyhow!("{id}: {problem}"))?;
        let attacked = suite.attacked_media(&case).map_err(|problem| anyhow!("{id}: {problem}"))?;
        // Frames and scans of a suite are shown together; a window and a text are recordings by themselves.
        let alone = case.input.file.extension().is_some_and(|ending| ending == "json" || ending == "txt");
        let media = if alone { folder.join(&case.input.file) } else { folder.join("media") };
        let wanted = Wanted::Files { first: media.clone(), others: Vec::new() };
        let (clip, of) = together(&wanted, &Progress::default())?;
        self.close();
        // The suite's files stay as they are; work on them goes to the user's own folder.
        if let Some(home) = self.session.folder() {
            let key = sha256_hex(folder.to_string_lossy().as_bytes());
            let place = home.join("projects").join(format!("suite-{}", key.get(..8).unwrap_or_default()));
            self.open.editor = Some(ProjectEditor::create(&place, &suite.file.name)?);
        }
        self.show_clip(clip, of)?;
        let frame = if alone {
            self.open.playback.times.len().saturating_sub(1)
        } else {
            picture_number(&media, &case.input.file)
        };
        self.open.playback.playhead = self.open.playback.times.get(frame).copied().unwrap_or_default();
        self.open.models.catalog = Arc::new(catalog);
        self.open.explore.show(case.stack, case.oracle);
        if let Some(note) = &case.attack {
            self.show_attacked(note, frame, attacked)?;
        }
        self.open.suites.active.clone_from(&suite.file.name);
        self.workspace = Workspace::Explore;
        let recorded = suite.file.model.clone();
        match (model.map(Path::to_owned), suite.model_path(), recorded) {
            (Some(path), _, recorded) => self.load_model(&path, recorded.map(|model| model.card), false),
            // Another model than that of the suite is loaded by hand only.
            (None, Some(path), recorded) => {
                let problem = move || {
                    let problem = suite.model_problem()?;
                    Some(format!("{problem}, restore it from git, or load it by hand"))
                };
                self.load_model_unless(problem, &path, recorded.map(|model| model.card), false);
            }
            (None, None, Some(recorded)) => self.notices.warning(format!(
                "The model of this suite is missing, load {} to see its predictions",
                recorded.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            )),
            (None, None, None) => {}
        }
        Ok(())
    }
}

/// Position of a media file among the frames of its folder, which are sorted by name.
fn picture_number(media: &Path, file: &Path) -> usize {
    let Ok(clip) = clips::open(media) else { return 0 };
    let wanted = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let count = clip.times(ChannelId(0)).len();
    (0..count)
        .find(|index| {
            let input = clip.input(ChannelId(0), *index);
            input.is_ok_and(|input| {
                freeze::frozen(&input).is_ok_and(|(bytes, _)| sha256_hex(&bytes) == wanted)
            })
        })
        .unwrap_or(0)
}
