//! Brightness: a bias added to every channel, as in DeepTest (Tian et al., ICSE 2018).

use crate::base::params::{ParamSpec, Params};
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::map_levels;
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
        let (up, down) = (self.bias.clamp(0, 255) as u8, (-self.bias).clamp(0, 255) as u8);
        if up != down {
            map_levels(image, |level| level.saturating_add(up).saturating_sub(down));
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
