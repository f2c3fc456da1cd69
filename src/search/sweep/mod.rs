//! Sweeps: a stack of transforms over many pictures, strengths and seeds, and what that says of a model.

mod covering;
pub mod errors;
pub mod journal;
pub mod objects;
pub mod plan;
pub mod result;
pub mod run;
pub(crate) mod size;
pub mod summary;
