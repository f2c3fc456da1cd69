//! Robustness lab: engines that look inside of a model or for what makes it wrong.

pub mod attacks;
pub mod inside;
pub mod patches;
pub mod saliency;
