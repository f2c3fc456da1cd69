//! Lack of confidence.

use crate::base::params::Params;
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::validity::{Fitted, Rule, Scorer, ValidityKind};

/// One minus the largest probability.
pub static KIND: ValidityKind = ValidityKind {
    id: "softmax",
    title: "Maximum softmax probability",
    meaning: "one minus the largest probability",
    source: "Hendrycks, Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples, ICLR 2017",
    params: &[],
    inside: false,
    rule: Rule::Empirical,
    fit,
};

struct Unsure;

fn fit(reference: &Observed, _: &Params, threads: usize) -> Result<Fitted, ReferenceError> {
    if reference.probabilities.is_empty() {
        return Err(ReferenceError::NoClasses);
    }
    let own: Vec<f64> = Unsure.scores(reference, threads).into_iter().flatten().collect();
    let saturated = own.iter().filter(|score| **score <= 0.0).count();
    let problems = (2 * saturated > own.len()).then(|| {
        format!(
            "the softmax is saturated: {saturated} of {} reference inputs have a probability of 1",
            own.len()
        )
    });
    Ok(Fitted { own, about: Vec::new(), problems: problems.into_iter().collect(), scorer: Box::new(Unsure) })
}

impl Scorer for Unsure {
    fn scores(&self, asked: &Observed, _: usize) -> Vec<Option<f64>> {
        let one = |all: &Vec<f64>| all.iter().copied().reduce(f64::max).map(|largest| 1.0 - largest);
        asked.probabilities.iter().map(one).collect()
    }
}
