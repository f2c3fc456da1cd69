//! Horizontal mirror: the road seen in a mirror; boxes are mirrored with it.

use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::objects::Box2;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Left becomes right. It has no strength: a picture is mirrored or it is not.
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

widened! {
    /// The pixels of a row from the last to the first.
    fn reverse(target: &mut [u8], row: &[u8]) {
        // Sixteen pixels at a time have fixed places, which become shuffles.
        let (blocks, rest) = row.as_chunks::<48>();
        let (end, reversed) = target.split_at_mut(rest.len());
        for (block, place) in blocks.iter().zip(reversed.as_chunks_mut::<48>().0.iter_mut().rev()) {
            for i in 0..16 {
                for c in 0..3 {
                    place[(15 - i) * 3 + c] = block[i * 3 + c];
                }
            }
        }
        for (pixel, place) in rest.as_chunks::<3>().0.iter().zip(end.as_chunks_mut::<3>().0.iter_mut().rev()) {
            *place = *pixel;
        }
    }
}

impl Transform for Mirror {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let stride = image.width() as usize * 3;
        let mut mirrored = vec![0_u8; image.pixels().len()];
        for (target, row) in mirrored.chunks_exact_mut(stride).zip(image.pixels().chunks_exact(stride)) {
            reverse(target, row);
        }
        image.set_pixels(mirrored);
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        if let Prediction::Values { values } = before {
            // What points to the left points to the right: the mirrored road needs the opposite steering.
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
