//! Brightness: a bias added to every channel, as in DeepTest (Tian et al., ICSE 2018).

use crate::base::params::{ParamSpec, Params};
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = saturate(in + bias) on all channels; `DeepTest` sweeps 10 to 100 gray levels.
pub static KIND: TransformKind = TransformKind {
    id: "brightness",
    title: "Brightness",
    summary: "Adds the same amount of light to every pixel",
    group: Group::Light,
    params: &[BIAS],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Brightness { bias: bias(params) })),
};

const BIAS: ParamSpec = ParamSpec {
    id: "bias",
    title: "Bias",
    unit: "gray levels",
    min: -150.0,
    max: 150.0,
    neutral: 0.0,
    initial: 40.0,
    step: 1.0,
};

struct Brightness {
    bias: i16,
}

fn bias(params: &Params) -> i16 {
    params.value(&BIAS).round() as i16
}

impl Transform for Brightness {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.bias >= 0 {
            add(image.pixels_mut(), self.bias.min(255) as u8);
        } else {
            subtract(image.pixels_mut(), self.bias.unsigned_abs().min(255) as u8);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn add(pixels: &mut [u8], bias: u8) {
        for value in pixels {
            *value = value.saturating_add(bias);
        }
    }
}

widened! {
    fn subtract(pixels: &mut [u8], bias: u8) {
        for value in pixels {
            *value = value.saturating_sub(bias);
        }
    }
}
