//! Shifting: everything is moved, or one object is.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::moved;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Meters ahead, to the left and up.
pub static KIND: TransformKind = TransformKind {
    id: "shift_points",
    title: "Shift",
    summary: "Everything is moved",
    group: Group::Placement,
    params: &[AHEAD, LEFT, UP],
    geometric: true,
    seeded: false,
    build: Build::Points(|params| {
        Box::new(Shift { by: [&AHEAD, &LEFT, &UP].map(|spec| params.value(spec) as f32) })
    }),
};

const AHEAD: ParamSpec = ParamSpec {
    id: "ahead",
    title: "Ahead",
    unit: "m",
    min: -20.0,
    max: 20.0,
    neutral: 0.0,
    initial: 1.0,
    step: 0.1,
};
const LEFT: ParamSpec = ParamSpec { id: "left", title: "To the left", initial: 0.0, ..AHEAD };
const UP: ParamSpec = ParamSpec { id: "up", title: "Up", min: -3.0, max: 3.0, initial: 0.0, ..AHEAD };

struct Shift {
    by: [f32; 3],
}

impl Shift {
    fn point(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        [x + self.by[0], y + self.by[1], z + self.by[2]]
    }
}

impl PointTransform for Shift {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        for position in &mut cloud.positions {
            *position = self.point(*position);
        }
    }

    fn expect(&self, before: &Prediction) -> Expected {
        moved(before, |solid| Solid { center: self.point(solid.center), ..*solid })
    }
}
