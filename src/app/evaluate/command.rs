//! Commands about the evaluation of a model.

use std::path::PathBuf;

use crate::app::evaluate::attacks::AttackPlan;
use crate::app::evaluate::card::command::CardCommand;
use crate::app::evaluate::fairness::command::FairnessCommand;
use crate::app::evaluate::filter::{ItemFilter, View};
use crate::app::evaluate::page::EvaluatePage;
use crate::app::evaluate::texts::command::TextCommand;
use crate::evaluation::slices::Cut;

/// About evaluating a model on labeled data.
#[derive(Clone, Debug)]
pub enum EvaluateCommand {
    /// Evaluate the loaded model on all labeled data.
    Run,
    /// The same on this many samples of each channel, spread over all of them.
    RunSample(usize),
    /// Map a label class to a class of the model; none excludes it.
    Class {
        /// Class of the labels.
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
    /// The largest error of a number that counts as right; half the standard deviation of the recorded values if absent.
    Limit {
        /// The model's number.
        number: String,
        /// The limit in its unit.
        limit: Option<f64>,
    },
    /// The channel that is the ground truth; labels if absent.
    Truth(Option<String>),
    /// The channel that is tested; the loaded model or imported predictions if absent.
    Tested(Option<String>),
    /// Cuts the result.
    Cut(Cut),
    /// Select the shown items.
    Show(ItemFilter),
    /// Looks at an item.
    Select(usize),
    /// Goes to an item in the recording.
    Open(usize),
    /// Tags the moments of everything that is shown.
    Tag(String),
    /// Request crops of items.
    Pictures(Vec<usize>),
    /// Evaluate predictions from a file instead of the loaded model.
    Import(PathBuf),
    /// Measures the loaded model again.
    ForgetImported,
    /// Keeps everything that is shown as cases of the active suite.
    Keep,
    /// Writes everything that is shown into a folder, for training.
    Export(PathBuf),
    /// Makes a map of the items from a layer of the model; from the one that suits best without a name.
    Map(Option<String>),
    /// Shows what is most like an item.
    Like(usize),
    /// Asks another model about the same.
    Compare(PathBuf),
    /// Attacks evaluated samples.
    Attack(AttackPlan),
    /// Stops the attacks; what they found stays.
    StopAttack,
    /// Writes the images that fell as a suite.
    ExportAttacked(PathBuf),
    /// Draws intervals of the numbers as a whole.
    Intervals,
    /// Slice the data by the value of a query.
    Slices(String),
    /// Shows a page.
    Page(EvaluatePage),
    /// About behavioral suites for texts.
    Texts(TextCommand),
    /// About fairness.
    Fairness(FairnessCommand),
    /// About the model card of the project.
    Card(CardCommand),
    /// Keeps a filter under a name.
    SaveView(View),
    /// Forgets the filter of that name.
    ForgetView(String),
}
