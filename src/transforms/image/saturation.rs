//! Saturation: colors towards gray, or away from it.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Group, Transform, TransformKind};

/// out = luma + factor * (in - luma), luma by ITU-R BT.601; 0 is a gray picture.
pub static KIND: TransformKind = TransformKind {
    id: "saturation",
    title: "Saturation",
    summary: "Moves colors towards gray or away from it",
    group: Group::Light,
    params: &[FACTOR],
    geometric: false,
    seeded: false,
    build: |params| Box::new(Saturation { factor_q8: (params.value(&FACTOR) * 256.0).round() as i32 }),
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

widened! {
    fn spread(pixels: &mut [u8], factor_q8: i32) {
        for pixel in pixels.as_chunks_mut::<3>().0 {
            let [r, g, b] = pixel.map(i32::from);
            let luma = 77 * r + 150 * g + 29 * b;
            *pixel = [r, g, b].map(|v| {
                let apart = (v << 8) - luma;
                ((luma + ((apart * factor_q8) >> 8) + 128) >> 8).clamp(0, 255) as u8
            });
        }
    }
}
