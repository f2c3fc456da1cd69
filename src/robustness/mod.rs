//! Robustness lab: engines that look inside of a model.

pub mod saliency;
