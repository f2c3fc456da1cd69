//! Checks: claims about a single prediction. A check is a kind: one file ending in a `static KIND`,
//! and its line below.

use crate::base::params::ParamSpec;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// A claim about one prediction.
pub trait Check: Send + Sync {
    /// Verdict, with the reason of a failure.
    fn judge(&self, answer: &Prediction) -> Verdict;
}

/// A kind of check.
#[derive(Debug)]
pub struct CheckKind {
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
    pub build: fn(&OracleSpec) -> Result<Box<dyn Check>, String>,
}

/// Every check.
pub static KINDS: &[&CheckKind] =
    &[&crate::claims::class_is::KIND, &crate::claims::no_object::KIND, &crate::claims::has_object::KIND];

/// The check called `id`.
pub fn kind(id: &str) -> Option<&'static CheckKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// Minimum score of detected objects.
pub(super) const MIN_SCORE: ParamSpec = ParamSpec {
    id: "min_score",
    title: "Min. confidence",
    unit: "score",
    min: 0.05,
    max: 0.99,
    neutral: 0.4,
    initial: 0.4,
    step: 0.05,
};

/// The class of a claim.
pub(super) fn class_of(oracle: &OracleSpec) -> Result<String, String> {
    oracle.class.clone().ok_or_else(|| format!("the claim {:?} needs the name of a class", oracle.claim))
}
