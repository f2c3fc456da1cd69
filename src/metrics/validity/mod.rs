//! Validation of inputs: scores of how strange an input is to a reference set.
//!
//! A score is a kind: one file with a `static KIND`, and its line below. Higher is stranger, for every score.

use crate::base::params::{ParamSpec, Params};
use crate::base::stats::quantile;
use crate::metrics::numerics::gamma::Gamma;
use crate::metrics::observed::{Observed, ReferenceError};

pub mod deeproad;
pub mod energy;
pub mod knn;
pub mod mahalanobis;
pub mod max_softmax;

/// A score of strangeness.
#[derive(Debug)]
pub struct ValidityKind {
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
    /// True if it needs the values of a layer, not only the outputs of the model.
    pub inside: bool,
    /// Rule of its threshold if none is chosen.
    pub rule: Rule,
    /// Fits it to a reference set.
    pub fit: fn(&Observed, &Params, usize) -> Result<Fitted, ReferenceError>,
}

/// A score fitted to a reference set.
pub struct Fitted {
    /// Scores of the reference inputs, each without itself where it would be its own neighbor.
    pub own: Vec<f64>,
    /// Conventions, as sentences.
    pub about: Vec<String>,
    /// Parts of the reference set that could not be used, as sentences.
    pub problems: Vec<String>,
    /// Computes it.
    pub scorer: Box<dyn Scorer>,
}

/// Computes how strange inputs are to the reference set.
pub trait Scorer: Send + Sync {
    /// The score of each input; `None` where the reference set has nothing to compare with.
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>>;
}

/// Every score.
pub static KINDS: &[&ValidityKind] =
    &[&deeproad::KIND, &knn::KIND, &mahalanobis::KIND, &energy::KIND, &max_softmax::KIND];

/// The score of a name.
pub fn kind(id: &str) -> Option<&'static ValidityKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// Rule of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Quantile of the gamma distribution that fits the scores of the reference set best (Stocco et al., "Misbehaviour prediction
    /// for autonomous driving systems", ICSE 2020).
    Gamma,
    /// Quantile of the scores of the reference set themselves.
    Empirical,
}

/// A threshold above which an input is strange.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Its rule.
    pub rule: Rule,
    /// The part of the reference set below it, 0 to 1.
    pub level: f64,
    /// The score.
    pub value: f64,
    /// The fitted distribution.
    pub gamma: Option<Gamma>,
}

impl Threshold {
    /// The threshold of the scores of a reference set. Scores that no gamma distribution fits (values of 0 or below, all equal)
    /// get the empirical one; the rule says so. `None` without scores.
    pub fn new(own: &[f64], rule: Rule, level: f64) -> Option<Self> {
        let mut sorted: Vec<f64> = own.iter().copied().filter(|score| score.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let gamma = if rule == Rule::Gamma { Gamma::fit(&sorted) } else { None };
        Some(match gamma {
            Some(gamma) => Self { rule, level, value: gamma.quantile(level), gamma: Some(gamma) },
            None => Self { rule: Rule::Empirical, level, value: quantile(&sorted, level)?, gamma: None },
        })
    }

    /// The threshold in words.
    pub fn describe(&self) -> String {
        let percent = 100.0 * self.level;
        match self.gamma {
            Some(gamma) => format!(
                "{:.4}, {percent} % of a gamma distribution with shape {:.4} and scale {:.4}",
                self.value, gamma.shape, gamma.scale
            ),
            None => format!("{:.4}, {percent} % of the reference scores", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_no_gamma_fits_get_an_empirical_threshold() {
        let threshold = Threshold::new(&[-2.0, -1.0, 0.0, 1.0, 2.0], Rule::Gamma, 0.75).unwrap();
        assert_eq!((threshold.rule, threshold.value.to_bits()), (Rule::Empirical, 1.0_f64.to_bits()));
        assert_eq!(Threshold::new(&[], Rule::Gamma, 0.95), None);
        assert_eq!(Threshold::new(&[3.0; 5], Rule::Gamma, 0.95).unwrap().rule, Rule::Empirical);
    }
}
