//! Judging one run: claims about a single answer. A check is a kind: one file ending in a `static KIND`,
//! and its line below.

use crate::base::params::ParamSpec;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// A claim about one prediction.
pub trait Check: Send + Sync {
    /// Whether it holds, and why not.
    fn judge(&self, answer: &Prediction) -> Verdict;
}

/// A check as it is listed, shown and stored.
#[derive(Debug)]
pub struct CheckKind {
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
    /// Makes it, or says what the case does not say.
    pub build: fn(&OracleSpec) -> Result<Box<dyn Check>, String>,
}

/// Every check.
pub static KINDS: &[&CheckKind] =
    &[&crate::claims::class_is::KIND, &crate::claims::no_object::KIND, &crate::claims::has_object::KIND];

/// The check called `id`.
pub fn kind(id: &str) -> Option<&'static CheckKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// Lowest score that counts as seen.
pub(super) const MIN_SCORE: ParamSpec = ParamSpec {
    id: "min_score",
    title: "Seen from",
    unit: "score",
    min: 0.05,
    max: 0.99,
    neutral: 0.4,
    initial: 0.4,
    step: 0.05,
};

/// The class a claim is about.
pub(super) fn class_of(oracle: &OracleSpec) -> Result<String, String> {
    oracle
        .class
        .clone()
        .ok_or_else(|| format!("the claim {:?} does not say which class it is about", oracle.claim))
}
