//! Transforms of images. Arithmetic is in whole numbers, so every machine gives the same pixels.

pub mod blur;
pub mod camera;
pub mod geometry;
pub mod kernels;
pub mod light;
pub mod noise;
pub mod weather;
