//! Budgets of everything that is kept only to be quick, in one place; `hardcase doctor` lists them.

use std::num::NonZeroUsize;

/// Bytes of pixels and points of decoded frames in the window.
pub const FRAME_BYTES: usize = 64 << 20;
/// Thumbnails of the timeline, each at most 96 × 96 pixels, 27 KB.
pub const THUMBNAILS: NonZeroUsize = NonZeroUsize::new(400).unwrap();
/// Decompressed blocks of each recording.
pub const BLOCKS: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// The budgets as people read them: what is kept, and how much of it.
pub fn listed() -> [(&'static str, String); 3] {
    [
        ("frames", format!("{} MB decoded in the window", FRAME_BYTES >> 20)),
        (
            "thumbnails",
            format!("{THUMBNAILS}, at most {} MB", (THUMBNAILS.get() * 96 * 96 * 3).div_ceil(1 << 20)),
        ),
        ("blocks", format!("{BLOCKS} decompressed blocks for each open recording")),
    ]
}
