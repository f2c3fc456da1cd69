//! Median blur, as in DeepTest (Tian et al., ICSE 2018): the effect of a denoiser on small objects.

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

/// Alignment of lines in bytes, so that most reads and writes touch one line of the cache.
const ALIGNED: usize = 64;

fn median(image: &mut Image) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let stride = width * 3;
    let row = |y: isize| {
        let at = y.clamp(0, height as isize - 1) as usize * stride;
        &image.pixels()[at..at + stride]
    };
    let mut target = Vec::with_capacity(image.pixels().len());
    let mut out = vec![0_u8; stride];
    // Each column of three in order, with the columns at both ends once more beside them.
    let mut lines: [Vec<u8>; 3] = std::array::from_fn(|_| vec![0_u8; stride + 3 * ALIGNED]);
    let mut sorted = lines.each_mut().map(|line| {
        let skipped = line.as_ptr().align_offset(ALIGNED).min(ALIGNED) + ALIGNED - 3;
        &mut line[skipped..skipped + stride + 6]
    });
    for y in 0..height as isize {
        let [low, middle, high] = &mut sorted;
        columns(&mut low[3..], &mut middle[3..], &mut high[3..], row(y - 1), row(y), row(y + 1));
        for line in &mut sorted {
            line.copy_within(3..6, 0);
            line.copy_within(stride..stride + 3, stride + 3);
        }
        let [low, middle, high] = &sorted;
        medians(&mut out, low, middle, high);
        target.extend_from_slice(&out);
    }
    image.set_pixels(target);
}

widened! {
    /// Three values of each column in order.
    fn columns(low: &mut [u8], middle: &mut [u8], high: &mut [u8], upper: &[u8], at: &[u8], lower: &[u8]) {
        let count = at.len();
        let (upper, lower) = (&upper[..count], &lower[..count]);
        let (low, middle, high) = (&mut low[..count], &mut middle[..count], &mut high[..count]);
        for i in 0..count {
            let (a, b, c) = (upper[i], at[i], lower[i]);
            let (least, most) = (a.min(b), a.max(b));
            low[i] = least.min(c);
            middle[i] = least.max(most.min(c));
            high[i] = most.max(c);
        }
    }
}

widened! {
    /// Nine values by branch-free exchanges, after Paeth, "Median finding on a 3 x 3 grid" (Graphics Gems, 1990):
    /// the middle one of the greatest of the least, the middle of the middle and the least of the greatest.
    fn medians(row: &mut [u8], low: &[u8], middle: &[u8], high: &[u8]) {
        let count = row.len();
        // Each line starts three positions later, so that no position has to be checked.
        let (low_0, low_1, low_2) = (&low[..count], &low[3..][..count], &low[6..][..count]);
        let (middle_0, middle_1, middle_2) = (&middle[..count], &middle[3..][..count], &middle[6..][..count]);
        let (high_0, high_1, high_2) = (&high[..count], &high[3..][..count], &high[6..][..count]);
        for (i, target) in row.iter_mut().enumerate() {
            let least = low_0[i].max(low_1[i]).max(low_2[i]);
            let most = high_0[i].min(high_1[i]).min(high_2[i]);
            let (a, b, c) = (middle_0[i], middle_1[i], middle_2[i]);
            let between = a.min(b).max(a.max(b).min(c));
            *target = least.min(between).max(least.max(between).min(most));
        }
    }
}
