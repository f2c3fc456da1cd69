//! Scale, as in DeepTest (Tian et al., ICSE 2018): a lens of another focal length.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// About the center and back to the same size, bilinear; `DeepTest` sweeps 1.5 to 6.
pub static KIND: TransformKind = TransformKind {
    id: "scale",
    title: "Scale",
    summary: "Enlarges or shrinks the image about its center, boxes move along",
    group: Group::Geometry,
    params: &[FACTOR],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| Box::new(Scale { factor: params.value(&FACTOR) })),
};

const FACTOR: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "×",
    min: 0.3,
    max: 6.0,
    neutral: 1.0,
    initial: 1.2,
    step: 0.05,
};

struct Scale {
    factor: f64,
}

impl Transform for Scale {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let (cx, cy) = (f64::from(image.width() - 1) / 2.0, f64::from(image.height() - 1) / 2.0);
        let map = Affine { x: [1.0 / self.factor, 0.0, 0.0], y: [0.0, 1.0 / self.factor, 0.0] }.about(cx, cy);
        if map != Affine::IDENTITY {
            affine(image, &map);
        }
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let (cx, cy, factor) = (size.0 as f32 / 2.0, size.1 as f32 / 2.0, self.factor as f32);
        moved(before, size, |b| Box2 {
            x0: cx + (b.x0 - cx) * factor,
            x1: cx + (b.x1 - cx) * factor,
            y0: cy + (b.y0 - cy) * factor,
            y1: cy + (b.y1 - cy) * factor,
        })
    }
}
