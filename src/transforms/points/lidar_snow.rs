//! Lidar snow: flakes are large and echo well.

use crate::base::params::ParamSpec;
use crate::transforms::points::weather::{Air, Through};
use crate::transforms::{Build, Group, TransformKind};

/// Rate of melted snow in mm/h.
pub static KIND: TransformKind = TransformKind {
    id: "lidar_snow",
    title: "Snow (lidar)",
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
