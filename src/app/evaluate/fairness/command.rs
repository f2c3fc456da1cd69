//! Commands about fairness.

use std::path::PathBuf;

use crate::app::evaluate::fairness::state::FairnessChoice;

/// About fairness.
#[derive(Clone, Debug)]
pub enum FairnessCommand {
    /// Opens a table with a row for each prediction.
    Open(PathBuf),
    /// Opens the table that ships.
    Example,
    /// Takes the evaluated samples of the open project as the table.
    Evaluated,
    /// Chooses columns and settings; rates follow as soon as there is enough.
    Choose(Box<FairnessChoice>),
    /// Shows another attribute.
    Attribute(usize),
    /// Takes back the latest choice.
    Undo,
    /// Writes the results: the ending of the name is the format.
    Export(PathBuf),
}
