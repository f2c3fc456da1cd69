//! Drawing and resizing: inputs as images, masks as pixels. Uses fonts and pixel loops, independent of file formats.

pub mod look;
pub mod masks;
pub(crate) mod resize;
