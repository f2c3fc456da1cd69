//! Snow as a LIDAR sees it: flakes are large and echo well.

use crate::base::params::ParamSpec;
use crate::data::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::weather::{Air, through};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Rate of melted snow in mm/h.
pub static KIND: TransformKind = TransformKind {
    id: "lidar_snow",
    title: "Snow (LIDAR)",
    summary: "Far points are lost, flakes appear near the sensor",
    group: Group::PointWeather,
    params: &[AMOUNT],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| {
        Box::new(Through(Air {
            per_meter: 0.003 * libm::pow(params.value(&AMOUNT), 0.6),
            early: 0.6,
            blur: 0.05,
        }))
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("rate", "Snow", "mm/h", 20.0, 3.125);

struct Through(Air);

impl PointTransform for Through {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        through(cloud, seed, &self.0);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
