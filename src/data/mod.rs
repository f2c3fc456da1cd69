//! Plain data types that the plug-in families and the engines exchange.

pub mod cases;
pub mod clip;
pub mod depth;
pub mod findings;
pub mod geometry;
pub mod image;
mod image_file;
pub mod input;
pub mod labels;
pub mod orientation;
pub mod prediction;
pub mod time;
