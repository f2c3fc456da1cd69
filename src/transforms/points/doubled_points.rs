//! Doubled points: echoes that are counted twice.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::uniform;
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Adds this fraction of the points once more, in place.
pub static KIND: TransformKind = TransformKind {
    id: "doubled_points",
    title: "Doubled points",
    summary: "Part of the points is duplicated",
    group: Group::Returns,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Points(|params| Box::new(Doubled { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Doubled", "of the points", 1.0, 0.1);

struct Doubled {
    part: f64,
}

impl PointTransform for Doubled {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        let rng = Rng::new(seed);
        for i in (0..cloud.positions.len()).filter(|i| uniform(&rng, *i) < self.part) {
            cloud.positions.push(cloud.positions[i]);
            for field in &mut cloud.fields {
                field.values.push(field.values[i]);
            }
        }
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
