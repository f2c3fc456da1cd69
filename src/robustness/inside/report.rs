//! Report: numbers of an inspection, and what was seen for each input.

use crate::metrics::conformal::SetCoverage;
use crate::metrics::coverage::{CriterionKind, Tally};
use crate::metrics::surprise::SurpriseKind;
use crate::metrics::validity::{Threshold, ValidityKind};

use crate::base::params::Params;
use crate::base::stats::Rate;

/// A layer that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerLine {
    /// Name of its value.
    pub name: String,
    /// Operator that makes it.
    pub operator: String,
    /// Shape for one input.
    pub shape: Vec<usize>,
    /// Number of neurons by the convention.
    pub neurons: usize,
    /// Neurons with one value on the whole reference set.
    pub constant: Vec<usize>,
}

/// A criterion with what each set covers.
#[derive(Debug)]
pub struct CoverageLine {
    /// The criterion.
    pub kind: &'static CriterionKind,
    /// Its settings.
    pub params: Params,
    /// One for each set.
    pub tallies: Vec<Option<Tally>>,
    /// Coverage by all sets together.
    pub together: Option<Tally>,
}

/// A score of surprise or validity that could be fitted, or the reason.
#[derive(Debug)]
pub struct Scored {
    /// Conventions.
    pub about: Vec<String>,
    /// Parts of the reference set that could not be used.
    pub problems: Vec<String>,
    /// The scores, set by set.
    pub scores: Vec<Vec<Option<f64>>>,
}

/// A score of surprise.
#[derive(Debug)]
pub struct SurpriseLine {
    /// The score.
    pub kind: &'static SurpriseKind,
    /// Its settings.
    pub params: Params,
    /// Scores, or the sentence why there are none.
    pub outcome: Result<Scored, String>,
    /// Surprise coverage of each set in percent.
    pub coverage: Vec<Option<f64>>,
    /// Area under the curve of "surprise finds mistakes" of each set.
    pub auc: Vec<Option<f64>>,
}

/// A score of validity.
#[derive(Debug)]
pub struct ValidityLine {
    /// The score.
    pub kind: &'static ValidityKind,
    /// Its settings.
    pub params: Params,
    /// Scores, or the sentence why there are none.
    pub outcome: Result<Scored, String>,
    /// The threshold.
    pub threshold: Option<Threshold>,
    /// Inputs above the threshold, of each set.
    pub flagged: Vec<Rate>,
}

/// A failure of the model on a transformed input.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Position among the inputs of the set.
    pub at: usize,
    /// Reason of the failure.
    pub why: String,
    /// The score farthest above its threshold, and that threshold; `None` if the input is still valid.
    pub stranger: Option<(&'static str, f64, f64)>,
}

/// Failures under transforms, split by the validity of the input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Violations {
    /// Transformed inputs for which the claim was judged.
    pub judged: usize,
    /// The failures: those on valid inputs first, the highest confidence first.
    pub all: Vec<Violation>,
}

impl Violations {
    /// Number of failures on inputs that are still valid.
    pub fn fault(&self) -> usize {
        self.all.iter().filter(|one| one.stranger.is_none()).count()
    }
}

/// Conformal sets at one error rate.
#[derive(Clone, Debug, PartialEq)]
pub struct SetsLine {
    /// Name of the score with its settings.
    pub kind: String,
    /// Error rate.
    pub alpha: f64,
    /// Quantiles of the score, one or one for each class.
    pub quantiles: Vec<f64>,
    /// Coverage on each set with known truth.
    pub coverage: Vec<Option<SetCoverage>>,
    /// Coverage by slice of the natural inputs: class or tag, and the fraction of sets with the truth.
    pub slices: Vec<(String, Rate)>,
    /// Sets of classes, set by set and input by input.
    pub sets: Vec<Vec<Vec<usize>>>,
}

/// Intervals of one number at one error rate.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalLine {
    /// Name of the score with its settings.
    pub kind: String,
    /// Name of the number.
    pub value: String,
    /// Error rate.
    pub alpha: f64,
    /// Quantile of the score.
    pub quantile: f64,
    /// Coverage and mean width on each set with known truth.
    pub coverage: Vec<Option<(Rate, f64)>>,
}

/// Calibration before and after a temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TemperatureLine {
    /// The temperature.
    pub temperature: f64,
    /// Number of inputs that it was fitted on.
    pub fitted: usize,
    /// Expected calibration error on the tested inputs before and after.
    pub ece: Option<[f64; 2]>,
    /// Negative log likelihood on the tested inputs before and after.
    pub nll: Option<[f64; 2]>,
}

/// Confidence of the model's predictions.
#[derive(Debug, Default)]
pub struct Confidence {
    /// Number of inputs that calibrate.
    pub calibration: usize,
    /// Temperature, if it was asked for and exists.
    pub temperature: Option<TemperatureLine>,
    /// Sets of classes.
    pub sets: Vec<SetsLine>,
    /// Intervals of numbers.
    pub intervals: Vec<IntervalLine>,
    /// Things that could not be computed, as sentences.
    pub problems: Vec<String>,
}

/// Set of inputs with what was seen.
#[derive(Debug, Default)]
pub struct SetLine {
    /// Its name: natural, transformed, noise.
    pub name: &'static str,
    /// Position of each input among the tested ones.
    pub inputs: Vec<usize>,
    /// The transforms of each input, "" without.
    pub stacks: Vec<String>,
    /// Predicted class of each input.
    pub classes: Vec<usize>,
    /// Probability of the predicted class of each input.
    pub confidence: Vec<Option<f64>>,
    /// True if the prediction is wrong, as far as the truth is known.
    pub wrong: Vec<Option<bool>>,
}

/// Everything that an inspection found.
#[derive(Debug, Default)]
pub struct Report {
    /// Number of reference inputs.
    pub reference: usize,
    /// True if the reference set was not run again: its profile was kept.
    pub kept: bool,
    /// The covered layers.
    pub layers: Vec<LayerLine>,
    /// Layer of surprise and distances.
    pub layer: Option<String>,
    /// Layers of content and style.
    pub content: Vec<String>,
    /// The sets.
    pub sets: Vec<SetLine>,
    /// Coverage by criterion.
    pub coverage: Vec<CoverageLine>,
    /// Surprise by score.
    pub surprise: Vec<SurpriseLine>,
    /// Validity by score.
    pub validity: Vec<ValidityLine>,
    /// Failures under transforms.
    pub violations: Violations,
    /// Confidence.
    pub confidence: Confidence,
    /// Inputs that could not be looked at, as sentences.
    pub problems: Vec<String>,
}
