//! Claims: expectations about predictions, about how a model is run, and about what was recorded. A claim is a kind: one file
//! with a `static KIND`, and its line below.

use crate::base::params::ParamSpec;
use crate::base::time::{Time, TimeRange};
use crate::clips::Clip;
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::input::Input;
use crate::data::prediction::{Prediction, Task};
use crate::data::time::window::Reach;
use crate::inference::ModelError;
use crate::inference::model::Model;

pub mod area_overlap;
pub mod at_least;
pub mod at_most;
pub mod class_confidence;
pub mod class_is;
mod classes;
pub mod close_values;
pub mod count_kept;
pub mod deep_test;
pub mod deterministic;
pub mod differential;
pub mod error;
pub mod expression;
pub mod gate;
pub mod has_object;
pub mod judge;
pub mod judgment;
pub(crate) mod matching;
pub mod metric_judgment;
pub mod no_object;
pub mod objects_kept;
mod ordered;
pub mod over_time;
pub mod reasons;
pub mod same_class;
pub mod same_objects;
pub mod same_on_backends;
pub mod same_path;
pub mod same_segments;
pub mod same_vector;
pub mod score_drift;
pub mod signal_within;
pub mod spec;
mod sure_objects;

use error::ClaimError;
use judgment::{Judgment, Unjudged};

/// Two predictions, and the one that the second must be like.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The prediction about the original input.
    pub before: &'a Prediction,
    /// The prediction that the transforms promise.
    pub expected: &'a Prediction,
    /// The prediction about the transformed input.
    pub after: &'a Prediction,
}

/// A claim about the predictions before and after a transform.
pub trait PairClaim: Send + Sync {
    /// Judges the pair. A pair that cannot be judged is an error, never a pass.
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged>;
    /// Confidence of the model in what was expected, 0 to 1: the height of the severity curve.
    fn confidence(&self, pair: &Pair<'_>) -> f32;
}

/// A claim about a single prediction.
pub trait OneClaim: Send + Sync {
    /// Judges the prediction. `oracle` is the claim that this was built from, with its region moved as the transforms moved
    /// the image.
    fn judge(&self, prediction: &Prediction, oracle: &ClaimSpec) -> Result<Judgment, Unjudged>;
}

/// A claim about how a model is run.
pub trait RunClaim: Send + Sync {
    /// Runs the model on the input as often as it takes, and judges the runs.
    fn judge(&self, model: &Model, input: &Input) -> Result<Judgment, ModelError>;
}

/// A claim about what was recorded beside an input.
pub trait SignalClaim: Send + Sync {
    /// Judges an input that was read as far back as [`ClaimKind::reach`] says.
    fn judge(&self, input: &Input) -> Result<Judgment, Unjudged>;
}

/// A claim about a stretch of a recording.
pub trait IntervalClaim: Send + Sync {
    /// Judges the stretch; what cannot be judged is an error, never a pass.
    fn judge(&self, clip: &dyn Clip, interval: TimeRange) -> Result<IntervalJudgment, Unjudged>;
}

/// Judgment of a stretch of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalJudgment {
    /// The verdict with its margin.
    pub judgment: Judgment,
    /// The moment that decides.
    pub moment: Option<Time>,
    /// The part of the claim that decides, as it is written.
    pub part: String,
    /// Channels of the signals in that part.
    pub signals: Vec<String>,
}

/// Makes a claim of one sort from its values, or says which of them is missing or wrong.
pub type Build<T> = fn(&ClaimSpec) -> Result<Box<T>, ClaimError>;

/// The subject of the judgment, with the function that makes a judge of it.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// The predictions before and after a transform.
    Pair(Build<dyn PairClaim>),
    /// The prediction about the transformed input.
    One(Build<dyn OneClaim>),
    /// Repeated runs of the model.
    Run(Build<dyn RunClaim>),
    /// Recorded signals.
    Signals(Build<dyn SignalClaim>),
    /// A stretch of a recording.
    Interval(Build<dyn IntervalClaim>),
}

/// The text that a claim takes beside its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// It takes none.
    None,
    /// An expression that must be true.
    Expression,
    /// Names of backends, separated by blanks.
    Backends,
}

/// Parameters of a claim that are taken from recordings of a human driver where there are some.
#[derive(Clone, Copy, Debug)]
pub struct Human {
    /// The value of the human.
    pub value: &'static ParamSpec,
    /// The mean squared error of the model over unchanged inputs.
    pub usual_error: &'static ParamSpec,
}

/// A claim as it is listed, shown and stored.
#[derive(Debug)]
pub struct ClaimKind {
    /// Name in files.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// One plain sentence for menus and documents, without a full stop.
    pub summary: &'static str,
    /// The margin of a judgment and its unit: value minus bound, so that above 0 it passes and below 0 it fails. At 0 the
    /// comparison of the claim decides. "" for a claim that measures none.
    pub margin: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Tasks of the models that it fits.
    pub about: &'static [Task],
    /// The subject that it needs a name of.
    pub subject: Subject,
    /// The text that it takes.
    pub text: Text,
    /// Parameters that come from a human driver.
    pub human: Option<Human>,
    /// The stretch of a recording that it looks at beside that of the model, where it looks further.
    pub reach: Option<fn(&ClaimSpec) -> Reach>,
    /// The way it judges.
    pub judge: Judge,
}

impl ClaimKind {
    /// True for a claim that compares two predictions.
    pub fn compares(&self) -> bool {
        matches!(self.judge, Judge::Pair(_))
    }
}

/// Every claim, in the order of menus and documents.
pub static KINDS: &[&ClaimKind] = &[
    &same_class::KIND,
    &class_confidence::KIND,
    &same_objects::KIND,
    &objects_kept::KIND,
    &count_kept::KIND,
    &score_drift::KIND,
    &close_values::KIND,
    &deep_test::KIND,
    &same_path::KIND,
    &same_segments::KIND,
    &area_overlap::KIND,
    &same_vector::KIND,
    &at_least::KIND,
    &at_most::KIND,
    &expression::KIND,
    &class_is::KIND,
    &no_object::KIND,
    &has_object::KIND,
    &same_on_backends::KIND,
    &deterministic::KIND,
    &signal_within::KIND,
    &over_time::KIND,
];

/// The claim called `id`.
pub fn kind(id: &str) -> Option<&'static ClaimKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// The claim that a model of this task is judged by until somebody chooses another.
pub fn usual(task: Task) -> &'static ClaimKind {
    match task {
        Task::Classes => &same_class::KIND,
        Task::Objects => &same_objects::KIND,
        Task::Values => &close_values::KIND,
        Task::Segments => &same_segments::KIND,
        Task::Vector => &same_vector::KIND,
    }
}
