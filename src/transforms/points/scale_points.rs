//! Scaling about the sensor: everything is farther and larger, as with a wrong unit of length.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::moved;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Factor of all distances.
pub static KIND: TransformKind = TransformKind {
    id: "scale_points",
    title: "Scale",
    summary: "Everything is farther away and larger",
    group: Group::Placement,
    params: &[FACTOR],
    geometric: true,
    seeded: false,
    build: Build::Points(|params| Box::new(Moved { amount: params.value(&FACTOR) as f32 })),
};

const FACTOR: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "",
    min: 0.5,
    max: 2.0,
    neutral: 1.0,
    initial: 1.1,
    step: 0.01,
};

struct Moved {
    amount: f32,
}

impl Moved {
    fn point(&self, point: [f32; 3]) -> [f32; 3] {
        point.map(|value| value * self.amount)
    }
}

impl PointTransform for Moved {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        for position in &mut cloud.positions {
            *position = self.point(*position);
        }
    }

    fn expect(&self, before: &Prediction) -> Expected {
        moved(before, |solid| Solid {
            center: self.point(solid.center),
            size: solid.size.map(|side| side * self.amount),
            ..*solid
        })
    }
}
