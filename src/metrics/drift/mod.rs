//! Drift: statistics of the difference between two samples, of numbers, of classes and of vectors.

pub mod classes;
pub mod classifier;
pub mod numbers;
pub mod special;
pub mod vectors;
