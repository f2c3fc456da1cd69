//! Faults of the camera and of the path from the lens to the model.

use crate::transforms::TransformKind;

pub mod dead_pixels;
pub mod jpeg;
pub mod lens_dirt;
pub mod lost_blocks;
pub mod lost_rows;
pub mod occlusion;
pub mod pixelate;
pub mod rolling_shutter;
pub mod spatter;
pub mod sticker;
pub mod water_drops;

/// The transforms of camera faults, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &jpeg::KIND,
    &pixelate::KIND,
    &occlusion::KIND,
    &sticker::KIND,
    &lens_dirt::KIND,
    &water_drops::KIND,
    &dead_pixels::KIND,
    &lost_rows::KIND,
    &lost_blocks::KIND,
    &rolling_shutter::KIND,
    &spatter::KIND,
];
