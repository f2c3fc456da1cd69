//! Relations: claims about the effect of a transform on the prediction. A relation is a kind: one file
//! ending in a `static KIND`, and its line below.

use crate::base::params::ParamSpec;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// Predictions before and after, and the expected one.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The prediction for the original input.
    pub before: &'a Prediction,
    /// The prediction expected by the transforms.
    pub expected: &'a Prediction,
    /// The prediction for the transformed input.
    pub after: &'a Prediction,
}

/// A claim about the prediction before and after.
pub trait Relation: Send + Sync {
    /// Verdict, with the reason of a failure.
    fn judge(&self, pair: &Pair<'_>) -> Verdict;
    /// Remaining confidence in the expectation, 0 to 1: the height of the severity curve.
    fn confidence(&self, pair: &Pair<'_>) -> f32;
}

/// A kind of relation.
#[derive(Debug)]
pub struct RelationKind {
    /// Id in files.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Tasks whose predictions it can judge.
    pub about: &'static [Task],
    /// Subject of the claim, for claims that need one.
    pub subject: Subject,
    /// Constructor; an error names a missing part of the claim.
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
