//! Sweeps: a stack of transforms over many frames, severities and seeds, and its summary for a model.

mod covering;
pub mod errors;
pub mod journal;
pub mod objects;
pub mod plan;
pub mod plan_text;
pub mod result;
pub mod rows;
pub mod run;
pub(crate) mod size;
pub mod slice;
pub mod summary;
