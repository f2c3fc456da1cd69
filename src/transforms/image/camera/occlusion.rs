//! Occlusion: a patch in front of part of the image, like dirt on the lens or a passing object.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, MIN_VISIBLE, Transform, TransformKind};

/// A gray square; its side is a fraction of the image's shorter side, its center stays while it grows.
pub static KIND: TransformKind = TransformKind {
    id: "occlusion",
    title: "Occlusion",
    summary: "A gray patch in front of part of the image",
    group: Group::Sensor,
    params: &[SIZE, ACROSS, DOWN],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Occlusion {
            size: params.value(&SIZE),
            across: params.value(&ACROSS),
            down: params.value(&DOWN),
        })
    }),
};

/// Size, shared with overlays.
pub(in crate::transforms) const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Size",
    unit: "of the side",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.25,
    step: 0.01,
};

/// Horizontal position; shared by all transforms that place something in the image.
pub(in crate::transforms) const ACROSS: ParamSpec = ParamSpec {
    id: "across",
    title: "Across",
    unit: "of the width",
    min: 0.0,
    max: 1.0,
    neutral: 0.5,
    initial: 0.5,
    step: 0.01,
};

/// The same for the vertical position.
pub(in crate::transforms) const DOWN: ParamSpec =
    ParamSpec { id: "down", title: "Down", unit: "of the height", ..ACROSS };

struct Occlusion {
    size: f64,
    across: f64,
    down: f64,
}

/// Neutral gray: the middle of the range.
const GRAY: u8 = 128;

impl Occlusion {
    fn patch(&self, (width, height): (u32, u32)) -> Box2 {
        let half = (self.size * f64::from(width.min(height)) / 2.0) as f32;
        let (x, y) = ((self.across * f64::from(width)) as f32, (self.down * f64::from(height)) as f32);
        Box2 {
            x0: (x - half).round(),
            y0: (y - half).round(),
            x1: (x + half).round(),
            y1: (y + half).round(),
        }
        .clipped(width, height)
    }
}

impl Transform for Occlusion {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let patch = self.patch(image.size());
        if !patch.valid() {
            return;
        }
        let width = image.width() as usize;
        let rows = image.pixels_mut().chunks_exact_mut(width * 3);
        for row in rows.take(patch.y1 as usize).skip(patch.y0 as usize) {
            if let Some(part) = row.get_mut(patch.x0 as usize * 3..patch.x1 as usize * 3) {
                part.fill(GRAY);
            }
        }
    }

    /// An object of which too little is visible may be missed; the others must stay as they were.
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        hidden_by(&self.patch(size), before)
    }
}

/// Expected objects with a patch before the image: one of which too little is visible may be missed.
pub(in crate::transforms) fn hidden_by(patch: &Box2, before: &Prediction) -> Expected {
    let Prediction::Objects { objects } = before else { return Expected::Same };
    let mut objects = objects.clone();
    for object in &mut objects {
        let hidden = object.bbox.intersection(patch).area();
        if hidden > (1.0 - MIN_VISIBLE) * object.bbox.area() {
            object.score = 0.0;
        }
    }
    Expected::Answer(Prediction::Objects { objects })
}
