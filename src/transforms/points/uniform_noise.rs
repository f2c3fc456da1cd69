//! Ranging noise: every point is slightly off, uniformly up to a limit along each axis.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{axes, uniform};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Greatest error in meters along each axis.
pub static KIND: TransformKind = TransformKind {
    id: "uniform_noise",
    title: "Uniform position noise",
    summary: "Every point is slightly off, uniformly up to a limit",
    group: Group::Ranging,
    params: &[REACH],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Noise { reach: params.value(&REACH) as f32 })),
};

const REACH: ParamSpec = ParamSpec::from_zero("reach", "Noise", "m", 0.5, 0.06);

struct Noise {
    reach: f32,
}

impl PointTransform for Noise {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let axes = axes(seed, 0);
        for (i, position) in cloud.positions.iter_mut().enumerate() {
            for (value, rng) in position.iter_mut().zip(&axes) {
                *value += self.reach * (2.0 * uniform(rng, i) as f32 - 1.0);
            }
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
