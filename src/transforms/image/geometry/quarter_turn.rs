//! Rotation by 90, 180 and 270 degrees: a camera mounted on its side or upside down, an image stored the wrong way.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Number of counterclockwise rotations by 90 degrees, as in Dwarakanath et al. (ISSTA 2018). The size stays: an image that is
/// not square is stretched to fill it after a rotation by 90 or 270 degrees.
pub static KIND: TransformKind = TransformKind {
    id: "quarter_turn",
    title: "90° rotation",
    summary: "Rotates the image by 90, 180 or 270 degrees, boxes move along",
    group: Group::Geometry,
    params: &[QUARTERS],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| Box::new(QuarterTurn { quarters: params.value(&QUARTERS).round() as u8 })),
};

const QUARTERS: ParamSpec = ParamSpec {
    id: "quarters",
    title: "Quarters",
    unit: "of 90°",
    min: 0.0,
    max: 3.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

struct QuarterTurn {
    quarters: u8,
}

/// The image rotated by 90 degrees counterclockwise; its sides are exchanged.
fn turned(image: &Image) -> Image {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (source, _) = image.pixels().as_chunks::<3>();
    let mut pixels = Vec::with_capacity(image.pixels().len());
    for column in (0..width).rev() {
        for row in 0..height {
            pixels.extend(source[row * width + column]);
        }
    }
    Image::from_rgb(image.height(), image.width(), pixels).unwrap_or_else(|| image.clone())
}

impl Transform for QuarterTurn {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let size = image.size();
        let mut result = image.clone();
        for _ in 0..self.quarters {
            result = turned(&result);
        }
        *image = if result.size() == size { result } else { result.resized(size.0, size.1) };
    }

    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let (w, h) = (size.0 as f32, size.1 as f32);
        match self.quarters {
            0 => Expected::Same,
            // In fractions of the sides a rotation by 90 degrees is an exchange of axes.
            1 => moved(before, size, |b| Box2 {
                x0: b.y0 / h * w,
                x1: b.y1 / h * w,
                y0: (1.0 - b.x1 / w) * h,
                y1: (1.0 - b.x0 / w) * h,
            }),
            2 => moved(before, size, |b| Box2 { x0: w - b.x1, x1: w - b.x0, y0: h - b.y1, y1: h - b.y0 }),
            _ => moved(before, size, |b| Box2 {
                x0: (1.0 - b.y1 / h) * w,
                x1: (1.0 - b.y0 / h) * w,
                y0: b.x0 / w * h,
                y1: b.x1 / w * h,
            }),
        }
    }
}
