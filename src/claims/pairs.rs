//! Judging two runs: what a change of the input must do to the prediction. A relation is a kind: one file
//! ending in a `static KIND`, and its line below.

use crate::base::params::ParamSpec;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// Two predictions and what the second one had to be.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The prediction about the original input.
    pub before: &'a Prediction,
    /// What the transforms promise about the prediction.
    pub expected: &'a Prediction,
    /// The prediction about the changed input.
    pub after: &'a Prediction,
}

/// A claim about the prediction before and after.
pub trait Relation: Send + Sync {
    /// Whether it holds, and why not.
    fn judge(&self, pair: &Pair<'_>) -> Verdict;
    /// How sure the model still is of what was expected, 0 to 1: the height of the severity curve.
    fn confidence(&self, pair: &Pair<'_>) -> f32;
}

/// A relation as it is listed, shown and stored.
#[derive(Debug)]
pub struct RelationKind {
    /// Name in files.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its knobs.
    pub params: &'static [ParamSpec],
    /// The kinds of predictions it can judge.
    pub about: &'static [Task],
    /// What the claim's subject is, where it needs one.
    pub subject: Subject,
    /// Makes it with these values, or says what the claim does not say.
    pub build: fn(&OracleSpec) -> Result<Box<dyn Relation>, String>,
}

/// Every relation.
pub static KINDS: &[&RelationKind] = &[
    &crate::claims::same_class::KIND,
    &crate::claims::class_confidence::KIND,
    &crate::claims::same_objects::KIND,
    &crate::claims::kept_objects::KEPT,
    &crate::claims::kept_objects::COUNT,
    &crate::claims::kept_objects::SCORE,
    &crate::claims::close_values::KIND,
    &crate::claims::deep_test::KIND,
    &crate::claims::same_path::KIND,
    &crate::claims::same_segments::KIND,
    &crate::claims::same_vector::KIND,
    &crate::claims::ordered::AT_LEAST,
    &crate::claims::ordered::AT_MOST,
    &crate::claims::expression::KIND,
];

/// The relation called `id`.
pub fn kind(id: &str) -> Option<&'static RelationKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}
