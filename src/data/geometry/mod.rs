//! Shapes, boxes, points and coordinate frames.

pub mod box2;
pub mod frames;
pub mod motion;
pub mod objects;
pub mod path;
pub mod place;
pub mod points;
pub mod shape;
mod shape_extent;
mod shape_motion;
pub mod solid;
