//! Noise of the sensor.

use crate::transforms::TransformKind;

pub mod gaussian_noise;
pub mod impulse_noise;
pub mod shot_noise;
pub mod speckle_noise;

/// The transforms of noise, in listing order.
pub static KINDS: &[&TransformKind] =
    &[&gaussian_noise::KIND, &shot_noise::KIND, &impulse_noise::KIND, &speckle_noise::KIND];
