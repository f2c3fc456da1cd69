//! Loops and fields that several transforms of images share.

pub(crate) mod distances;
pub(crate) mod field;
pub(crate) mod pair_sums;
pub(crate) mod tables;
pub(crate) mod warp;
