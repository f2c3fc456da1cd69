//! Pixelation as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): an image enlarged from a small one.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Squares of this many pixels become one color, their mean; the severities 1 to 5 of ImageNet-C shrink by 1.7, 2, 2.5, 3.3
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

widened! {
    fn add(columns: &mut [u32], row: &[u8]) {
        for (sum, value) in columns.iter_mut().zip(row) {
            *sum += u32::from(*value);
        }
    }
}
