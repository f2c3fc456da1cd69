//! Commands about the model card of a project.

use std::path::PathBuf;

/// About the model card.
#[derive(Clone, Debug)]
pub enum CardCommand {
    /// Reads the statements and looks at what was evaluated.
    Load,
    /// States something; an empty text takes it back.
    State {
        /// Table and name in the file.
        key: (&'static str, &'static str),
        /// The text.
        text: String,
    },
    /// Takes back the latest statement that was changed.
    Undo,
    /// Writes the statements into the project.
    Save,
    /// Reads a JSON report of `hardcase test` for the page.
    Results(PathBuf),
    /// Writes the page: the ending of the name is the format.
    Export(PathBuf),
}
