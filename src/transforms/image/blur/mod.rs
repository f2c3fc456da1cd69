//! Blur: the lens, the shutter and motion.

use crate::transforms::TransformKind;

pub mod bilateral_blur;
pub mod box_blur;
pub mod defocus_blur;
pub mod gaussian_blur;
pub mod glass_blur;
pub mod median_blur;
pub mod motion_blur;
pub mod zoom_blur;

/// The transforms of blur, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &box_blur::KIND,
    &gaussian_blur::KIND,
    &median_blur::KIND,
    &bilateral_blur::KIND,
    &defocus_blur::KIND,
    &motion_blur::KIND,
    &zoom_blur::KIND,
    &glass_blur::KIND,
];
