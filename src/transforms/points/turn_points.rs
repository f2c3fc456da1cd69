//! Rotation about the vertical: the same street from another direction.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::moved;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Degrees to the left.
pub static KIND: TransformKind = TransformKind {
    id: "turn_points",
    title: "Rotation",
    summary: "Everything rotates about the vehicle",
    group: Group::Placement,
    params: &[DEGREES],
    geometric: true,
    seeded: false,
    build: Build::Points(|params| Box::new(Moved { amount: params.value(&DEGREES) as f32 })),
};

const DEGREES: ParamSpec = ParamSpec {
    id: "degrees",
    title: "Angle",
    unit: "°",
    min: -180.0,
    max: 180.0,
    neutral: 0.0,
    initial: 10.0,
    step: 1.0,
};

struct Moved {
    amount: f32,
}

impl Moved {
    fn point(&self, point: [f32; 3]) -> [f32; 3] {
        let about = Solid { center: [0.0; 3], size: [1.0; 3], yaw: self.amount.to_radians() };
        about.outward(point)
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
            yaw: solid.yaw + self.amount.to_radians(),
            ..*solid
        })
    }
}
