//! A patch that is asked for, and the question whether the model sees the sign.

use crate::data::prediction::Prediction;
use crate::robustness::patches::placement::{Placement, Ranges};
use crate::robustness::patches::sign::{Cover, Sign};

/// Texels of a patch on a side.
pub const TEXELS: usize = 64;
/// Overlap from which a detection is that of the sign.
const SAME: f32 = 0.5;

/// A patch that is asked for.
pub struct Wanted<'a> {
    /// The thing that it is stuck on.
    pub sign: &'a Sign,
    /// The parts of it that are covered.
    pub cover: Cover,
    /// Class that the model predicts for the thing.
    pub class: &'a str,
    /// Placements.
    pub ranges: Ranges,
    /// Steps of training, each with one frame and one placement.
    pub steps: usize,
    /// Seed of everything random.
    pub seed: u64,
}

/// True if a prediction says that the sign is there: a detection of its class in its place, or its class for the frame.
pub fn seen(prediction: &Prediction, class: &str, placement: &Placement) -> bool {
    match prediction {
        Prediction::Objects { objects } => {
            let own = |bbox| placement.bbox().iou(bbox) >= SAME;
            objects.iter().any(|object| object.class == class && own(&object.bbox))
        }
        Prediction::Classes { .. } => prediction.best().is_some_and(|(best, _)| best == class),
        Prediction::Values { .. } | Prediction::Segments { .. } | Prediction::Vector { .. } => false,
    }
}
