//! Horizontal mirror: left and right exchanged; boxes are mirrored as well.

use crate::base::bytes::reversed;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Left becomes right. This transform has no severity: an image is mirrored or it is not.
pub static KIND: TransformKind = TransformKind {
    id: "mirror",
    title: "Horizontal mirror",
    summary: "Left becomes right, boxes move along",
    group: Group::Geometry,
    params: &[],
    geometric: true,
    seeded: false,
    build: Build::Image(|_| Box::new(Mirror)),
};

struct Mirror;

impl Transform for Mirror {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let stride = image.width() as usize * 3;
        image.set_pixels(reversed(image.pixels(), stride));
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        if let Prediction::Values { values } = before {
            // Values that point left point right: the mirrored road needs the opposite steering.
            let mut values = values.clone();
            for value in values.iter_mut().filter(|value| value.lateral) {
                value.value = -value.value;
            }
            return Expected::Answer(Prediction::Values { values });
        }
        let width = size.0 as f32;
        moved(before, size, |b| Box2 { x0: width - b.x1, x1: width - b.x0, ..*b })
    }
}
