//! Changes of the open project: each is on disk when it returns and can be undone.

use anyhow::anyhow;

use crate::app::label::FailedSave;
use crate::app::{NoRecording, OpenProject};
use crate::base::errors::told;
use crate::project::ProjectError;
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;

impl OpenProject {
    /// The editor, where there is a project.
    pub(in crate::app) fn editor_mut(&mut self) -> anyhow::Result<&mut ProjectEditor> {
        Ok(self.editor.as_mut().ok_or(NoRecording)?)
    }

    /// Makes a change of the project that is on disk when this returns.
    pub(in crate::app) fn commit(&mut self, label: &str, edit: Edit) -> anyhow::Result<()> {
        let outcome = self.editor_mut()?.commit(label, edit);
        self.note_save(label, outcome)
    }

    /// The same for a change that nobody made by hand: the status line stays with the last one that somebody made.
    pub(in crate::app) fn commit_beside(&mut self, label: &str, edit: Edit) -> anyhow::Result<()> {
        let last = self.labeling.last_saved.clone();
        let outcome = self.commit(label, edit);
        self.labeling.last_saved = last;
        outcome
    }

    /// Keeps in mind if an edit was saved, for everybody who shows that; passes the outcome on.
    pub(in crate::app) fn note_save<T>(
        &mut self,
        label: &str,
        outcome: Result<T, ProjectError>,
    ) -> anyhow::Result<T> {
        match &outcome {
            Ok(_) => {
                self.labeling.last_saved = Some(label.to_owned());
                self.labeling.save_failed = None;
            }
            Err(err) if err.is_failed_save() => {
                let why = told(&anyhow!(err.to_string()));
                let times = self.labeling.save_failed.as_ref().map_or(0, |failed| failed.times) + 1;
                self.labeling.save_failed = Some(FailedSave { edit: label.to_owned(), why, times });
            }
            // The edit made no sense; what was saved before still is.
            Err(_) => {}
        }
        Ok(outcome?)
    }

    /// Several changes as one step, unless there are none.
    pub(in crate::app) fn commit_all(&mut self, label: &str, mut edits: Vec<Edit>) -> anyhow::Result<()> {
        match edits.len() {
            0 => Ok(()),
            1 => self.commit(label, edits.swap_remove(0)),
            _ => self.commit(label, Edit::Group(edits)),
        }
    }

    /// Takes in what another window or program did to the project.
    pub(in crate::app) fn follow_others(&mut self) -> anyhow::Result<()> {
        let Some(editor) = &mut self.editor else { return Ok(()) };
        if editor.refresh()? {
            self.keep_selection();
        }
        Ok(())
    }

    /// Lets go of selected tags and objects that are no longer there.
    pub(in crate::app) fn keep_selection(&mut self) {
        if let Some(editor) = &self.editor {
            self.labeling.keep_selection(editor.project());
        }
    }
}
