//! Commands about cases and suites.

use std::path::PathBuf;

use crate::data::cases::case::Case;

/// About cases and suites.
#[derive(Clone, Debug)]
pub enum SuiteCommand {
    /// Keeps what is on screen as a case.
    Keep {
        /// Note on the case.
        why: String,
    },
    /// Select the suite that cases are saved to.
    Active(String),
    /// Shows a case again.
    OpenCase {
        /// Name of the suite.
        suite: String,
        /// Name of the case.
        id: String,
    },
    /// Removes a case.
    Remove {
        /// Name of the suite.
        suite: String,
        /// Name of the case.
        id: String,
    },
    /// Puts a changed case in the place of the one of its name.
    Change(Box<Case>),
    /// Judges every case of a suite.
    Run(String),
    /// Writes a suite as files into a folder.
    Export {
        /// Name of the suite.
        suite: String,
        /// Target folder; `suites/<name>` in the project if absent.
        folder: Option<PathBuf>,
    },
}
