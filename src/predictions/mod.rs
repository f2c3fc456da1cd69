//! Predictions: sources that give them, and the store that keeps them.

pub mod image_models;
pub mod imported;
pub mod keeper;
pub mod source;
pub mod store;
