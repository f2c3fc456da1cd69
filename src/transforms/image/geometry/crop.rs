//! Crop: the center of the image, enlarged to the old size; boxes are scaled with it.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::camera::occlusion::{ACROSS, DOWN};
use crate::transforms::image::kernels::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// This fraction of each side is cut away; the rest, at a chosen position, fills the image.
pub static KIND: TransformKind = TransformKind {
    id: "crop",
    title: "Crop",
    summary: "Cuts the edges away and enlarges the rest",
    group: Group::Geometry,
    params: &[CUT, ACROSS, DOWN],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Crop { cut: params.value(&CUT), place: (params.value(&ACROSS), params.value(&DOWN)) })
    }),
};

const CUT: ParamSpec = ParamSpec {
    id: "cut",
    title: "Cut away",
    unit: "of the side",
    min: 0.0,
    max: 0.9,
    neutral: 0.0,
    initial: 0.2,
    step: 0.01,
};

struct Crop {
    cut: f64,
    place: (f64, f64),
}

impl Crop {
    /// Upper left corner of the crop, in pixels.
    fn corner(&self, size: (u32, u32)) -> (f64, f64) {
        (self.cut * self.place.0 * f64::from(size.0), self.cut * self.place.1 * f64::from(size.1))
    }
}

impl Transform for Crop {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.cut <= 0.0 {
            return;
        }
        let ((x, y), scale) = (self.corner(image.size()), 1.0 - self.cut);
        // Centers of pixels lie at whole numbers.
        let map = Affine { x: [scale, 0.0, x + 0.5 * scale - 0.5], y: [0.0, scale, y + 0.5 * scale - 0.5] };
        affine(image, &map);
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        if self.cut <= 0.0 {
            return Expected::Same;
        }
        let ((x, y), scale) = (self.corner(size), 1.0 - self.cut);
        let to = |value: f32, corner: f64| ((f64::from(value) - corner) / scale) as f32;
        moved(before, size, |b| Box2 { x0: to(b.x0, x), y0: to(b.y0, y), x1: to(b.x1, x), y1: to(b.y1, y) })
    }
}
