//! `hardcase.toml`: the part of a project that people read and diff.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::write_atomic;
use crate::base::inputs::{self, InputKind};
use crate::data::labels::ontology::Ontology;
use crate::project::{ClipRef, FileRef, Project, ProjectError};

/// Name of the file in the project's folder.
pub(super) const FILE: &str = "hardcase.toml";

/// Contents of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) name: String,
    #[serde(default)]
    pub(super) ontology: Ontology,
    #[serde(default)]
    pub(super) clips: Vec<ClipRef>,
    #[serde(default)]
    pub(super) models: Vec<FileRef>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) questions: BTreeMap<String, String>,
}

impl Manifest {
    pub(super) fn of(project: &Project) -> Self {
        Self {
            name: project.name.clone(),
            ontology: project.ontology.clone(),
            clips: project.clips.clone(),
            models: project.models.clone(),
            questions: project.questions.clone(),
        }
    }

    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    pub(super) fn read(folder: &Path) -> Result<Self, ProjectError> {
        let path = Self::path(folder);
        let text = inputs::read_text(&path, InputKind::Settings)
            .map_err(|source| ProjectError::Io { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|err| {
            let problem = err.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            ProjectError::Malformed { problem, path }
        })
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), ProjectError> {
        let path = Self::path(folder);
        let text = toml::to_string_pretty(self)
            .map_err(|err| ProjectError::Malformed { problem: err.to_string(), path: path.clone() })?;
        write_atomic(&path, text.as_bytes()).map_err(|source| ProjectError::Io { path, source })
    }
}
