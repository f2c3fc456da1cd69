//! Regularized adaptive prediction sets.

use crate::base::params::{ParamSpec, Params};
use crate::metrics::conformal::aps::cumulated;
use crate::metrics::conformal::{BY_CLASS, ConformalKind, Of, falling};

const LAMBDA: ParamSpec =
    ParamSpec::setting("lambda", "Penalty of each further class", "", [0.0, 10.0], 0.01);
const FREE: ParamSpec = ParamSpec::setting("free", "Classes without a penalty", "", [0.0, 1000.0], 2.0);

/// Adaptive sets with a penalty for many classes.
pub static KIND: ConformalKind = ConformalKind {
    id: "raps",
    title: "Regularized adaptive prediction sets",
    meaning: "the sum of adaptive prediction sets, and a penalty for each class before it beyond the free ones",
    source: "Angelopoulos et al., Uncertainty Sets for Image Classifiers using Conformal Prediction, ICLR 2021",
    params: &[LAMBDA, FREE, BY_CLASS],
    of: Of::Classes(scores),
};

fn scores(probabilities: &[f64], params: &Params, _: f64) -> Vec<f64> {
    let (lambda, free) = (params.value(&LAMBDA), params.value(&FREE));
    let mut sums = cumulated(probabilities);
    for (before, class) in falling(probabilities).into_iter().enumerate() {
        sums[class] += lambda * (before as f64 + 1.0 - free).max(0.0);
    }
    sums
}
