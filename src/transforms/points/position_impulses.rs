//! Impulses: a few points are far off.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{axes, uniform};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Moves this part of the points by 0.1 m to one or the other side along each axis (Dong et al. 2023).
pub static KIND: TransformKind = TransformKind {
    id: "position_impulses",
    title: "Position impulses",
    summary: "A few points jump to the side",
    group: Group::Ranging,
    params: &[PART, JUMP],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| {
        Box::new(Impulses { part: params.value(&PART), jump: params.value(&JUMP) as f32 })
    }),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Points", "of the points", 1.0, 0.05);
const JUMP: ParamSpec = ParamSpec::setting("jump", "Jump", "m", [0.01, 2.0], 0.1);

struct Impulses {
    part: f64,
    jump: f32,
}

impl PointTransform for Impulses {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let (chosen, sides) = (Rng::split(seed, 3), axes(seed, 0));
        for (i, position) in cloud.positions.iter_mut().enumerate() {
            if uniform(&chosen, i) < self.part {
                for (value, rng) in position.iter_mut().zip(&sides) {
                    *value += if rng.at(i as u64) & 1 == 0 { self.jump } else { -self.jump };
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
