//! Judging two runs: what a change of the input must do to the answer. A relation is a kind: one file
//! ending in a `static KIND`, and its line below.

use crate::base::params::ParamSpec;
use crate::data::case::{OracleSpec, Subject};
use crate::data::prediction::{Prediction, Task};
use crate::data::verdict::Verdict;

pub mod class_confidence;
pub mod close_values;
pub mod deep_test;
pub mod expression;
pub mod kept_objects;
mod matching;
pub mod ordered;
pub mod reasons;
pub mod same_class;
pub mod same_objects;
pub mod same_path;
pub mod same_segments;
pub mod same_vector;

/// Two answers and what the second one had to be.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The answer about the original input.
    pub before: &'a Prediction,
    /// What the transforms promise about the answer.
    pub expected: &'a Prediction,
    /// The answer about the changed input.
    pub after: &'a Prediction,
}

/// A claim about the answer before and after.
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
    /// The kinds of answers it can judge.
    pub about: &'static [Task],
    /// What the claim's subject is, where it needs one.
    pub subject: Subject,
    /// Makes it with these values, or says what the claim does not say.
    pub build: fn(&OracleSpec) -> Result<Box<dyn Relation>, String>,
}

/// Every relation.
pub static KINDS: &[&RelationKind] = &[
    &same_class::KIND,
    &class_confidence::KIND,
    &same_objects::KIND,
    &kept_objects::KEPT,
    &kept_objects::COUNT,
    &kept_objects::SCORE,
    &close_values::KIND,
    &deep_test::KIND,
    &same_path::KIND,
    &same_segments::KIND,
    &same_vector::KIND,
    &ordered::AT_LEAST,
    &ordered::AT_MOST,
    &expression::KIND,
];

/// The relation called `id`.
pub fn kind(id: &str) -> Option<&'static RelationKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}
