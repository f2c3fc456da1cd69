//! The size of the pixels in which a transform's lengths are given.

use crate::base::params::ParamSpec;

/// Pixels of the image for each pixel of the images for which lengths were published; 1 leaves lengths as they are.
pub(in crate::transforms) const PIXEL: ParamSpec = ParamSpec {
    id: "pixel",
    title: "Unit of lengths",
    unit: "px",
    min: 0.05,
    max: 64.0,
    neutral: 1.0,
    initial: 1.0,
    step: 0.1,
};
