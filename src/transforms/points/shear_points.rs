//! Shearing: objects lean sideways with distance.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::moved;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Meters to the left for each meter ahead.
pub static KIND: TransformKind = TransformKind {
    id: "shear_points",
    title: "Shear",
    summary: "Everything leans to the side",
    group: Group::Placement,
    params: &[SHEAR],
    geometric: true,
    seeded: false,
    build: Build::Points(|params| Box::new(Shear { by: params.value(&SHEAR) as f32 })),
};

const SHEAR: ParamSpec = ParamSpec {
    id: "shear",
    title: "Shear",
    unit: "m/m",
    min: -0.5,
    max: 0.5,
    neutral: 0.0,
    initial: 0.1,
    step: 0.01,
};

struct Shear {
    by: f32,
}

impl PointTransform for Shear {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        for [x, y, _] in &mut cloud.positions {
            *y += self.by * *x;
        }
    }

    /// Cuboids have right angles: the cuboid stays in its place, rotated like its length.
    fn expect(&self, before: &Prediction) -> Expected {
        moved(before, |solid| {
            let [x, y, z] = solid.center;
            let (sin, cos) = (libm::sinf(solid.yaw), libm::cosf(solid.yaw));
            Solid { center: [x, y + self.by * x, z], yaw: libm::atan2f(sin + self.by * cos, cos), ..*solid }
        })
    }
}
