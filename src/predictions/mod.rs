//! Predictions: their sources, and the store that saves them.

pub mod image_models;
pub mod imported;
pub mod keeper;
pub mod recorded;
pub mod source;
pub mod store;
