//! A sticker: a bright, hard-edged pattern on the road or on a sign, as placed by vandals.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::camera::occlusion::{ACROSS, DOWN};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// A square of random colored tiles; its side is a fraction of the shorter side, its center stays.
pub static KIND: TransformKind = TransformKind {
    id: "sticker",
    title: "Sticker",
    summary: "A patch of bright tiles at a chosen place",
    group: Group::Sensor,
    params: &[SIZE, ACROSS, DOWN],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(Sticker { size: params.value(&SIZE), place: (params.value(&ACROSS), params.value(&DOWN)) })
    }),
};

const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Size",
    unit: "of the side",
    min: 0.0,
    max: 0.5,
    neutral: 0.0,
    initial: 0.12,
    step: 0.01,
};

/// Tiles along a side.
const TILES: i64 = 6;
const COLORS: [[u8; 3]; 6] =
    [[230, 30, 40], [250, 220, 30], [30, 90, 220], [20, 20, 24], [245, 245, 245], [30, 170, 80]];

struct Sticker {
    size: f64,
    place: (f64, f64),
}

impl Transform for Sticker {
    fn apply(&self, image: &mut Image, seed: u64) {
        let (width, height) = (i64::from(image.width()), i64::from(image.height()));
        let side = (self.size * width.min(height) as f64).round() as i64;
        if side < 1 {
            return;
        }
        let rng = Rng::new(seed);
        let left = (self.place.0 * width as f64).round() as i64 - side / 2;
        let top = (self.place.1 * height as f64).round() as i64 - side / 2;
        for y in top.max(0)..(top + side).min(height) {
            for x in left.max(0)..(left + side).min(width) {
                let tile = (y - top) * TILES / side * TILES + (x - left) * TILES / side;
                let color = COLORS[(rng.at(tile as u64) % COLORS.len() as u64) as usize];
                let at = ((y * width + x) * 3) as usize;
                if let Some(pixel) = image.pixels_mut().get_mut(at..at + 3) {
                    pixel.copy_from_slice(&color);
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
