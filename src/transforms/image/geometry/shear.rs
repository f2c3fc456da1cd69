//! Horizontal shear, as in DeepTest (Tian et al., ICSE 2018).

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// x moves by `factor * y` from the upper left corner, bilinear, black outside; `DeepTest` sweeps 0.1 to 1.
pub static KIND: TransformKind = TransformKind {
    id: "shear",
    title: "Shear",
    summary: "Shifts lower rows to the right, boxes move along",
    group: Group::Geometry,
    params: &[FACTOR],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| Box::new(Shear { factor: params.value(&FACTOR) })),
};

const FACTOR: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "",
    min: -1.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.1,
    step: 0.01,
};

struct Shear {
    factor: f64,
}

impl Transform for Shear {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.factor != 0.0 {
            affine(image, &Affine { x: [1.0, -self.factor, 0.0], y: [0.0, 1.0, 0.0] });
        }
    }

    /// The box around the sheared inscribed ellipse, as for rotation.
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let factor = self.factor as f32;
        moved(before, size, |b| {
            let (x, y) = b.center();
            let center = x + factor * y;
            let half = (b.width() / 2.0).hypot(factor * b.height() / 2.0);
            Box2 { x0: center - half, x1: center + half, ..*b }
        })
    }
}
