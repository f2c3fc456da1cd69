//! Strong sunlight: the detector of the sensor is blinded now and then.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::weather::thrown_off;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Shifts this fraction of the points by N(0, 2 m) along each axis (Dong et al. 2023).
pub static KIND: TransformKind = TransformKind {
    id: "sunlight",
    title: "Strong sunlight",
    summary: "Part of the points is off by about 2 m",
    group: Group::PointWeather,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Sunlight { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Points", "of the points", 0.2, 0.03);
/// Meters.
const SIGMA: f32 = 2.0;

struct Sunlight {
    part: f64,
}

impl PointTransform for Sunlight {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        thrown_off(cloud, seed, self.part, SIGMA);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
