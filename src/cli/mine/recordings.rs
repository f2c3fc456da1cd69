//! Recordings of the places on the command line, opened one after the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files::visible_in;
use crate::base::progress::Progress;
use crate::clips::{self, Clip};
use crate::data::labels::tag::Tag;
use crate::mining::kept::{KeptError, identity};
use crate::project::editor::ProjectEditor;
use crate::project::remote::expanded;
use crate::project::{ClipRef, Project, is_project, samples};

/// A recording that is not opened yet.
pub(in crate::cli) struct Recording {
    /// Name in findings.
    pub(in crate::cli) name: String,
    /// Position of its project among the projects.
    pub(in crate::cli) project: Option<usize>,
    of: Of,
}

enum Of {
    Clip(ClipRef),
    Path(PathBuf),
}

/// Recordings and projects of the places.
#[derive(Default)]
pub(in crate::cli) struct Places {
    pub(in crate::cli) recordings: Vec<Recording>,
    pub(in crate::cli) projects: Vec<ProjectEditor>,
}

impl Places {
    pub(in crate::cli) fn read(places: &[PathBuf]) -> anyhow::Result<Self> {
        let mut all = Self::default();
        for place in &expanded(places, &Progress::default())? {
            if is_project(place) {
                let editor = ProjectEditor::open(place)?;
                let project = Some(all.projects.len());
                all.recordings.extend(editor.project().clips.iter().map(|clip| Recording {
                    name: clip.name.clone(),
                    project,
                    of: Of::Clip(clip.clone()),
                }));
                all.projects.push(editor);
            } else {
                all.recordings.extend(of_path(place)?);
            }
        }
        Ok(all)
    }

    pub(in crate::cli) fn project_of(&self, recording: &Recording) -> Option<&Project> {
        Some(self.projects.get(recording.project?)?.project())
    }

    /// Opens a recording and indexes all of its samples.
    pub(in crate::cli) fn open(&self, recording: &Recording) -> anyhow::Result<Arc<dyn Clip>> {
        match (&recording.of, self.project_of(recording)) {
            (Of::Clip(clip), Some(project)) => samples::opened(project, clip),
            (Of::Clip(clip), None) => indexed(&clip.path),
            (Of::Path(path), _) => indexed(path),
        }
    }

    /// Identity of a recording by its name, the content of its files, and how the project joins them.
    pub(in crate::cli) fn identity(&self, recording: &Recording) -> Result<String, KeptError> {
        match (&recording.of, self.project_of(recording)) {
            (Of::Clip(clip), Some(project)) => {
                let files = std::iter::once(&clip.path).chain(clip.with.iter().map(|part| &part.path));
                let files: Vec<String> =
                    files.map(|path| identity(&project.resolve(path))).collect::<Result<_, _>>()?;
                let offsets: Vec<i64> = clip.offsets().iter().map(|offset| offset.0).collect();
                let text =
                    format!("{} {files:?} {offsets:?} {:?} {:?}", clip.name, clip.header_time, clip.faults);
                Ok(crate::base::files::sha256_hex(text.as_bytes()))
            }
            // Equal copies have findings of their own, which bear their names.
            (Of::Clip(ClipRef { path, .. }) | Of::Path(path), _) => {
                let text = format!("{} {}", recording.name, identity(path)?);
                Ok(crate::base::files::sha256_hex(text.as_bytes()))
            }
        }
    }

    /// Tags of a recording.
    pub(in crate::cli) fn tags(&self, recording: &Recording) -> Vec<Tag> {
        let project = self.project_of(recording);
        let tags = project.into_iter().flat_map(|project| &project.tags);
        tags.filter(|tag| tag.clip == recording.name).cloned().collect()
    }
}

/// The recording at a path, or the recordings in it.
fn of_path(path: &Path) -> anyhow::Result<Vec<Recording>> {
    let named = |path: &Path| Recording { name: name_of(path), project: None, of: Of::Path(path.to_owned()) };
    match clips::open(path) {
        Ok(_) => Ok(vec![named(path)]),
        // A folder that is no recording may hold some.
        Err(err) if path.is_dir() => {
            let inside = visible_in(path)?;
            let found: Vec<Recording> =
                inside.iter().filter(|path| clips::open(path).is_ok()).map(|path| named(path)).collect();
            if found.is_empty() { Err(err.into()) } else { Ok(found) }
        }
        Err(err) => Err(err.into()),
    }
}

/// Name of the last part of a path; of one without, such as `.` or `..`, that of the folder that it stands for.
fn name_of(path: &Path) -> String {
    let own = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let whole = || path.canonicalize().ok().and_then(|path| own(&path));
    own(path).or_else(whole).unwrap_or_else(|| path.display().to_string())
}

fn indexed(path: &Path) -> anyhow::Result<Arc<dyn Clip>> {
    let clip = clips::open(path)?;
    clip.index(&Progress::default())?;
    Ok(clip)
}
