//! Lost rings: lasers of the sensor that no longer fire.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{keep, uniform};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Fraction of the 64 elevations, or of the recorded rings, that is silent.
pub static KIND: TransformKind = TransformKind {
    id: "lost_rings",
    title: "Lost rings",
    summary: "Some of the lasers are silent",
    group: Group::Returns,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(LostRings { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Silent", "of the lasers", 1.0, 0.25);
/// Number of lasers if the recording has no rings, and the elevations that they cover in degrees.
const RINGS: f32 = 64.0;
const ELEVATIONS: [f32; 2] = [-25.0, 15.0];

struct LostRings {
    part: f64,
}

impl PointTransform for LostRings {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let rng = Rng::new(seed);
        let named = cloud.field("ring").map(<[f32]>::to_vec);
        let ring = |i: usize, [x, y, z]: [f32; 3]| {
            if let Some(rings) = &named {
                return rings[i].max(0.0) as usize;
            }
            let up = libm::atan2f(z, libm::sqrtf(x * x + y * y)).to_degrees();
            let part = (up - ELEVATIONS[0]) / (ELEVATIONS[1] - ELEVATIONS[0]);
            (part * RINGS).clamp(0.0, RINGS - 1.0) as usize
        };
        keep(cloud, |i, position| uniform(&rng, ring(i, position)) >= self.part);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
