//! Recordings to evaluate: those of a project, or one on its own.

use std::path::Path;

use crate::base::remote::download::absolute;
use crate::clips::Clip;
use crate::project::editor::ProjectEditor;
use crate::project::{ClipRef, Project, ProjectError, is_project};

/// Recordings to evaluate.
pub(super) enum Work {
    /// Those of a project.
    Project(Box<ProjectEditor>),
    /// One that belongs to no project.
    Recording(Box<Project>),
}

impl Work {
    pub(super) fn open(place: &Path) -> Result<Self, ProjectError> {
        if is_project(place) {
            return Ok(Self::Project(Box::new(ProjectEditor::open(place)?)));
        }
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = absolute(place).unwrap_or_else(|_| place.to_owned());
        let clip = ClipRef { name, path, ..ClipRef::default() };
        Ok(Self::Recording(Box::new(Project { clips: vec![clip], ..Project::default() })))
    }

    pub(super) fn project(&self) -> &Project {
        match self {
            Self::Project(editor) => editor.project(),
            Self::Recording(project) => project,
        }
    }

    /// Reads the motions of sensors with labels; a recording on its own has none.
    pub(super) fn learn_motions(&mut self, name: &str, clip: &dyn Clip) {
        if let Self::Project(editor) = self {
            editor.learn_motions(name, clip);
        }
    }
}
