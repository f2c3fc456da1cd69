//! Cut-outs: holes in the cloud without echoes.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::keep;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Removes groups, each the fiftieth of all points that is nearest to a random point (Dong et al. 2023).
pub static KIND: TransformKind = TransformKind {
    id: "cut_out",
    title: "Cut-outs",
    summary: "Holes, each of 2 % of the points",
    group: Group::Returns,
    params: &[GROUPS],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(CutOut { groups: params.value(&GROUPS) as usize })),
};

const GROUPS: ParamSpec =
    ParamSpec { step: 1.0, ..ParamSpec::from_zero("groups", "Holes", "holes", 40.0, 3.0) };
/// Fraction of the points in a hole.
const PART: f64 = 0.02;

struct CutOut {
    groups: usize,
}

impl PointTransform for CutOut {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let count = cloud.positions.len();
        let taken = ((count as f64 * PART).round() as usize).min(count);
        if taken == 0 {
            return;
        }
        let rng = Rng::new(seed);
        let mut gone = vec![false; count];
        for group in 0..self.groups {
            // All distances are to the whole cloud, so that an additional hole leaves the others as they were.
            let center = cloud.positions[(rng.at(group as u64) % count as u64) as usize];
            let apart =
                |i: usize| (0..3).map(|axis| (cloud.positions[i][axis] - center[axis]).powi(2)).sum::<f32>();
            let mut order: Vec<(f32, usize)> = (0..count).map(|i| (apart(i), i)).collect();
            order.select_nth_unstable_by(taken - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (_, i) in &order[..taken] {
                gone[*i] = true;
            }
        }
        keep(cloud, |i, _| !gone[i]);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
