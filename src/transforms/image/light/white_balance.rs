//! White balance: a camera that takes sodium lamps or the blue hour for white.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::{from_light, map_channels, table, to_light};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// On linear light, red times 2 ^ warmth and blue times 2 ^ -warmth; above 0 is warm, below is cold.
pub static KIND: TransformKind = TransformKind {
    id: "white_balance",
    title: "White balance",
    summary: "Makes the light warm or cold",
    group: Group::Light,
    params: &[WARMTH],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(WhiteBalance { warmth: params.value(&WARMTH) })),
};

const WARMTH: ParamSpec = ParamSpec {
    id: "warmth",
    title: "Warmth",
    unit: "EV",
    min: -1.5,
    max: 1.5,
    neutral: 0.0,
    initial: 0.5,
    step: 0.05,
};

struct WhiteBalance {
    warmth: f64,
}

impl Transform for WhiteBalance {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let gained = |stops: f64| {
            let gain = libm::exp2(stops);
            table(|value| from_light(to_light(value) * gain))
        };
        map_channels(image, &[gained(self.warmth), gained(0.0), gained(-self.warmth)]);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
