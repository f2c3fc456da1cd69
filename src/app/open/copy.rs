//! A copy of a project that lies where nothing can be written.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::app::App;
use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::open::command::OpenCommand;
use crate::base::files::{sha256_hex, slug};
use crate::project::copying::copy_to;
use crate::project::editor::ProjectEditor;
use crate::project::{Project, is_project};

/// Folder in the user's own one for the work on a recording whose place cannot be written.
pub(super) fn own_folder(home: &Path, recording: &Path) -> PathBuf {
    let name = recording.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let key = sha256_hex(recording.to_string_lossy().as_bytes());
    home.join("projects").join(format!("{}-{}", slug(&name), key.get(..8).unwrap_or_default()))
}

/// True if somebody worked in a project.
pub(super) fn has_work(project: &Project) -> bool {
    !project.tags.is_empty() || !project.labels.is_empty() || !project.cases.is_empty()
}

/// The same name with the first free number behind it.
fn free(folder: PathBuf) -> PathBuf {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let numbered = (2_u32..).map(|number| folder.with_file_name(format!("{name}-{number}")));
    std::iter::once(folder.clone()).chain(numbered).find(|folder| !folder.exists()).unwrap_or(folder)
}

impl App {
    /// Writes a copy of the project below `parent`, or into the user's own folder, and opens it.
    pub(super) fn make_writable_copy(&mut self, parent: Option<PathBuf>) -> anyhow::Result<()> {
        let project = self.project().ok_or_else(|| anyhow!("open a project first"))?;
        let from = project.folder.clone();
        let target = if let Some(parent) = parent {
            let name = from.file_name().map(|name| name.to_string_lossy().into_owned());
            parent.join(name.unwrap_or_else(|| slug(&project.name)))
        } else {
            let home = self.session.folder().ok_or_else(|| {
                anyhow!("there is no folder for copies of projects, set HARDCASE_HOME or choose one")
            })?;
            // Where the recording itself, opened again, looks for it.
            let recording = project.clips.first().map(|clip| project.resolve(&clip.path));
            let beside = recording.filter(|path| path.with_extension("hardcase") == from);
            own_folder(home, &beside.unwrap_or_else(|| from.clone()))
        };
        let target = free(target);
        self.remember_place();
        self.jobs.spawn(JobKind::CopyProject, "Copying the project", move |_, outbox| {
            copy_to(&ProjectEditor::open(&from)?, &target)?;
            outbox.send(move |app| {
                app.session.follow_copy(&from, &target);
                app.notices.done(format!("Copied, edits are saved in {}", target.display()));
                app.dispatch(Command::Open(OpenCommand::Paths(vec![target])));
            });
            Ok(())
        });
        Ok(())
    }

    /// The project in the user's own folder about a recording, if somebody worked in it.
    pub(super) fn own_copy(&self, recording: &Path) -> Option<ProjectEditor> {
        let folder = own_folder(self.session.folder()?, recording);
        let editor = is_project(&folder).then(|| ProjectEditor::open(&folder).ok()).flatten()?;
        has_work(editor.project()).then_some(editor)
    }
}
