//! Saturation: colors towards gray, or away from it.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = luma + factor * (in - luma), luma by ITU-R BT.601; 0 is a gray picture.
pub static KIND: TransformKind = TransformKind {
    id: "saturation",
    title: "Saturation",
    summary: "Moves colors towards gray or away from it",
    group: Group::Light,
    params: &[FACTOR],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Saturation { factor_q8: (params.value(&FACTOR) * 256.0).round() as i32 })
    }),
};

const FACTOR: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "×",
    min: 0.0,
    max: 4.0,
    neutral: 1.0,
    initial: 0.3,
    step: 0.05,
};

struct Saturation {
    factor_q8: i32,
}

impl Transform for Saturation {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.factor_q8 != 256 {
            spread(image.pixels_mut(), self.factor_q8);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// Pixels of a block.
const BLOCK: usize = 32;

widened! {
    fn spread(pixels: &mut [u8], factor_q8: i32) {
        // Channel by channel inside of a block, so that the arithmetic runs on many pixels at a time.
        let (blocks, rest) = pixels.as_chunks_mut::<{ 3 * BLOCK }>();
        for block in blocks {
            let mut planes = [[0_i32; BLOCK]; 3];
            for (i, pixel) in block.as_chunks::<3>().0.iter().enumerate() {
                for c in 0..3 {
                    planes[c][i] = i32::from(pixel[c]);
                }
            }
            let [r, g, b] = &planes;
            let mut luma = [0_i32; BLOCK];
            for i in 0..BLOCK {
                luma[i] = 77 * r[i] + 150 * g[i] + 29 * b[i];
            }
            for plane in &mut planes {
                for (value, luma) in plane.iter_mut().zip(&luma) {
                    *value = spread_one(*value, *luma, factor_q8);
                }
            }
            for (i, pixel) in block.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                for c in 0..3 {
                    pixel[c] = planes[c][i] as u8;
                }
            }
        }
        for pixel in rest.as_chunks_mut::<3>().0 {
            let [r, g, b] = pixel.map(i32::from);
            let luma = 77 * r + 150 * g + 29 * b;
            *pixel = [r, g, b].map(|v| spread_one(v, luma, factor_q8) as u8);
        }
    }
}

/// A value of a channel pulled away from the luma, which is in 1/256 gray level.
#[inline]
fn spread_one(value: i32, luma: i32, factor_q8: i32) -> i32 {
    let apart = (value << 8) - luma;
    ((luma + ((apart * factor_q8) >> 8) + 128) >> 8).clamp(0, 255)
}
