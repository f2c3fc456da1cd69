//! Gamma: a camera with another tone curve than the training data.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::{map_channels, table};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = in ^ gamma on 0 to 1; above 1 the midtones get darker.
pub static KIND: TransformKind = TransformKind {
    id: "gamma",
    title: "Gamma",
    summary: "Bends the tone curve of the camera, black and white stay",
    group: Group::Light,
    params: &[GAMMA],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Gamma { gamma: params.value(&GAMMA) })),
};

const GAMMA: ParamSpec = ParamSpec {
    id: "gamma",
    title: "Gamma",
    unit: "",
    min: 0.2,
    max: 5.0,
    neutral: 1.0,
    initial: 2.0,
    step: 0.05,
};

struct Gamma {
    gamma: f64,
}

impl Transform for Gamma {
    fn apply(&self, image: &mut Image, _seed: u64) {
        map_channels(image, &[table(|value| libm::pow(value, self.gamma)); 3]);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
