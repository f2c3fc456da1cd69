//! Transforms of pictures. Arithmetic is in whole numbers, so every machine gives the same pixels.

pub mod brightness;
pub mod contrast;
pub mod fog;
pub mod gaussian_blur;
pub mod gaussian_noise;
pub mod mirror;
mod pair_sums;
pub mod rotate;
mod simd;
