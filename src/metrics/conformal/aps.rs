//! Adaptive prediction sets.

use crate::base::params::{ParamSpec, Params};
use crate::metrics::conformal::{BY_CLASS, ConformalKind, Of, falling};

const RANDOM: ParamSpec = ParamSpec::setting(
    "random",
    "The class itself counts with a random part, which makes sets smaller",
    ParamSpec::SWITCH,
    [0.0, 1.0],
    0.0,
);

/// Probability of the class and of all more probable ones.
pub static KIND: ConformalKind = ConformalKind {
    id: "aps",
    title: "Adaptive prediction sets",
    meaning: "sum of the probabilities in falling order down to and with the class",
    source: "Romano, Sesia, Candes, Classification with Valid and Adaptive Coverage, NeurIPS 2020",
    params: &[RANDOM, BY_CLASS],
    of: Of::Classes(scores),
};

fn scores(probabilities: &[f64], params: &Params, random: f64) -> Vec<f64> {
    let part = if params.value(&RANDOM) >= 0.5 { random } else { 0.0 };
    let mut sums = cumulated(probabilities);
    sums.iter_mut().zip(probabilities).for_each(|(sum, own)| *sum -= part * own);
    sums
}

/// For each class the sum of the probabilities in falling order down to and with it.
pub(super) fn cumulated(probabilities: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; probabilities.len()];
    let mut sum = 0.0;
    for class in falling(probabilities) {
        sum += probabilities[class];
        sums[class] = sum;
    }
    sums
}
