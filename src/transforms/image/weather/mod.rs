//! Weather: fog, haze, rain, snow, frost.

use crate::transforms::TransformKind;

pub mod fog;
pub mod frost;
pub mod haze;
pub mod rain;
pub mod snow;

/// The transforms of weather, in listing order.
pub static KINDS: &[&TransformKind] = &[&fog::KIND, &haze::KIND, &rain::KIND, &snow::KIND, &frost::KIND];
