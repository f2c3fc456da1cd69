//! Evaluation of a model on labeled or recorded data.

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
