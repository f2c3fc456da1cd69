//! Translation, as in DeepTest (Tian et al., ICSE 2018): a camera mounted off its position.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Pixels to the right and down, bilinear, black outside; `DeepTest` moves both by 10 to 100.
pub static KIND: TransformKind = TransformKind {
    id: "translate",
    title: "Translation",
    summary: "Moves the image, black at the edges, boxes move along",
    group: Group::Geometry,
    params: &[RIGHT, DOWN],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Translate { right: params.value(&RIGHT), down: params.value(&DOWN) })
    }),
};

const RIGHT: ParamSpec = ParamSpec {
    id: "right",
    title: "Right",
    unit: "px",
    min: -200.0,
    max: 200.0,
    neutral: 0.0,
    initial: 30.0,
    step: 1.0,
};

const DOWN: ParamSpec = ParamSpec { id: "down", title: "Down", initial: 0.0, ..RIGHT };

struct Translate {
    right: f64,
    down: f64,
}

impl Transform for Translate {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.right != 0.0 || self.down != 0.0 {
            affine(image, &Affine { x: [1.0, 0.0, -self.right], y: [0.0, 1.0, -self.down] });
        }
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let (right, down) = (self.right as f32, self.down as f32);
        moved(before, size, |b| Box2 { x0: b.x0 + right, x1: b.x1 + right, y0: b.y0 + down, y1: b.y1 + down })
    }
}
