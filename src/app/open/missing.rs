//! Files that a project refers to and that are gone: the list of them, and the commands that find them again.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::app::{App, OpenProject};
use crate::base::errors::told;
use crate::base::text::counted;
use crate::project::editor::ProjectEditor;
use crate::project::missing::{self, MissingFile, Moved, Role, is_there};
use crate::project::{ClipRef, FileRef};

/// References of the open project that lead nowhere.
#[derive(Default)]
pub struct Missing {
    /// Recordings in their order, then models.
    pub files: Vec<MissingFile>,
    /// The references that were looked up.
    looked_up: Option<(Vec<ClipRef>, Vec<FileRef>)>,
}

impl Missing {
    /// The missing files of a recording or a model.
    pub fn of<'a>(&'a self, role: Role, name: &'a str) -> impl Iterator<Item = &'a MissingFile> {
        self.files.iter().filter(move |file| file.role == role && file.name == name)
    }

    /// Counts of missing recordings and models in words.
    pub fn told(&self) -> String {
        let count = |role| self.files.iter().filter(|file| file.role == role).count();
        let parts = [
            (count(Role::Recording), "file of a recording", "files of recordings"),
            (count(Role::Model), "model", "models"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, several)| format!("{count} {}", if count == 1 { one } else { several }))
            .collect();
        format!("{} missing", parts.join(" and "))
    }
}

impl OpenProject {
    /// Looks up references that changed since the last time; the disk is not asked while none does.
    pub(in crate::app) fn follow_missing(&mut self) {
        let Some(project) = self.editor.as_ref().map(ProjectEditor::project) else { return };
        let known = self.missing.looked_up.as_ref();
        if known.is_some_and(|(clips, models)| *clips == project.clips && *models == project.models) {
            return;
        }
        self.missing.looked_up = Some((project.clips.clone(), project.models.clone()));
        self.missing.files = missing::missing(project);
    }

    /// Looks all references up again.
    pub(in crate::app) fn look_for_missing(&mut self) {
        self.missing.looked_up = None;
        self.follow_missing();
    }
}

impl App {
    /// Uses a file in place of a missing one; others that moved along with it are found too.
    pub(super) fn locate(&mut self, from: &Path, to: &Path) -> anyhow::Result<()> {
        if !is_there(to) {
            return Err(anyhow!("there is no such file or folder: {}", to.display()));
        }
        let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        self.open.look_for_missing();
        self.take_moved(&missing::moved_with(&self.open.missing.files, from, &to))
    }

    /// Searches a folder for everything that is missing.
    pub(super) fn search_folder(&mut self, folder: PathBuf) {
        self.open.look_for_missing();
        let files = self.open.missing.files.clone();
        let title = format!("Searching {}", folder.display());
        self.jobs.spawn(JobKind::FindFiles, title, move |progress, outbox| {
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            let moved = missing::search(&files, &folder, progress)?;
            if moved.is_empty() {
                return Err(anyhow!("none of the missing files is there or below: {}", folder.display()));
            }
            outbox.send(move |app| {
                if let Err(err) = app.take_moved(&moved) {
                    app.notices.error(told(&err));
                }
            });
            Ok(())
        });
    }

    /// Mends all references to files that were found, as one step that can be undone, and opens what could not be opened before.
    fn take_moved(&mut self, moved: &[Moved]) -> anyhow::Result<()> {
        let project = self.project().ok_or_else(|| anyhow!("open a project first"))?;
        let edit = missing::mended(project, moved)
            .ok_or_else(|| anyhow!("the project refers to none of these files"))?;
        self.open.commit("Locate files", edit)?;
        self.open.look_for_missing();
        self.notices.done(format!(
            "{} found, all references lead there; Ctrl+Z to undo",
            counted(moved.len(), "file")
        ));
        for other in moved.iter().filter(|one| !one.same) {
            self.notices.warning(format!(
                "this is not the file that was there before, its content differs; Ctrl+Z to undo: {}",
                other.to.display()
            ));
        }
        if self.open.clip.is_none() {
            self.open_first_clip()?;
        }
        if self.open.models.loaded.is_none()
            && let Some(model) = self.first_model()
        {
            self.dispatch(Command::Model(ModelCommand::Load(model)));
        }
        Ok(())
    }

    /// Path of the first model that is there.
    fn first_model(&self) -> Option<PathBuf> {
        let project = self.project()?;
        let mut paths = project.models.iter().map(|model| project.resolve(&model.path));
        paths.find(|path| path.exists() && !crate::predictions::image_models::paints(path).unwrap_or(false))
    }
}
