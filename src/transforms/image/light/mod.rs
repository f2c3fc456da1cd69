//! Light and color.

use crate::transforms::TransformKind;

pub mod brightness;
pub mod brightness_hsv;
pub mod channel_order;
pub mod contrast;
pub mod exposure;
pub mod gamma;
pub mod negative;
pub mod normalize;
pub mod saturation;
pub mod saturation_hsv;
pub mod shadow;
pub mod sun_flare;
pub mod vignette;
pub mod white_balance;

/// The transforms of light and color, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &brightness::KIND,
    &contrast::KIND,
    &gamma::KIND,
    &exposure::KIND,
    &white_balance::KIND,
    &saturation::KIND,
    &normalize::KIND,
    &negative::KIND,
    &channel_order::KIND,
    &shadow::KIND,
    &sun_flare::KIND,
    &vignette::KIND,
    &brightness_hsv::KIND,
    &saturation_hsv::KIND,
];
