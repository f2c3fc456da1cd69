//! Pixelation as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): an image enlarged from a small one.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Squares of this many pixels become one color, their mean; those at the right and lower edge are smaller.
///
/// ImageNet-C reduces the image, at severities 1 to 5 by 1.7, 2, 2.5, 3.3 and 4, and enlarges it again: then the cells need not be
/// whole pixels wide, and all of them are equally large up to one pixel.
pub static KIND: TransformKind = TransformKind {
    id: "pixelate",
    title: "Pixelation",
    summary: "Squares of pixels become one color",
    group: Group::Sensor,
    params: &[SIZE, REDUCED, PIXEL],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        let size = params.value(&SIZE) * params.value(&PIXEL);
        if params.value(&SIZE) > 1.0 && params.value(&REDUCED) >= 0.5 {
            Box::new(Reduced { size })
        } else {
            Box::new(Pixelate { size: size.round() as usize })
        }
    }),
};

const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Size",
    unit: "px",
    min: 1.0,
    max: 32.0,
    neutral: 1.0,
    initial: 4.0,
    step: 1.0,
};

const REDUCED: ParamSpec = ParamSpec {
    id: "reduced",
    title: "Reduce and enlarge",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

struct Pixelate {
    size: usize,
}

impl Transform for Pixelate {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.size <= 1 {
            return;
        }
        let (width, stride) = (image.width() as usize, image.width() as usize * 3);
        let mut target = Vec::with_capacity(image.pixels().len());
        let (mut columns, mut out) = (vec![0_u32; stride], vec![0_u8; stride]);
        for band in image.pixels().chunks(stride * self.size) {
            columns.fill(0);
            for row in band.chunks_exact(stride) {
                add(&mut columns, row);
            }
            let rows = band.len() / stride;
            for (i, cell) in columns.chunks(self.size * 3).enumerate() {
                let mut sum = [0_u32; 3];
                for pixel in cell.as_chunks::<3>().0 {
                    sum = [sum[0] + pixel[0], sum[1] + pixel[1], sum[2] + pixel[2]];
                }
                let count = (rows * self.size.min(width - i * self.size)) as u32;
                let color = sum.map(|sum| ((sum + count / 2) / count) as u8);
                let at = i * self.size * 3;
                out[at..at + cell.len()].as_chunks_mut::<3>().0.fill(color);
            }
            for _ in 0..rows {
                target.extend_from_slice(&out);
            }
        }
        image.set_pixels(target);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// The image reduced by averaging and enlarged by repetition.
struct Reduced {
    size: f64,
}

/// Cells along a side: the one to which each position adds, and the one whose color it gets. They differ at a pixel whose middle is
/// a border of cells.
fn cells(side: usize, size: f64) -> (usize, Vec<usize>, Vec<usize>) {
    let count = ((side as f64 / size) as usize).max(1);
    let adds = (0..side).map(|at| ((2 * at + 1) * count - 1) / (2 * side)).collect();
    (count, adds, (0..side).map(|at| (2 * at + 1) * count / (2 * side)).collect())
}

impl Transform for Reduced {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let stride = image.width() as usize * 3;
        let (columns, adds_across, across) = cells(image.width() as usize, self.size);
        let (rows, adds_down, down) = cells(image.height() as usize, self.size);
        let mut sums = vec![[0_u32; 4]; columns * rows];
        for (row, y) in image.pixels().chunks_exact(stride).zip(adds_down) {
            let sums = &mut sums[y * columns..(y + 1) * columns];
            for (pixel, x) in row.as_chunks::<3>().0.iter().zip(&adds_across) {
                let [r, g, b] = pixel.map(u32::from);
                let sum = &mut sums[*x];
                *sum = [sum[0] + r, sum[1] + g, sum[2] + b, sum[3] + 1];
            }
        }
        let color =
            |[r, g, b, count]: [u32; 4]| [r, g, b].map(|sum| ((sum + count / 2) / count.max(1)) as u8);
        let colors: Vec<[u8; 3]> = sums.into_iter().map(color).collect();
        for (row, y) in image.pixels_mut().chunks_exact_mut(stride).zip(down) {
            for (pixel, x) in row.as_chunks_mut::<3>().0.iter_mut().zip(&across) {
                *pixel = colors[y * columns + x];
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn add(columns: &mut [u32], row: &[u8]) {
        for (sum, value) in columns.iter_mut().zip(row) {
            *sum += u32::from(*value);
        }
    }
}
