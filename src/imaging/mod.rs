//! Drawing and resizing: inputs as images, masks as pixels. Uses fonts and pixel loops, knows no file format.

pub mod look;
pub mod masks;
pub(crate) mod resize;
