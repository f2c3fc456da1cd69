//! The budget of everything that the window keeps only to be quick, in one place; `hardcase doctor` lists it.

use std::num::NonZeroUsize;

/// Bytes of all caches together. Frames are looked at again most, so they have half of it; the rest is split between what
/// they are made of and their small copies.
pub const BUDGET: usize = 128 << 20;
/// Bytes of pixels and points of decoded frames.
pub const FRAME_BYTES: usize = BUDGET / 2;
/// Bytes of decompressed blocks of all open recordings; each keeps at least the one that it reads from.
pub const BLOCK_BYTES: usize = BUDGET / 8 * 3;
/// Bytes of a thumbnail of the timeline: at most 96 x 96 pixels.
const THUMBNAIL_BYTES: usize = 96 * 96 * 3;
/// Thumbnails of the timeline.
pub const THUMBNAILS: NonZeroUsize =
    NonZeroUsize::new((BUDGET - FRAME_BYTES - BLOCK_BYTES) / THUMBNAIL_BYTES).unwrap();

/// The budget as people read it: what is kept, and how much of it.
pub fn listed() -> [(&'static str, String); 4] {
    let megabytes = |bytes: usize| bytes >> 20;
    [
        ("all", format!("{} MB in the window, split as follows", megabytes(BUDGET))),
        ("frames", format!("{} MB decoded", megabytes(FRAME_BYTES))),
        ("blocks", format!("{} MB decompressed, of all open recordings", megabytes(BLOCK_BYTES))),
        ("thumbnails", format!("{} MB, {THUMBNAILS} of them", megabytes(BUDGET - FRAME_BYTES - BLOCK_BYTES))),
    ]
}
