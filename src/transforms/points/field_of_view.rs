//! Reduced field of view: only points ahead remain.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{azimuth, keep, unseen};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Keeps the points up to this many degrees to each side; 180 is all around (Dong et al. 2023).
pub static KIND: TransformKind = TransformKind {
    id: "field_of_view",
    title: "Field of view",
    summary: "Only points ahead remain",
    group: Group::Returns,
    params: &[SIDE],
    geometric: true,
    seeded: false,
    build: Build::Points(|params| Box::new(FieldOfView { side: params.value(&SIDE) as f32 })),
};

const SIDE: ParamSpec = ParamSpec {
    id: "side",
    title: "To each side",
    unit: "°",
    min: 5.0,
    max: 180.0,
    neutral: 180.0,
    initial: 75.0,
    step: 1.0,
};

struct FieldOfView {
    side: f32,
}

impl PointTransform for FieldOfView {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        keep(cloud, |_, position| azimuth(position).abs() <= self.side);
    }

    fn expect(&self, before: &Prediction) -> Expected {
        unseen(before, |center| azimuth(center).abs() <= self.side)
    }
}
