//! Split conformal prediction: sets of classes and intervals of numbers that hold the truth with a chosen probability.
//!
//! Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005; Angelopoulos, Bates, "A Gentle Introduction to Conformal
//! Prediction", 2021. A score is a kind: one file with a `static KIND`, and its line below. Coverage holds on average, for inputs
//! like those of calibration, and not for a single input.

use crate::base::params::{ParamSpec, Params};
use crate::base::stats::Rate;

pub mod aps;
pub mod cqr;
pub mod lac;
pub mod raps;
pub mod residual;
pub mod weighted;

/// A score of conformity.
#[derive(Debug)]
pub struct ConformalKind {
    /// Name on the command line and key in JSON.
    pub id: &'static str,
    /// Name in full.
    pub title: &'static str,
    /// Definition in a sentence.
    pub meaning: &'static str,
    /// Paper that defines it.
    pub source: &'static str,
    /// Its settings.
    pub params: &'static [ParamSpec],
    /// Formula, by the kind of prediction.
    pub of: Of,
}

/// Formula of a score.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// The score of every class of an input from the probabilities; the number in 0 to 1 is the input's own random one.
    Classes(fn(&[f64], &Params, f64) -> Vec<f64>),
    /// Intervals around numbers.
    Values(fn(&Params) -> Box<dyn Interval>),
}

/// Knowledge of one number of one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The model's number.
    pub value: f64,
    /// Deviation of the model's error on similar inputs.
    pub spread: f64,
    /// Quantiles of the true number minus the model's on similar inputs: at alpha/2 and 1 - alpha/2.
    pub quantiles: [f64; 2],
}

/// Intervals around numbers.
pub trait Interval {
    /// Score of a true number.
    fn score(&self, estimate: &Estimate, truth: f64) -> f64;

    /// The numbers whose score is at most the quantile, lowest and highest.
    fn interval(&self, estimate: &Estimate, quantile: f64) -> [f64; 2];
}

/// Every score.
pub static KINDS: &[&ConformalKind] =
    &[&lac::KIND, &aps::KIND, &raps::KIND, &residual::KIND, &weighted::KIND, &cqr::KIND];

/// The score of a name.
pub fn kind(id: &str) -> Option<&'static ConformalKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// Each class has a quantile of its own (Mondrian).
pub const BY_CLASS: ParamSpec =
    ParamSpec::setting("by_class", "A quantile for each class", ParamSpec::SWITCH, [0.0, 1.0], 0.0);

/// The ceil((n + 1)(1 - alpha))-th smallest of n scores; infinite if there are too few, so that everything conforms.
pub fn quantile(scores: &[f64], alpha: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    // What rounding adds to a whole number is no reason to take the next one.
    let rank = ((scores.len() as f64 + 1.0) * (1.0 - alpha) - 1e-9).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::INFINITY)
}

/// Quantiles of a score on calibration inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// One for each class; all equal unless each class has its own.
    pub quantiles: Vec<f64>,
}

impl Calibrated {
    /// From the scores of all classes of the calibration inputs and their true classes.
    pub fn new(scores: &[Vec<f64>], truth: &[usize], alpha: f64, by_class: bool) -> Self {
        let classes = scores.first().map_or(0, Vec::len);
        let of = |wanted: &dyn Fn(usize) -> bool| -> f64 {
            let own = scores.iter().zip(truth).filter(|(_, truth)| wanted(**truth));
            let own: Vec<f64> = own.filter_map(|(scores, truth)| scores.get(*truth).copied()).collect();
            quantile(&own, alpha)
        };
        let quantiles = if by_class {
            (0..classes).map(|class| of(&|truth| truth == class)).collect()
        } else {
            vec![of(&|_| true); classes]
        };
        Self { quantiles }
    }

    /// The classes whose score is at most their quantile.
    pub fn set(&self, scores: &[f64]) -> Vec<usize> {
        let all = scores.iter().zip(&self.quantiles).enumerate();
        all.filter(|(_, (score, quantile))| score <= quantile).map(|(class, _)| class).collect()
    }
}

/// Sets of test inputs against the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetCoverage {
    /// Sets with the true class, with the interval of Wilson.
    pub coverage: Rate,
    /// Mean number of classes.
    pub mean_size: f64,
    /// Number of sets without a class.
    pub empty: usize,
}

impl SetCoverage {
    /// Of sets with known truth.
    pub fn new(sets: &[(&[usize], usize)]) -> Self {
        let hits = sets.iter().filter(|(set, truth)| set.contains(truth)).count();
        let sizes: usize = sets.iter().map(|(set, _)| set.len()).sum();
        Self {
            coverage: Rate::wilson(hits, sets.len()),
            mean_size: sizes as f64 / sets.len().max(1) as f64,
            empty: sets.iter().filter(|(set, _)| set.is_empty()).count(),
        }
    }
}

/// Classes from the most to the least probable, equal ones in their order.
fn falling(probabilities: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_the_rank_of_the_definition() {
        let scores: Vec<f64> = (1..=9).map(f64::from).collect();
        for (alpha, expected) in [(0.1, 9.0), (0.2, 8.0), (0.5, 5.0), (0.05, f64::INFINITY)] {
            assert_eq!(quantile(&scores, alpha).to_bits(), f64::to_bits(expected), "{alpha}");
        }
        assert!(quantile(&[], 0.1).is_infinite());
    }

    #[test]
    fn classes_without_calibration_are_in_every_set() {
        let scores = vec![vec![0.1, 0.9]; 20];
        let calibrated = Calibrated::new(&scores, &[0; 20], 0.1, true);
        assert_eq!(calibrated.set(&[0.1, 5.0]), [0, 1]);
        assert_eq!(Calibrated::new(&scores, &[0; 20], 0.1, false).set(&[0.2, 0.05]), [1]);
    }
}
