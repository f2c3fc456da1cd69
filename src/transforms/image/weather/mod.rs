//! Weather: fog, haze, rain, snow, frost.

use crate::transforms::TransformKind;

pub mod fog;
pub mod frost;
pub mod frost_c;
pub mod haze;
pub mod rain;
pub mod snow;
pub mod snow_c;

/// The transforms of weather, in listing order.
pub static KINDS: &[&TransformKind] =
    &[&fog::KIND, &haze::KIND, &rain::KIND, &snow::KIND, &frost::KIND, &snow_c::KIND, &frost_c::KIND];
