//! Frost of ImageNet-C and CIFAR-C (Hendrycks and Dietterich, ICLR 2019): the image, darkened, behind a layer of ice.
//!
//! They add photographs of ice, one of five by chance. These crystals are computed; their colors are distributed as in the
//! photographs, and out = keep * in + ice * crystals with the published weights.

use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::field::Field;
use crate::transforms::image::kernels::severities::{SEVERITY, SMALL, between};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Severities 1 to 5 are those of ImageNet-C, or of CIFAR-C; in between, their weights are interpolated.
pub static KIND: TransformKind = TransformKind {
    id: "frost_c",
    title: "Frost (ImageNet-C)",
    summary: "The image behind a layer of ice, as in ImageNet-C and CIFAR-C",
    group: Group::Weather,
    params: &[SEVERITY, SMALL],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        let table = if params.value(&SMALL) < 0.5 { &IMAGENET } else { &CIFAR };
        let severity = params.value(&SEVERITY);
        let [keep, ice] = between(table, severity);
        let part = severity.min(1.0);
        Box::new(FrostC {
            keep: ((1.0 + (keep - 1.0) * part) * 256.0).round() as i32,
            ice: (ice * part * 256.0).round() as i32,
        })
    }),
};

/// Weights of the image and of the ice.
const IMAGENET: [[f64; 2]; 5] = [[1.0, 0.4], [0.8, 0.6], [0.7, 0.7], [0.65, 0.7], [0.6, 0.75]];
const CIFAR: [[f64; 2]; 5] = [[1.0, 0.2], [1.0, 0.3], [0.9, 0.4], [0.85, 0.4], [0.75, 0.45]];

/// Mean colors of the five photographs from their darkest to their brightest pixels, in steps of an eighth; two of the
/// photographs are one and the same.
const ICE: [[[i32; 3]; 9]; 5] = [
    [
        [40, 117, 137],
        [51, 131, 150],
        [58, 138, 157],
        [66, 143, 162],
        [73, 148, 166],
        [82, 154, 170],
        [93, 160, 174],
        [108, 169, 181],
        [145, 188, 196],
    ],
    BRIGHT,
    BRIGHT,
    [
        [71, 85, 94],
        [106, 122, 133],
        [120, 135, 147],
        [129, 145, 156],
        [138, 153, 165],
        [146, 161, 174],
        [155, 170, 183],
        [167, 182, 197],
        [213, 228, 241],
    ],
    [
        [36, 47, 58],
        [63, 74, 87],
        [79, 91, 104],
        [94, 105, 118],
        [107, 119, 131],
        [122, 134, 145],
        [140, 151, 161],
        [166, 176, 185],
        [228, 233, 238],
    ],
];

const BRIGHT: [[i32; 3]; 9] = [
    [139, 141, 147],
    [176, 180, 188],
    [189, 193, 202],
    [197, 202, 211],
    [204, 209, 218],
    [210, 215, 225],
    [216, 221, 231],
    [223, 228, 238],
    [239, 243, 249],
];

/// Levels of the crystals before they are colored.
const LEVELS: usize = 1024;

struct FrostC {
    /// Weights in 1/256.
    keep: i32,
    ice: i32,
}

impl Transform for FrostC {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.ice == 0 && self.keep == 256 {
            return;
        }
        let crystals = crystals(image.size(), seed);
        let mut counts = vec![0_usize; LEVELS];
        for level in &crystals {
            counts[usize::from(*level)] += 1;
        }
        let photograph = (Rng::split(seed, 9).unit() * 5.0) as usize;
        let colors = colors(&counts, &ICE[photograph.min(4)], self.ice);
        for (pixel, level) in image.pixels_mut().as_chunks_mut::<3>().0.iter_mut().zip(&crystals) {
            for (value, light) in pixel.iter_mut().zip(colors[usize::from(*level)]) {
                *value = ((i32::from(*value) * self.keep + light + 128) >> 8).clamp(0, 255) as u8;
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// A level for each pixel: thin needles on slowly changing ice.
fn crystals((width, height): (u32, u32), seed: u64) -> Vec<u16> {
    let side = width.min(height) as f32;
    let field = |stream: u64, cell: f32, octaves: u32| {
        Field::new(Rng::split(seed, stream).at(0), (width, height), cell * side, octaves)
    };
    // Needles are the middle crossings of two fields.
    let (needles, others, thick) = (field(1, 0.06, 3), field(2, 0.1, 3), field(3, 0.35, 4));
    let mut lines = [const { Vec::new() }; 3];
    for line in &mut lines {
        line.resize(width as usize, 0.0_f32);
    }
    let mut levels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height as usize {
        let [first, second, third] = &mut lines;
        needles.line(y, first);
        others.line(y, second);
        thick.line(y, third);
        for ((a, b), ice) in first.iter().zip(&*second).zip(&*third) {
            let ridge = (1.0 - 6.0 * (a - 0.5).abs().min((b - 0.5).abs())).max(0.0);
            let level = 0.45 * ridge + 0.55 * ice;
            levels.push(((level * LEVELS as f32) as u16).min(LEVELS as u16 - 1));
        }
    }
    levels
}

/// The light that each level adds, in 1/256 gray level: the darkest pixels get the darkest colors, and so on.
fn colors(counts: &[usize], ice: &[[i32; 3]; 9], part: i32) -> Vec<[i32; 3]> {
    let total = counts.iter().sum::<usize>().max(1);
    let mut below = 0;
    let mut colors = Vec::with_capacity(counts.len());
    for count in counts {
        // Middle of this level among all pixels, in 1/256 of an eighth.
        let rank = ((2 * below + count) * 8 * 128 / total).min(8 * 256 - 1);
        let (lower, between) = (rank / 256, (rank % 256) as i32);
        colors.push(std::array::from_fn(|channel| {
            let (from, to) = (ice[lower][channel], ice[lower + 1][channel]);
            (from * (256 - between) + to * between) * part / 256
        }));
        below += count;
    }
    colors
}
