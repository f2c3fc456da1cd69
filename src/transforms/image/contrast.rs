//! Contrast: a gain on every channel, as in DeepTest (Tian et al., ICSE 2018).

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::simd::widened;
use crate::transforms::{Group, Transform, TransformKind};

/// out = saturate(gain * in) on all channels; `DeepTest` sweeps 1.2 to 3.0.
pub static KIND: TransformKind = TransformKind {
    id: "contrast",
    title: "Contrast",
    summary: "Multiplies every pixel by the same gain",
    group: Group::Light,
    params: &[GAIN],
    geometric: false,
    seeded: false,
    build: |params| Box::new(Contrast { gain_q8: (params.value(&GAIN) * 256.0).round() as u16 }),
};

const GAIN: ParamSpec = ParamSpec {
    id: "gain",
    title: "Gain",
    unit: "×",
    min: 0.1,
    max: 3.0,
    neutral: 1.0,
    initial: 1.6,
    step: 0.02,
};

struct Contrast {
    /// Gain in 1/256.
    gain_q8: u16,
}

impl Transform for Contrast {
    fn apply(&self, image: &mut Image, _seed: u64) {
        multiply(image.pixels_mut(), u32::from(self.gain_q8));
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn multiply(pixels: &mut [u8], gain_q8: u32) {
        for value in pixels {
            *value = ((u32::from(*value) * gain_q8 + 128) >> 8).min(255) as u8;
        }
    }
}
