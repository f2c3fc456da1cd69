//! Results of a sweep: one for each input, with a cell for each model and variant.

use serde::{Deserialize, Serialize};

use crate::data::cases::verdict::Verdict;
use crate::search::sweep::objects::Fared;

/// Result of one variant on one input with one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Position of the model.
    pub model: usize,
    /// Position of the variant.
    pub variant: usize,
    /// The verdict; an error means a variant that could not be evaluated.
    pub verdict: Verdict,
    /// Value minus bound of the claim, in its own unit.
    #[serde(default)]
    pub margin: Option<f64>,
    /// Confidence in the expected prediction.
    pub confidence: Option<f32>,
    /// Distance of the transformed input from the original, by `change_size`.
    pub change_rms: f32,
    /// The answer about the changed picture, in words.
    pub answer: String,
    /// The number in it that the claim is about.
    #[serde(default)]
    pub value: Option<f64>,
    /// Strangeness of the transformed input, if that is asked for; higher is stranger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<f64>,
    /// True if that is above its threshold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strange: bool,
    /// Fate of its objects, if the claim is about objects.
    #[serde(default)]
    pub objects: Vec<Fared>,
}

/// Result of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitResult {
    /// Position of the input.
    pub input: usize,
    /// For each model the best class of its original prediction, "" without one.
    pub classes: Vec<String>,
    /// For each model its original prediction, as text.
    pub before: Vec<String>,
    /// For each model the value in its original prediction that the claim is about.
    #[serde(default)]
    pub values: Vec<Option<f64>>,
    /// One for each model and variant; none if the input could not be read.
    pub cells: Vec<Cell>,
    /// Reason why it could not be read, or "".
    pub problem: String,
}
