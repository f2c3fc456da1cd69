//! Commands about cases and suites.

use std::path::PathBuf;

use crate::data::cases::case::Case;
use crate::suites::bundle::ModelPlace;

/// About cases and suites.
#[derive(Clone, Debug)]
pub enum SuiteCommand {
    /// Keeps what is on screen as a case.
    Keep {
        /// Note on the case.
        why: String,
    },
    /// Keeps what is on screen as a case that an assistant proposed, after its failure was seen again.
    Propose {
        /// Note on the case.
        why: String,
        /// SHA-256 of the frozen input on which it was seen.
        input_sha256: String,
    },
    /// Keeps the loop range, or what is around the playhead, as a case over time.
    KeepStretch {
        /// The formula that must hold: `always(ttc > 1.5)`.
        formula: String,
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
    /// Judges some cases of a suite.
    RunSome {
        /// Name of the suite.
        suite: String,
        /// Names of the cases.
        ids: Vec<String>,
    },
    /// Selects cases to be run together, or no longer.
    Tick {
        /// Name of the suite.
        suite: String,
        /// Names of the cases.
        ids: Vec<String>,
        /// True to select.
        on: bool,
    },
    /// Looks at a case: its images, what was expected, what the model said.
    Preview {
        /// Name of the suite.
        suite: String,
        /// Name of the case.
        id: String,
    },
    /// Writes a suite as files into a folder.
    Export {
        /// Name of the suite.
        suite: String,
        /// Target folder; `suites/<name>` in the project if absent.
        folder: Option<PathBuf>,
        /// Place of the model.
        model: ModelPlace,
    },
}
