//! Loops and fields that several image transforms share.

pub(crate) mod distances;
pub(crate) mod field;
pub(crate) mod pair_sums;
pub(crate) mod tables;
pub(crate) mod warp;
