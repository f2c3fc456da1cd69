//! Median blur, as in DeepTest (Tian et al., ICSE 2018): what a denoiser does to small things.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The median of the 3 x 3 pixels around each, `passes` times; edges repeated.
pub static KIND: TransformKind = TransformKind {
    id: "median_blur",
    title: "Median blur",
    summary: "The median around every pixel: small things vanish, edges stay",
    group: Group::Blur,
    params: &[PASSES],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(MedianBlur { passes: params.value(&PASSES).round() as usize })),
};

const PASSES: ParamSpec = ParamSpec {
    id: "passes",
    title: "Passes",
    unit: "",
    min: 0.0,
    max: 8.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

struct MedianBlur {
    passes: usize,
}

impl Transform for MedianBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        for _ in 0..self.passes {
            median(image);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

fn median(image: &mut Image) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let stride = width * 3;
    // One pixel more on both sides of each row: the last one again.
    let padded = |y: isize| -> Vec<u8> {
        let at = y.clamp(0, height as isize - 1) as usize * stride;
        let row = &image.pixels()[at..at + stride];
        let pixel = |x: isize| {
            let at = x.clamp(0, width as isize - 1) as usize * 3;
            &row[at..at + 3]
        };
        [pixel(-1), row, pixel(width as isize)].concat()
    };
    let (mut upper, mut middle) = (padded(-1), padded(0));
    let mut target = vec![0_u8; image.pixels().len()];
    for (y, row) in target.chunks_exact_mut(stride).enumerate() {
        let lower = padded(y as isize + 1);
        row_of_medians(row, &upper, &middle, &lower);
        (upper, middle) = (middle, lower);
    }
    image.set_pixels(target);
}

widened! {
    /// The rows around have one pixel more on both sides. Nine values by exchanges that need no branch, after Paeth,
    /// "Median finding on a 3 x 3 grid" (Graphics Gems, 1990).
    fn row_of_medians(row: &mut [u8], upper: &[u8], middle: &[u8], lower: &[u8]) {
        let count = row.len();
        let at = |line: &'_ [u8], shift: usize, i: usize| line[shift + i];
        let (upper, middle, lower) = (&upper[..count + 6], &middle[..count + 6], &lower[..count + 6]);
        for (i, target) in row.iter_mut().enumerate() {
            let column = |shift: usize| {
                let (a, b, c) = (at(upper, shift, i), at(middle, shift, i), at(lower, shift, i));
                let (low, high) = (a.min(b), a.max(b));
                let (mid, high) = (high.min(c), high.max(c));
                (low.min(mid), low.max(mid), high)
            };
            let ((l0, m0, h0), (l1, m1, h1), (l2, m2, h2)) = (column(0), column(3), column(6));
            // The greatest of the least, the middle of the middle, the least of the greatest.
            let low = l0.max(l1).max(l2);
            let high = h0.min(h1).min(h2);
            let mid = m0.min(m1).max(m0.max(m1).min(m2));
            *target = low.min(mid).max(low.max(mid).min(high));
        }
    }
}
