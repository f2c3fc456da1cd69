//! State of a search by squares.

use crate::base::rng::Rng;
use crate::robustness::attacks::subject::Shot;

/// The search on one image.
pub(super) struct Search<'a> {
    pub(super) shot: &'a Shot,
    pub(super) rng: Rng,
    pub(super) eps: f64,
    pub(super) best: Vec<f32>,
    pub(super) margin: f64,
    pub(super) queries: usize,
    pub(super) reached: bool,
}

/// A whole number below `count`.
pub(super) fn below(rng: &mut Rng, count: usize) -> usize {
    (rng.bits() % count.max(1) as u64) as usize
}
