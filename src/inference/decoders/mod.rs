//! Reading a model's outputs. A decoder is a kind: one file ending in a `static KIND`, and its line below.

use crate::data::objects::{Box2, Detection};
use crate::data::prediction::Task;
use crate::data::solid::Solid;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;

pub mod centers;
pub mod classes;
pub mod nanodet;
pub mod values;
pub mod yolo;

/// What the outputs say, boxes still in pixels of the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// A probability for each class.
    Classes(Vec<f32>),
    /// Objects before suppression of doubles.
    Objects(Vec<Candidate>),
    /// Objects in space before suppression of doubles, in meters.
    Solids(Vec<SolidCandidate>),
    /// A number for each label.
    Values(Vec<f32>),
}

/// A box in space that may be an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolidCandidate {
    /// Number of the class.
    pub class: usize,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Where, in meters of the cloud's frame.
    pub solid: Solid,
}

/// A box that may be an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Number of the class.
    pub class: usize,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Where, in pixels of the model's input.
    pub bbox: Box2,
}

/// A way to read outputs.
#[derive(Debug)]
pub struct DecoderKind {
    /// Name in the card.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// What kind of answer it gives.
    pub task: Task,
    /// Reads the outputs, or says what does not fit the card.
    pub decode: fn(&[Tensor], &ModelCard) -> Result<Decoded, String>,
}

/// Every decoder.
pub static KINDS: &[&DecoderKind] =
    &[&classes::KIND, &nanodet::KIND, &yolo::KIND, &values::KIND, &centers::KIND];

/// The decoder called `id`.
pub fn kind(id: &str) -> Option<&'static DecoderKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// The objects of a picture without doubles, highest score first.
pub fn suppressed(mut candidates: Vec<Candidate>, card: &ModelCard) -> Vec<Detection> {
    candidates.retain(|c| c.bbox.valid());
    best(candidates.into_iter().map(|c| Detection::flat(card.label(c.class), c.score, c.bbox)), card)
}

/// The objects in space without doubles, highest score first.
pub fn suppressed_in_space(mut candidates: Vec<SolidCandidate>, card: &ModelCard) -> Vec<Detection> {
    candidates.retain(|c| c.solid.valid());
    best(candidates.into_iter().map(|c| Detection::upright(card.label(c.class), c.score, c.solid)), card)
}

/// Greedy non-maximum suppression within each class; the best scores stay, highest first. Equal scores
/// keep the order of the model's cells.
fn best(candidates: impl Iterator<Item = Detection>, card: &ModelCard) -> Vec<Detection> {
    let mut candidates: Vec<Detection> = candidates.filter(|c| c.score >= card.threshold).collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for candidate in candidates {
        if !kept.iter().any(|k| k.class == candidate.class && k.iou(&candidate) > card.nms_iou) {
            kept.push(candidate);
        }
    }
    kept
}
