//! Intensity: a dimmer laser, a wet road, a sensor calibrated in another way.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Multiplies the intensity of every point.
pub static KIND: TransformKind = TransformKind {
    id: "intensity",
    title: "Intensity",
    summary: "Every echo is weaker or stronger",
    group: Group::Ranging,
    params: &[FACTOR],
    geometric: false,
    seeded: false,
    build: Build::Points(|params| Box::new(Intensity { factor: params.value(&FACTOR) as f32 })),
};

const FACTOR: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "",
    min: 0.0,
    max: 2.0,
    neutral: 1.0,
    initial: 0.5,
    step: 0.01,
};

struct Intensity {
    factor: f32,
}

impl PointTransform for Intensity {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        for field in cloud.fields.iter_mut().filter(|field| field.name == "intensity") {
            for value in &mut field.values {
                *value *= self.factor;
            }
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
