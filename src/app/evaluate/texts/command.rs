//! Commands about behavioral suites for texts.

use std::path::PathBuf;

use crate::app::evaluate::texts::draft::Draft;
use crate::app::evaluate::texts::state::{FailureFilter, TextCell};
use crate::behavior::predictions::Form;

/// About behavioral suites for texts.
#[derive(Clone, Debug)]
pub enum TextCommand {
    /// Opens a suite: its folder, its `text.toml`, or a file of `CheckList`.
    Open(PathBuf),
    /// Opens the suite that ships, with its model.
    Example,
    /// Starts an empty suite.
    New,
    /// Writes the suite into its folder, or into another one.
    Save(Option<PathBuf>),
    /// Takes back the latest change of the suite.
    Undo,
    /// Runs a model file on the suite.
    AddModel(PathBuf),
    /// Runs the loaded model on the suite.
    AddLoaded,
    /// Judges predictions from a file.
    AddPredictions {
        /// The file.
        path: PathBuf,
        /// Form of its lines.
        form: Form,
    },
    /// Takes a model out of the table.
    RemoveColumn(usize),
    /// Stops the run.
    Stop,
    /// Changes the view.
    Look(TextLook),
    /// Shows the table of results, or the template editor.
    Editor(bool),
    /// Changes the test that is being written.
    Draft(Box<Draft>),
    /// Suggests words for a tag of the template by the masked-language model.
    Suggest(String),
    /// Loads a masked-language model, and suggests words for a tag with it.
    SuggestWith {
        /// The model.
        model: PathBuf,
        /// The tag.
        tag: String,
    },
    /// Adds the test that is being written to the suite.
    AddTest,
    /// Writes the results: the ending of the name is the format.
    Export(PathBuf),
}

/// A change of the view of a suite.
#[derive(Clone, Debug)]
pub enum TextLook {
    /// Sets the form in which files of predictions are read.
    Form(Form),
    /// Shows the tests of a cell of the table.
    Cell(TextCell),
    /// Shows the failures of a test.
    Test(usize),
    /// Shows a failed case, by its place in the list.
    Failure(usize),
    /// Goes on by so many failed cases.
    Step(isize),
    /// Chooses the failed cases that are listed.
    Filter(FailureFilter),
    /// Sets the largest failure rate, 0 to 1, of tests that state none.
    Limit(Option<f64>),
}
