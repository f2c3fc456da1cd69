//! Dropped points: fewer echoes than the sensor should give.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{keep, uniform};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Removes this fraction of all points, each with the same probability.
pub static KIND: TransformKind = TransformKind {
    id: "dropped_points",
    title: "Dropped points",
    summary: "Part of the points is missing, anywhere",
    group: Group::Returns,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Dropped { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Dropped", "of the points", 0.99, 0.3);

struct Dropped {
    part: f64,
}

impl PointTransform for Dropped {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let rng = Rng::new(seed);
        keep(cloud, |i, _| uniform(&rng, i) >= self.part);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
