//! Vertical flip: a camera that was mounted upside down sees this after a mirror.

use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Up becomes down.
pub static KIND: TransformKind = TransformKind {
    id: "flip",
    title: "Vertical flip",
    summary: "Up becomes down, boxes move along",
    group: Group::Geometry,
    params: &[],
    geometric: true,
    seeded: false,
    build: Build::Image(|_| Box::new(Flip)),
};

struct Flip;

impl Transform for Flip {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let stride = image.width() as usize * 3;
        let flipped = image.pixels().chunks_exact(stride).rev().collect::<Vec<_>>().concat();
        image.set_pixels(flipped);
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let height = size.1 as f32;
        moved(before, size, |b| Box2 { y0: height - b.y1, y1: height - b.y0, ..*b })
    }
}
