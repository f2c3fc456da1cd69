//! Objects over time: association of detections, and cuboids fitted to points.

pub mod association;
pub mod cuboid_fit;
