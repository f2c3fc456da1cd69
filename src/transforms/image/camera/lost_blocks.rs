//! Lost blocks: runs of blocks of a video stream that were lost and are concealed by the blocks above them.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Fraction of the image that is lost in runs of blocks of 16 x 16 pixels, as when a slice of H.264 is missing.
///
/// The decoder repeats the block above, or shows gray if there is none. A higher severity loses all blocks of a lower one.
pub static KIND: TransformKind = TransformKind {
    id: "lost_blocks",
    title: "Lost blocks",
    summary: "Runs of blocks of a video stream that were lost",
    group: Group::Sensor,
    params: &[PERCENT],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(LostBlocks { percent: params.value(&PERCENT) })),
};

const PERCENT: ParamSpec = ParamSpec {
    id: "percent",
    title: "Lost",
    unit: "%",
    min: 0.0,
    max: 60.0,
    neutral: 0.0,
    initial: 10.0,
    step: 0.5,
};

/// Side of a block, and blocks in the longest run.
const BLOCK: usize = 16;
const RUN: usize = 12;

struct LostBlocks {
    percent: f64,
}

impl Transform for LostBlocks {
    fn apply(&self, image: &mut Image, seed: u64) {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
        let wanted = (self.percent / 100.0 * (columns * rows) as f64).round() as usize;
        let mut lost = vec![false; columns * rows];
        let (mut count, mut run) = (0, 0);
        while count < wanted {
            let mut rng = Rng::split(seed, run);
            let start = (rng.bits() % (columns * rows) as u64) as usize;
            let length = 1 + (rng.bits() % RUN as u64) as usize;
            let end = (start + length).min((start / columns + 1) * columns);
            for block in &mut lost[start..end] {
                if !*block && count < wanted {
                    *block = true;
                    count += 1;
                }
            }
            run += 1;
        }
        for (number, _) in lost.iter().enumerate().filter(|(_, lost)| **lost) {
            let (x0, y0) = (number % columns * BLOCK, number / columns * BLOCK);
            let bytes = x0 * 3..(x0 + BLOCK).min(width) * 3;
            for y in y0..(y0 + BLOCK).min(height) {
                let stride = width * 3;
                // The block above has already been concealed if it was lost itself.
                let (above, here) = image.pixels_mut().split_at_mut(y * stride);
                let target = &mut here[bytes.clone()];
                match y.checked_sub(BLOCK) {
                    Some(source) => target.copy_from_slice(&above[source * stride..][bytes.clone()]),
                    None => target.fill(128),
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
