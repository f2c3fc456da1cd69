//! Commands about the evaluation of a model.

use std::path::PathBuf;

use crate::app::evaluate::filter::{ItemFilter, View};
use crate::evaluation::slices::Cut;

/// About measuring a model on what is labelled.
#[derive(Clone, Debug)]
pub enum EvaluateCommand {
    /// Asks the loaded model about everything that is labelled.
    Run,
    /// What the model calls a labelled class; without a word it is left out.
    Class {
        /// The labelled class.
        label: String,
        /// The model's word.
        word: Option<String>,
    },
    /// The recorded signal that a number of the model is compared with.
    Signal {
        /// The model's number.
        number: String,
        /// The signal.
        signal: Option<String>,
    },
    /// Cuts the result.
    Cut(Cut),
    /// Which items are shown.
    Show(ItemFilter),
    /// Looks at an item.
    Select(usize),
    /// Goes to an item in the recording.
    Open(usize),
    /// Tags the moments of everything that is shown.
    Tag(String),
    /// Which small pictures are needed.
    Pictures(Vec<usize>),
    /// Measures answers from a file instead of the loaded model.
    Import(PathBuf),
    /// Measures the loaded model again.
    ForgetImported,
    /// Keeps everything that is shown as cases of the active suite.
    Keep,
    /// Writes everything that is shown into a folder, to train with.
    Export(PathBuf),
    /// Makes a map of the items from a layer of the model; from the one that suits best without a name.
    Map(Option<String>),
    /// Shows what is most like an item.
    Like(usize),
    /// Asks another model about the same.
    Compare(PathBuf),
    /// Draws intervals of the numbers as a whole.
    Intervals,
    /// Cuts the data by what a question comes to.
    Slices(String),
    /// Keeps a filter under a name.
    SaveView(View),
    /// Forgets the filter of that name.
    ForgetView(String),
}
