//! Rotation about the center, as in DeepTest (Tian et al., ICSE 2018): a camera mounted askew.
//!
//! Bilinear, black outside, same size. Positive angles rotate the image counterclockwise, as in OpenCV.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Angle in degrees; `DeepTest` sweeps 3 to 30. It rotates about half of the width and height in numbers of pixels, as is usual
/// with OpenCV, which is half a pixel to the right of and below the middle.
pub static KIND: TransformKind = TransformKind {
    id: "rotate",
    title: "Rotation",
    summary: "Rotates the image about its center, boxes move along",
    group: Group::Geometry,
    params: &[DEGREES, HALF_SIZE],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| {
        let beside = if params.value(&HALF_SIZE) < 0.5 { 0.0 } else { 0.5 };
        Box::new(Rotate { beside, ..Rotate::new(params.value(&DEGREES)) })
    }),
};

const DEGREES: ParamSpec = ParamSpec {
    id: "degrees",
    title: "Angle",
    unit: "°",
    min: -30.0,
    max: 30.0,
    neutral: 0.0,
    initial: 5.0,
    step: 0.5,
};

const HALF_SIZE: ParamSpec = ParamSpec {
    id: "half_size",
    title: "About half of the size",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

struct Rotate {
    sin: f64,
    cos: f64,
    /// Pixels from the middle of the image to the fixed point, to the right and down.
    beside: f64,
}

impl Rotate {
    fn new(degrees: f64) -> Self {
        let radians = degrees.to_radians();
        Self { sin: libm::sin(radians), cos: libm::cos(radians), beside: 0.0 }
    }
}

impl Transform for Rotate {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.sin.abs() < 1e-12 {
            return;
        }
        let (cx, cy) = (f64::from(image.width() - 1) / 2.0, f64::from(image.height() - 1) / 2.0);
        let map = Affine { x: [self.cos, -self.sin, 0.0], y: [self.sin, self.cos, 0.0] };
        affine(image, &map.about(cx + self.beside, cy + self.beside));
    }

    /// A box becomes the smallest box around the rotated inscribed ellipse: closer to boxes drawn by
    /// people than the box around its rotated corners (Kalra et al., "Towards Rotation Invariance in Object
    /// Detection", ICCV 2021).
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let (cx, cy) = (f64::from(size.0) / 2.0 + self.beside, f64::from(size.1) / 2.0 + self.beside);
        moved(before, size, |b| {
            let (x, y) = b.center();
            let (dx, dy) = (f64::from(x) - cx, f64::from(y) - cy);
            let (x, y) = (cx + self.cos * dx + self.sin * dy, cy - self.sin * dx + self.cos * dy);
            let (a, c) = (f64::from(b.width()) / 2.0, f64::from(b.height()) / 2.0);
            let half_w = ((a * self.cos).powi(2) + (c * self.sin).powi(2)).sqrt();
            let half_h = ((a * self.sin).powi(2) + (c * self.cos).powi(2)).sqrt();
            Box2 {
                x0: (x - half_w) as f32,
                y0: (y - half_h) as f32,
                x1: (x + half_w) as f32,
                y1: (y + half_h) as f32,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::objects::Detection;

    #[test]
    fn a_mark_and_its_box_turn_together() {
        // A white square on black, well off the center.
        let mut image = Image::filled(200, 120, [0; 3]);
        for y in 20..40 {
            for x in 140..160 {
                let at = (y * 200 + x) * 3;
                image.pixels_mut()[at..at + 3].fill(255);
            }
        }
        let before = Prediction::Objects {
            objects: vec![Detection::flat(
                "mark".to_owned(),
                1.0,
                Box2 { x0: 140.0, y0: 20.0, x1: 160.0, y1: 40.0 },
            )],
        };
        for degrees in [-20.0, 7.0, 30.0] {
            let rotate = Rotate::new(degrees);
            let mut turned = image.clone();
            rotate.apply(&mut turned, 0);
            let (mut sx, mut sy, mut n) = (0.0, 0.0, 0.0);
            for y in 0..120 {
                for x in 0..200 {
                    let light = f64::from(turned.pixel(x, y).unwrap()[0]);
                    (sx, sy, n) =
                        (sx + light * (f64::from(x) + 0.5), sy + light * (f64::from(y) + 0.5), n + light);
                }
            }
            let Expected::Answer(Prediction::Objects { objects }) = rotate.expect(&before, (200, 120)) else {
                panic!("boxes move")
            };
            let (cx, cy) = objects[0].bbox.center();
            assert!(
                (f64::from(cx) - sx / n).abs() < 0.5 && (f64::from(cy) - sy / n).abs() < 0.5,
                "{degrees}"
            );
        }
    }
}
