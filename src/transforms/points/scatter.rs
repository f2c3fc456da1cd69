//! Scattered points outside of a region of interest, which must not change the prediction inside of it.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{Adder, axes, bounds, uniform};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Adds this many points outside of the region: Zhou and Sun, "Metamorphic testing of driverless cars", CACM 62(3), 2019.
pub static KIND: TransformKind = TransformKind {
    id: "scatter",
    title: "Scattered points",
    summary: "Adds points outside of a region around the vehicle",
    group: Group::Returns,
    params: &[COUNT, AHEAD, ASIDE, REACH],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| {
        Box::new(Scatter {
            count: params.value(&COUNT).round() as usize,
            region: [params.value(&AHEAD) as f32, params.value(&ASIDE) as f32],
            reach: params.value(&REACH) as f32,
        })
    }),
};

const COUNT: ParamSpec =
    ParamSpec { step: 1.0, ..ParamSpec::from_zero("count", "Points", "points", 10_000.0, 100.0) };
const AHEAD: ParamSpec = ParamSpec::setting("ahead", "Ahead", "m", [1.0, 100.0], 30.0);
const ASIDE: ParamSpec = ParamSpec::setting("aside", "Aside", "m", [1.0, 100.0], 10.0);
const REACH: ParamSpec = ParamSpec::setting("reach", "Farthest", "m", [10.0, 200.0], 80.0);

struct Scatter {
    count: usize,
    /// Half of the region's length and width.
    region: [f32; 2],
    /// Maximum distance along x and y.
    reach: f32,
}

impl Scatter {
    /// Uniform in the square of `reach` without the region: the share of each strip is that of its area.
    fn place(&self, along: f64, across: f64) -> (f32, f32) {
        let reach = self.reach;
        let (ahead, aside) = (self.region[0].min(reach), self.region[1].min(reach));
        // Strips before and behind the region have the whole width, those beside it its length.
        let (ends, sides) = (2.0 * reach * (reach - ahead), 2.0 * ahead * (reach - aside));
        let at = along as f32 * 2.0 * (ends + sides);
        let across = across as f32;
        let (near, far) = if at < 2.0 * ends { (ahead, reach) } else { (aside, reach) };
        let out = near + (far - near) * across;
        if at < 2.0 * ends {
            let part = at / (2.0 * ends);
            let side = if part < 0.5 { 1.0 } else { -1.0 };
            (side * out, (2.0 * (2.0 * part).fract() - 1.0) * reach)
        } else {
            let part = if sides > 0.0 { (at - 2.0 * ends) / (2.0 * sides) } else { 0.0 };
            let side = if part < 0.5 { 1.0 } else { -1.0 };
            ((2.0 * (2.0 * part).fract() - 1.0) * ahead, side * out)
        }
    }
}

impl PointTransform for Scatter {
    /// The first n points of one stream, so that a higher severity adds to the same points.
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let Some([_, _, [low, high]]) = bounds(cloud) else { return };
        if self.region.iter().all(|half| *half >= self.reach) {
            return;
        }
        let [along, across, height] = axes(seed, 0);
        let adder = Adder::new(cloud, seed);
        for k in 0..self.count {
            let (x, y) = self.place(uniform(&along, k), uniform(&across, k));
            let z = low + (high - low) * uniform(&height, k) as f32;
            adder.add(cloud, k, [x, y, z]);
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
