//! Scale, as in DeepTest (Tian et al., ICSE 2018): a lens of another focal length.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::cubic;
use crate::transforms::image::kernels::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// About the center and back to the same size, bilinear; `DeepTest` sweeps 1.5 to 6.
///
/// `DeepTest` enlarges with cubic interpolation, and its models are given the upper left of that: `corner` and `cubic`.
pub static KIND: TransformKind = TransformKind {
    id: "scale",
    title: "Scale",
    summary: "Enlarges or shrinks the image about its center, boxes move along",
    group: Group::Geometry,
    params: &[FACTOR, CORNER, CUBIC],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Scale {
            factor: params.value(&FACTOR),
            corner: params.value(&CORNER) >= 0.5,
            cubic: params.value(&CUBIC) >= 0.5,
        })
    }),
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

const CORNER: ParamSpec = ParamSpec {
    id: "corner",
    title: "From the upper left",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

const CUBIC: ParamSpec = ParamSpec { id: "cubic", title: "Cubic interpolation", ..CORNER };

struct Scale {
    factor: f64,
    corner: bool,
    cubic: bool,
}

impl Transform for Scale {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if (self.factor - 1.0).abs() < f64::EPSILON {
            return;
        }
        // The upper left corner of the image is half a pixel before the middle of its first pixel.
        let middle = |side: u32| if self.corner { -0.5 } else { f64::from(side - 1) / 2.0 };
        let (cx, cy) = (middle(image.width()), middle(image.height()));
        if self.cubic {
            cubic::enlarged(image, 1.0 / self.factor, (cx, cy));
            return;
        }
        let map = Affine { x: [1.0 / self.factor, 0.0, 0.0], y: [0.0, 1.0 / self.factor, 0.0] }.about(cx, cy);
        if map != Affine::IDENTITY {
            affine(image, &map);
        }
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let half = if self.corner { 0.0 } else { 0.5 };
        let (cx, cy, factor) = (size.0 as f32 * half, size.1 as f32 * half, self.factor as f32);
        moved(before, size, |b| Box2 {
            x0: cx + (b.x0 - cx) * factor,
            x1: cx + (b.x1 - cx) * factor,
            y0: cy + (b.y0 - cy) * factor,
            y1: cy + (b.y1 - cy) * factor,
        })
    }
}
