//! Points below the ground, where no object can be.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{Adder, axes, bounds, uniform};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Adds this many points inside of the region of interest, up to 2 m below the lowest point.
pub static KIND: TransformKind = TransformKind {
    id: "added_below_ground",
    title: "Points below ground",
    summary: "Adds points below the road",
    group: Group::Returns,
    params: &[COUNT, AHEAD, ASIDE],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| {
        Box::new(BelowGround {
            count: params.value(&COUNT).round() as usize,
            region: [params.value(&AHEAD) as f32, params.value(&ASIDE) as f32],
        })
    }),
};

const COUNT: ParamSpec =
    ParamSpec { step: 1.0, ..ParamSpec::from_zero("count", "Points", "points", 10_000.0, 100.0) };
const AHEAD: ParamSpec = ParamSpec::setting("ahead", "Ahead", "m", [1.0, 100.0], 30.0);
const ASIDE: ParamSpec = ParamSpec::setting("aside", "Aside", "m", [1.0, 100.0], 10.0);
/// Meters below the lowest point: nearest and farthest.
const DEPTH: [f32; 2] = [0.3, 2.0];

struct BelowGround {
    count: usize,
    /// Half of the region's length and width.
    region: [f32; 2],
}

impl PointTransform for BelowGround {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let Some([_, _, [ground, _]]) = bounds(cloud) else { return };
        let [ahead, aside, depth] = axes(seed, 0);
        let adder = Adder::new(cloud, seed);
        let within = |rng, k, half: f32| half * (2.0 * uniform(rng, k) as f32 - 1.0);
        for k in 0..self.count {
            let z = ground - DEPTH[0] - (DEPTH[1] - DEPTH[0]) * uniform(&depth, k) as f32;
            let place = [within(&ahead, k, self.region[0]), within(&aside, k, self.region[1]), z];
            adder.add(cloud, k, place);
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
