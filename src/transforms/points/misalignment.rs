//! Misalignment: the sensor's pose differs from its calibration.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{axes, normal, normals};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Moves all points by N(0, sigma^2) meters along each axis and rotates them about the vertical by a tenth of that in
/// radians (Dong et al. 2023).
pub static KIND: TransformKind = TransformKind {
    id: "misalignment",
    title: "Misalignment",
    summary: "The sensor is slightly shifted and rotated",
    group: Group::Ranging,
    params: &[SIGMA],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Misalignment { sigma: params.value(&SIGMA) as f32 })),
};

const SIGMA: ParamSpec = ParamSpec::from_zero("sigma", "Off by", "m", 1.0, 0.12);
/// Radians of rotation for each meter of shift.
const TURN: f32 = 0.1;

struct Misalignment {
    sigma: f32,
}

impl PointTransform for Misalignment {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        if self.sigma <= 0.0 {
            return;
        }
        let off = normals(&axes(seed, 0), 0).map(|noise| noise * self.sigma);
        let seat =
            Solid { center: off, size: [1.0; 3], yaw: TURN * self.sigma * normal(&Rng::split(seed, 3), 0) };
        for position in &mut cloud.positions {
            *position = seat.outward(*position);
        }
    }

    /// The model does not know the sensor's pose, so the objects must be found where they were.
    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
