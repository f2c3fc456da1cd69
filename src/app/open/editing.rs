//! Changes of the open project: each is on disk when it returns and can be undone.

use anyhow::anyhow;

use crate::app::OpenProject;
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;

impl OpenProject {
    /// The editor, where there is a project.
    pub(in crate::app) fn editor_mut(&mut self) -> anyhow::Result<&mut ProjectEditor> {
        self.editor.as_mut().ok_or_else(|| anyhow!("open a recording first"))
    }

    /// Makes a change of the project that is on disk when this returns.
    pub(in crate::app) fn commit(&mut self, label: &str, edit: Edit) -> anyhow::Result<()> {
        self.editor_mut()?.commit(label, edit)?;
        self.labeling.last_saved = Some(label.to_owned());
        Ok(())
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
