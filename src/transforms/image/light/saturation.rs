//! Saturation: colors towards gray, or away from it.

use crate::base::bytes::by_pixel;
use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = luma + factor * (in - luma), luma by ITU-R BT.601; 0 is a gray image.
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
            image.set_pixels(spread(image.pixels(), self.factor_q8));
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// Every value moved away from the luma of its pixel, all in 1/256 gray level.
fn spread(pixels: &[u8], factor_q8: i32) -> Vec<u8> {
    by_pixel(pixels, |at| {
        let [r, g, b] = &at.channels;
        std::array::from_fn(|i| {
            let luma = 77 * i32::from(r[i]) + 150 * i32::from(g[i]) + 29 * i32::from(b[i]);
            let apart = (i32::from(at.values[i]) << 8) - luma;
            ((luma + ((apart * factor_q8) >> 8) + 128) >> 8).clamp(0, 255) as u8
        })
    })
}
