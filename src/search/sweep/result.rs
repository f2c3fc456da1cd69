//! Results of a sweep: one for each input, with a cell for each model and variant.

use serde::{Deserialize, Serialize};

use crate::data::cases::verdict::Verdict;
use crate::search::sweep::objects::Fared;

/// What came of one variant on one picture with one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Position of the model.
    pub model: usize,
    /// Position of the variant.
    pub variant: usize,
    /// What came of it; an error is a variant that could not be judged.
    pub verdict: Verdict,
    /// Value minus bound of the claim, in its own unit.
    #[serde(default)]
    pub margin: Option<f64>,
    /// How sure the model still is of what was expected.
    pub confidence: Option<f32>,
    /// How far the changed input is from the original, as [`change_size`](crate::search::sweep::size::change_size) says.
    pub change_rms: f32,
    /// The answer about the changed picture, in words.
    pub answer: String,
    /// The number in it that the claim is about.
    #[serde(default)]
    pub value: Option<f64>,
    /// How its objects fared, where the claim is about objects.
    #[serde(default)]
    pub objects: Vec<Fared>,
}

/// What came of one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitResult {
    /// Position of the input.
    pub input: usize,
    /// For each model the class of its best answer about the unchanged picture, "" without one.
    pub classes: Vec<String>,
    /// For each model its answer about the unchanged picture, in words.
    pub before: Vec<String>,
    /// For each model the number that the claim is about in its answer about the unchanged picture.
    #[serde(default)]
    pub values: Vec<Option<f64>>,
    /// One for each model and variant; none when the picture could not be read.
    pub cells: Vec<Cell>,
    /// Why it could not be looked at, or "".
    pub problem: String,
}
