//! The verdicts a suite had last time.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::inputs::{self, InputKind};
use crate::base::outputs::write_named;
use crate::reports::report::Status;

/// Verdicts by case, for each suite by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// suite name -> case -> verdict.
    pub suites: BTreeMap<String, BTreeMap<String, Status>>,
}

/// Error of reading or writing a baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("could not read the baseline: {source}: {}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// It is not a baseline.
    #[error("the baseline is damaged: {source}: {}", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// Error of the parser.
        source: serde_json::Error,
    },
    /// It cannot be serialized.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It cannot be written.
    #[error("could not write the baseline: {source}: {}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
}

impl Baseline {
    /// Reads a baseline.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = inputs::read_text(path, InputKind::Labels)
            .map_err(|source| BaselineError::Read { path: path.to_owned(), source })?;
        serde_json::from_str(&text).map_err(|source| BaselineError::Damaged { path: path.to_owned(), source })
    }

    /// Writes it.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        write_named(path, text.as_bytes())
            .map_err(|source| BaselineError::Write { path: path.to_owned(), source })
    }

    /// The verdict of the case.
    pub fn status(&self, suite: &str, case: &str) -> Option<Status> {
        self.suites.get(suite)?.get(case).copied()
    }
}
