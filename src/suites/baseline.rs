//! The verdicts a suite had last time.

use std::collections::BTreeMap;
use std::path::Path;

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

impl Baseline {
    /// Reads a baseline; the error is one sentence.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = inputs::read_text(path, InputKind::Labels)
            .map_err(|err| format!("could not read the baseline: {err}: {}", path.display()))?;
        serde_json::from_str(&text)
            .map_err(|err| format!("the baseline is damaged: {err}: {}", path.display()))
    }

    /// Writes it.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|err| err.to_string())? + "\n";
        write_named(path, text.as_bytes())
            .map_err(|err| format!("could not write the baseline: {err}: {}", path.display()))
    }

    /// The verdict of the case.
    pub fn status(&self, suite: &str, case: &str) -> Option<Status> {
        self.suites.get(suite)?.get(case).copied()
    }
}
