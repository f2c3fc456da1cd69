//! Evaluation of a model on labeled or recorded data.

pub mod coco_files;
pub mod column_faults;
pub mod comparison;
pub mod drift;
pub mod facts;
pub mod fairness;
pub mod fields;
pub mod finder;
pub mod gates;
pub mod gather;
pub mod image_properties;
pub mod intervals;
pub mod load;
pub mod model_card;
pub mod preprocessing;
pub mod query;
mod region;
pub mod samples;
pub mod slices;
pub mod strangeness;
pub mod terms;
pub mod tracking;
mod work;
