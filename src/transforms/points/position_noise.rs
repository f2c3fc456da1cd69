//! Ranging noise: every point is slightly off, by N(0, sigma^2) along each axis.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{axes, normals};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Standard deviation in meters along each axis.
pub static KIND: TransformKind = TransformKind {
    id: "position_noise",
    title: "Position noise",
    summary: "Every point is slightly off, normally distributed",
    group: Group::Ranging,
    params: &[SIGMA],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Noise { sigma: params.value(&SIGMA) as f32 })),
};

const SIGMA: ParamSpec = ParamSpec::from_zero("sigma", "Noise", "m", 0.5, 0.06);

struct Noise {
    sigma: f32,
}

impl PointTransform for Noise {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let axes = axes(seed, 0);
        for (i, position) in cloud.positions.iter_mut().enumerate() {
            for (value, noise) in position.iter_mut().zip(normals(&axes, i)) {
                *value += self.sigma * noise;
            }
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
