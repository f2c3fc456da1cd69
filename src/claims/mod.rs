//! Claims: expectations about predictions, about running a model, and about recorded signals.

pub mod backends;
pub mod class_confidence;
pub mod class_is;
pub mod close_values;
pub mod deep_test;
pub mod differential;
pub mod expression;
pub mod has_object;
pub mod judge;
pub mod kept_objects;
pub(crate) mod matching;
pub mod no_object;
pub mod ones;
pub mod ordered;
pub mod pairs;
pub mod reasons;
pub mod same_class;
pub mod same_objects;
pub mod same_path;
pub mod same_segments;
pub mod same_vector;
pub mod signal_within;
