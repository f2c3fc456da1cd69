//! Panes that show the recording: cameras, 3D, map, log, texts, and the tree of sources.

pub mod camera;
pub mod log;
pub mod map;
pub(in crate::gui) mod ortho;
pub mod sources;
pub mod space;
pub(in crate::gui) mod text;
pub mod tiling;
pub mod views;
