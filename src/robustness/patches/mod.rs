//! Adversarial patches and stickers: what is printed and stuck on a thing, and works from many sides.
//!
//! Expectation over transformations after Athalye et al., "Synthesizing Robust Adversarial Examples", ICML 2018, on the
//! sticker setting of Eykholt et al., "Robust Physical-World Attacks on Deep Learning Visual Classification", CVPR 2018.

pub mod drawn;
pub mod paste;
pub mod placement;
pub mod print;
pub mod sign;
pub mod train;
pub mod trial;
pub mod wanted;
