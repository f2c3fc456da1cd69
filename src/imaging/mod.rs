//! Drawing and resizing: inputs as images, masks as pixels. Uses fonts and pixel loops, independent of file formats.

pub mod hashes;
pub mod look;
pub mod masks;
pub mod outlines;
pub(crate) mod resize;
pub mod series;
