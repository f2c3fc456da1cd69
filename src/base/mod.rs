//! Basics that every layer needs and no domain owns: time, random numbers, parameters, progress, files.

pub mod bilinear;
pub mod bytes;
pub mod caches;
pub mod child;
pub mod encoding;
pub mod errors;
pub mod escape;
pub mod expression;
pub mod files;
pub mod inputs;
pub mod latency;
pub mod mix;
pub mod name;
pub mod nearest;
pub mod outputs;
pub mod parallel;
pub mod params;
pub mod progress;
pub mod rng;
pub mod sheet;
pub(crate) mod simd;
pub mod stats;
pub mod text;
pub mod time;
pub mod worker;
pub mod yaml;
