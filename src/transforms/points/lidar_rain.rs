//! Lidar rain.

use crate::base::params::ParamSpec;
use crate::transforms::points::weather::{Air, Through};
use crate::transforms::{Build, Group, TransformKind};

/// Rate in mm/h; the attenuation per meter is 0.001 rate^0.6, its exponent that of LISA (Kilic et al. 2021).
pub static KIND: TransformKind = TransformKind {
    id: "lidar_rain",
    title: "Rain (lidar)",
    summary: "Far points are lost, drops appear, distances are noisy",
    group: Group::PointWeather,
    params: &[AMOUNT],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| {
        Box::new(Through(Air {
            per_meter: 0.001 * libm::pow(params.value(&AMOUNT), 0.6),
            early: 0.2,
            blur: 0.2,
        }))
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("rate", "Rain", "mm/h", 50.0, 7.29);
