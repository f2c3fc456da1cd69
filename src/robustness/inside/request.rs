//! Request: what is computed, and by which conventions.

use crate::base::params::Params;
use crate::inference::taps::{Choice, Neuron};
use crate::metrics::conformal::ConformalKind;
use crate::metrics::coverage::{CriterionKind, Of};
use crate::metrics::surprise::SurpriseKind;
use crate::metrics::validity::{Rule, ValidityKind};

/// The computed numbers, and their conventions.
#[derive(Clone, Debug)]
pub struct Request {
    /// Criteria of coverage.
    pub coverage: Vec<(&'static CriterionKind, Params)>,
    /// Scores of surprise.
    pub surprise: Vec<(&'static SurpriseKind, Params)>,
    /// Scores of validity.
    pub validity: Vec<(&'static ValidityKind, Params)>,
    /// Conformal scores.
    pub conformal: Vec<(&'static ConformalKind, Params)>,
    /// Layers whose neurons are covered.
    pub choice: Choice,
    /// Meaning of a neuron.
    pub neuron: Neuron,
    /// Layer of surprise and distances; the last of the choice if absent.
    pub layer: Option<String>,
    /// Layer whose values are the content of an input; that of surprise if absent.
    pub content: Option<String>,
    /// Layer whose Gram matrix is the style of an input; none if absent.
    pub style: Option<String>,
    /// Rule of thresholds; that of the score if absent.
    pub rule: Option<Rule>,
    /// Part of the reference set below the threshold.
    pub level: f64,
    /// Error rates of conformal sets.
    pub alphas: Vec<f64>,
    /// Fit a temperature before the sets.
    pub temperature: bool,
    /// Random seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

impl Request {
    /// True if values inside of the model are needed.
    pub fn inside(&self) -> bool {
        !self.coverage.is_empty()
            || !self.surprise.is_empty()
            || self.validity.iter().any(|(kind, _)| kind.inside)
            || self.conformal.iter().any(|(kind, _)| kind.id != "residual" && is_interval(kind))
    }

    /// True if the whole values of a layer are kept for each input.
    pub fn whole(&self) -> bool {
        self.validity.iter().any(|(kind, _)| kind.id == "deeproad")
    }

    /// True if a criterion looks at pairs of inputs.
    pub fn pairs(&self) -> bool {
        self.coverage.iter().any(|(kind, _)| matches!(kind.of, Of::Pairs(_)))
    }
}

/// True if a conformal score makes intervals of numbers.
pub(super) fn is_interval(kind: &ConformalKind) -> bool {
    matches!(kind.of, crate::metrics::conformal::Of::Values(_))
}
