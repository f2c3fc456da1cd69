//! Exposure: more or less light on the sensor, as at night or against the sun.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::{from_light, map_channels, table, to_light};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Light times 2 ^ stops, on linear light and not on gray levels, clipped at white.
pub static KIND: TransformKind = TransformKind {
    id: "exposure",
    title: "Exposure",
    summary: "More or less light, in stops of the camera",
    group: Group::Light,
    params: &[STOPS],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Exposure { stops: params.value(&STOPS) })),
};

const STOPS: ParamSpec = ParamSpec {
    id: "stops",
    title: "Stops",
    unit: "EV",
    min: -5.0,
    max: 4.0,
    neutral: 0.0,
    initial: -2.0,
    step: 0.1,
};

struct Exposure {
    stops: f64,
}

impl Transform for Exposure {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let gain = libm::exp2(self.stops);
        map_channels(image, &[table(|value| from_light(to_light(value) * gain)); 3]);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
