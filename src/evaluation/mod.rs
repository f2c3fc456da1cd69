//! How good a model is on what people labelled or recorded.

pub mod coco_files;
pub mod comparison;
pub mod facts;
pub mod finder;
pub mod gather;
pub mod intervals;
pub mod preprocessing;
pub mod query;
pub mod samples;
pub mod slices;
pub mod terms;
