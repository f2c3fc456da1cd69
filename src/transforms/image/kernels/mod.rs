//! Loops and fields that several image transforms share.

pub(crate) mod cubic;
pub(crate) mod distances;
pub(crate) mod drops;
pub(crate) mod field;
pub(crate) mod layer;
pub(crate) mod medians;
pub(crate) mod pair_sums;
pub(crate) mod pixel;
pub(crate) mod severities;
pub(crate) mod tables;
pub(crate) mod warp;
