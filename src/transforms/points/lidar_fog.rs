//! Lidar fog: near droplets echo, far points are lost.

use crate::base::params::ParamSpec;
use crate::transforms::points::weather::{Air, Through};
use crate::transforms::{Build, Group, TransformKind};

/// Attenuation in 1/m; the table of Dong et al. 2023 goes from 0.005 to 0.06.
pub static KIND: TransformKind = TransformKind {
    id: "lidar_fog",
    title: "Fog (lidar)",
    summary: "Far points are lost, near ones appear in the air",
    group: Group::PointWeather,
    params: &[AMOUNT],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| {
        Box::new(Through(Air { per_meter: params.value(&AMOUNT), early: 0.3, blur: 0.02 }))
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("attenuation", "Attenuation", "1/m", 0.1, 0.02);
