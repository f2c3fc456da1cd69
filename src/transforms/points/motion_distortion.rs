//! Motion distortion: the vehicle moved during the sweep and this was not corrected.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::azimuth;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Points at the end of the sweep are off by this many meters ahead, those at its start by nothing; they rotate by a tenth of
/// that in radians.
pub static KIND: TransformKind = TransformKind {
    id: "motion_distortion",
    title: "Motion distortion",
    summary: "The sweep is smeared along the vehicle's path",
    group: Group::Ranging,
    params: &[SHIFT],
    geometric: false,
    seeded: false,
    build: Build::Points(|params| Box::new(MotionDistortion { shift: params.value(&SHIFT) as f32 })),
};

const SHIFT: ParamSpec = ParamSpec::from_zero("shift", "Off by", "m", 2.0, 0.5);
/// Radians of rotation for each meter.
const TURN: f32 = 0.1;

struct MotionDistortion {
    shift: f32,
}

impl PointTransform for MotionDistortion {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        if self.shift <= 0.0 {
            return;
        }
        for position in &mut cloud.positions {
            // The sweep begins behind the vehicle and rotates once.
            let part = (azimuth(*position) + 180.0) / 360.0;
            let (sin, cos) = {
                let angle = TURN * self.shift * part;
                (libm::sinf(angle), libm::cosf(angle))
            };
            let [x, y, z] = *position;
            *position = [x * cos - y * sin + self.shift * part, x * sin + y * cos, z];
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
