//! Geometry: transforms that move the contents of the image, and the boxes with them.

use crate::transforms::TransformKind;

pub mod crop;
pub mod elastic;
pub mod flip;
pub mod mirror;
pub mod quarter_turn;
pub mod rotate;
pub mod scale;
pub mod shear;
pub mod translate;

/// The transforms of geometry, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &translate::KIND,
    &scale::KIND,
    &shear::KIND,
    &rotate::KIND,
    &quarter_turn::KIND,
    &crop::KIND,
    &elastic::KIND,
    &mirror::KIND,
    &flip::KIND,
];
