//! Decoders of a model's outputs. A decoder is a kind: one file ending in a `static KIND`, and its line below.

use crate::base::nearest::hint;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::Keypoint;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Outputs, Recognized};

pub mod boxes;
pub mod centers;
pub mod classes;
pub mod detr;
pub mod error;
pub mod labels;
mod masks;
pub mod nanodet;
pub mod recognize;
pub mod segments;
pub mod values;
pub mod vector;
pub mod yolo;
pub mod yolo_masks;
pub mod yolo_pose;
pub mod yolox;

pub(super) use masks::{Prototypes, class_masks};

/// Decoded outputs, with boxes still in pixels of the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// A probability for each class.
    Classes(Vec<f32>),
    /// Objects, before non-maximum suppression if the decoder needs it.
    Objects(Vec<Candidate>),
    /// The same, with the prototypes of their masks.
    Masked(Vec<Candidate>, Prototypes),
    /// Cuboids before non-maximum suppression, in meters.
    Solids(Vec<SolidCandidate>),
    /// A number for each label.
    Values(Vec<f32>),
    /// The class index of each cell of the input.
    Cells(Cells),
    /// An embedding of the input.
    Vector(Vec<f32>),
}

/// The class index of each cell of a grid over the whole input, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// Class indexes.
    pub classes: Vec<u16>,
}

/// A cuboid that may be an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolidCandidate {
    /// Class index.
    pub class: usize,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// The cuboid, in meters of the cloud's frame.
    pub solid: Solid,
}

/// A box that may be an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// Class index.
    pub class: usize,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// The box, in pixels of the model's input.
    pub bbox: Box2,
    /// Its keypoints, in pixels of the model's input.
    pub keypoints: Vec<Keypoint>,
    /// Coefficients of the prototypes of its mask.
    pub coefficients: Vec<f32>,
}

impl Candidate {
    /// A box without mask and keypoints.
    pub fn new(class: usize, score: f32, bbox: Box2) -> Self {
        Self { class, score, bbox, ..Self::default() }
    }
}

/// The box around a center.
pub fn around(x: f32, y: f32, width: f32, height: f32) -> Box2 {
    Box2 { x0: x - width / 2.0, y0: y - height / 2.0, x1: x + width / 2.0, y1: y + height / 2.0 }
}

/// A kind of decoder.
#[derive(Debug)]
pub struct DecoderKind {
    /// Id in the card.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Task of its predictions.
    pub task: Task,
    /// True if objects can have duplicates, which need suppression.
    pub doubles: bool,
    /// Recognizes the outputs of models for it; none if a card has to name it.
    pub recognize: Option<fn(Outputs<'_>) -> Option<Recognized>>,
    /// Decodes the outputs, or returns their mismatch with the card.
    pub decode: fn(&[Tensor], &ModelCard) -> Result<Decoded, DecodeError>,
}

/// Every decoder.
pub static KINDS: &[&DecoderKind] = &[
    &classes::KIND,
    &labels::KIND,
    &nanodet::KIND,
    &yolo::KIND,
    &yolox::KIND,
    &yolo_masks::KIND,
    &yolo_pose::KIND,
    &detr::KIND,
    &boxes::KIND,
    &segments::KIND,
    &values::KIND,
    &vector::KIND,
    &centers::KIND,
];

/// The message about a decoder that does not exist.
pub fn unknown(id: &str) -> String {
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.id).collect();
    let hint = hint(id, known.iter().copied());
    format!("unknown decoder {id:?}{hint}, expected one of {}", known.join(", "))
}

/// The decoder called `id`.
pub fn kind(id: &str) -> Option<&'static DecoderKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// The final candidates of an image, highest score first: those above the card's threshold, after suppression if the
/// decoder needs it.
pub fn chosen(mut candidates: Vec<Candidate>, card: &ModelCard, doubles: bool) -> Vec<Candidate> {
    candidates.retain(|c| c.bbox.valid() && c.score >= card.threshold);
    let limit = if doubles { card.nms_iou } else { f32::INFINITY };
    best(candidates, |c| c.score, |a, b| a.class == b.class && a.bbox.iou(&b.bbox) > limit)
}

/// The cuboids after suppression, highest score first.
pub fn suppressed_in_space(mut candidates: Vec<SolidCandidate>, card: &ModelCard) -> Vec<Detection> {
    candidates.retain(|c| c.solid.valid() && c.score >= card.threshold);
    let same = |a: &Detection, b: &Detection| a.class == b.class && a.iou(b) > card.nms_iou;
    let found = candidates.into_iter().map(|c| Detection::upright(card.label(c.class), c.score, c.solid));
    best(found.collect(), |found| found.score, same)
}

/// Greedy non-maximum suppression; the best scores stay, highest first. Equal scores keep the order of the model's cells.
fn best<T>(mut candidates: Vec<T>, score: impl Fn(&T) -> f32, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    candidates.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let mut kept: Vec<T> = Vec::new();
    for candidate in candidates {
        if !kept.iter().any(|kept| same(kept, &candidate)) {
            kept.push(candidate);
        }
    }
    kept
}
