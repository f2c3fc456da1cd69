//! Mirroring: left becomes right.

use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::moved;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// This transform has no severity: points are mirrored or they are not.
pub static KIND: TransformKind = TransformKind {
    id: "mirror_points",
    title: "Mirror",
    summary: "Left becomes right",
    group: Group::Placement,
    params: &[],
    geometric: true,
    seeded: false,
    build: Build::Points(|_| Box::new(Mirror)),
};

struct Mirror;

impl PointTransform for Mirror {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        for [_, y, _] in &mut cloud.positions {
            *y = -*y;
        }
    }

    fn expect(&self, before: &Prediction) -> Expected {
        if let Prediction::Values { values } = before {
            let mut values = values.clone();
            for value in values.iter_mut().filter(|value| value.lateral) {
                value.value = -value.value;
            }
            return Expected::Answer(Prediction::Values { values });
        }
        moved(before, |solid| {
            let [x, y, z] = solid.center;
            Solid { center: [x, -y, z], yaw: -solid.yaw, ..*solid }
        })
    }
}
