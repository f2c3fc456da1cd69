//! How good a model is on what people labelled or recorded.

pub mod coco_files;
pub mod comparison;
pub mod finder;
pub mod imported;
pub mod intervals;
pub mod query;
pub mod samples;
pub mod slices;
