//! Reading a model's outputs. A decoder is a kind: one file ending in a `static KIND`, and its line below.

use crate::data::objects::{Box2, Detection};
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;

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
    /// A number for each label.
    Values(Vec<f32>),
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
pub static KINDS: &[&DecoderKind] = &[&classes::KIND, &nanodet::KIND, &yolo::KIND, &values::KIND];

/// The decoder called `id`.
pub fn kind(id: &str) -> Option<&'static DecoderKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// Greedy non-maximum suppression within each class; the best scores stay, highest first. Equal scores
/// keep the order of the model's cells.
pub fn suppressed(mut candidates: Vec<Candidate>, card: &ModelCard) -> Vec<Detection> {
    candidates.retain(|c| c.score >= card.threshold && c.bbox.valid());
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let doubled =
            kept.iter().any(|k| k.class == candidate.class && k.bbox.iou(&candidate.bbox) > card.nms_iou);
        if !doubled {
            kept.push(candidate);
        }
    }
    kept.iter().map(|c| Detection { class: card.label(c.class), score: c.score, bbox: c.bbox }).collect()
}
