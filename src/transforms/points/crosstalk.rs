//! Crosstalk: the light of another lidar.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::weather::thrown_off;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Shifts this fraction of the points by N(0, 3 m) along each axis (Dong et al. 2023).
pub static KIND: TransformKind = TransformKind {
    id: "crosstalk",
    title: "Crosstalk",
    summary: "Part of the points is off by about 3 m, as beside another lidar",
    group: Group::Ranging,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Crosstalk { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Points", "of the points", 0.1, 0.01);
/// Meters.
const SIGMA: f32 = 3.0;

struct Crosstalk {
    part: f64,
}

impl PointTransform for Crosstalk {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        thrown_off(cloud, seed, self.part, SIGMA);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
