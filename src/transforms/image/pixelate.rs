//! Pixelation as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): a picture that was enlarged from a small one.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Squares of so many pixels become one color, their mean; the severities 1 to 5 of ImageNet-C shrink by 1.7, 2, 2.5, 3.3
/// and 4.
pub static KIND: TransformKind = TransformKind {
    id: "pixelate",
    title: "Pixelation",
    summary: "Squares of pixels become one color",
    group: Group::Sensor,
    params: &[SIZE],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Pixelate { size: params.value(&SIZE).round() as usize })),
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

struct Pixelate {
    size: usize,
}

impl Transform for Pixelate {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.size <= 1 {
            return;
        }
        let width = image.width() as usize;
        for band in image.pixels_mut().chunks_mut(width * 3 * self.size) {
            let rows = band.len() / (width * 3);
            let mut sums = vec![[0_u32; 3]; width.div_ceil(self.size)];
            for row in band.chunks_exact(width * 3) {
                for (cell, sum) in row.chunks(self.size * 3).zip(&mut sums) {
                    for pixel in cell.as_chunks::<3>().0 {
                        for (sum, value) in sum.iter_mut().zip(pixel) {
                            *sum += u32::from(*value);
                        }
                    }
                }
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                let count = (rows * self.size.min(width - i * self.size)) as u32;
                *sum = sum.map(|sum| (sum + count / 2) / count);
            }
            for row in band.chunks_exact_mut(width * 3) {
                for (cell, color) in row.chunks_mut(self.size * 3).zip(&sums) {
                    cell.as_chunks_mut::<3>().0.fill(color.map(|value| value as u8));
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
