//! A lost sector: dirt on the housing, a pillar, a broken segment.

use crate::base::params::ParamSpec;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::points::{apart, azimuth, keep, unseen};
use crate::transforms::{Build, Group, PointTransform, TransformKind};

/// Width in degrees of the sector without points, about a direction.
pub static KIND: TransformKind = TransformKind {
    id: "lost_sector",
    title: "Lost sector",
    summary: "No points in a range of directions",
    group: Group::Returns,
    params: &[WIDTH, TOWARDS],
    geometric: true,
    seeded: false,
    build: Build::Points(|params| {
        Box::new(LostSector { width: params.value(&WIDTH) as f32, towards: params.value(&TOWARDS) as f32 })
    }),
};

const WIDTH: ParamSpec = ParamSpec { step: 1.0, ..ParamSpec::from_zero("width", "Width", "°", 360.0, 30.0) };
const TOWARDS: ParamSpec = ParamSpec::setting("towards", "Direction", "° to the left", [-180.0, 180.0], 0.0);

struct LostSector {
    width: f32,
    towards: f32,
}

impl LostSector {
    fn seen(&self, position: [f32; 3]) -> bool {
        // A sector without width is empty, even for points exactly in its direction.
        self.width <= 0.0 || apart(azimuth(position), self.towards) > self.width / 2.0
    }
}

impl PointTransform for LostSector {
    fn apply(&self, cloud: &mut PointCloud, _seed: u64) {
        keep(cloud, |_, position| self.seen(position));
    }

    fn expect(&self, before: &Prediction) -> Expected {
        unseen(before, |center| self.seen(center))
    }
}
