//! Snow: falling flakes, near ones large and blurred, and a road that turns white from the horizon down.
//!
//! Snow on the ground whitens bright and gray pixels below the horizon, such as wet asphalt and verges; colors stay. With
//! a depth map, near objects hide the flakes behind them and far ones fade into the white air.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::distances::{Distances, HORIZON};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Amount 0 (clear) to 1 (a blizzard); the horizon is the fraction of the height above which there is no snow on the ground.
pub static KIND: TransformKind = TransformKind {
    id: "snow",
    title: "Snow",
    summary: "Falling flakes and white ground below the horizon",
    group: Group::Weather,
    params: &[AMOUNT, HORIZON],
    geometric: false,
    seeded: true,
    build: Build::Scene(|params| {
        Box::new(Snow { amount: params.value(&AMOUNT), horizon: params.value(&HORIZON) })
    }),
};

const AMOUNT: ParamSpec = ParamSpec {
    id: "amount",
    title: "Amount",
    unit: "",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.4,
    step: 0.01,
};

struct Snow {
    amount: f64,
    horizon: f64,
}

/// Flakes in a blizzard on an image of 1000 x 1000 pixels.
const FLAKES: f64 = 5000.0;

/// Meters to the nearest flake.
const NEAREST: f64 = 1.0;
/// Distance in meters at which a blizzard leaves a third of the light.
const BLIZZARD: f64 = 60.0;

impl Transform for Snow {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.amount <= 0.0 {
            return;
        }
        let distances = Distances::new(image, self.horizon, 0.0);
        self.whiten(image, &distances);
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let size = (width * height).sqrt() / 1000.0;
        let flakes = (FLAKES * self.amount * size.max(0.05)).round() as u64;
        for flake in 0..flakes {
            let mut rng = Rng::split(seed, flake);
            let (x, y) = (rng.unit() * width, rng.unit() * height);
            let near = 1.0 / (1.0 + 9.0 * rng.unit());
            let radius = (9.0 * near * size).max(0.7);
            if distances.nearer(x, y, NEAREST / near) {
                continue;
            }
            // A large flake is out of focus and more transparent.
            disk(image, (x, y), radius, 230.0 - 150.0 * near);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

impl Snow {
    /// Covers gray surfaces: the fraction grows from the horizon to the bottom.
    fn whiten(&self, image: &mut Image, distances: &Distances) {
        let (width, height) = (image.width() as usize, f64::from(image.height()));
        let strongest = self.amount * 230.0;
        let seen = distances.seen(self.amount / BLIZZARD);
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            let below = ((y as f64 + 0.5) / height - self.horizon) / (1.0 - self.horizon).max(0.01);
            let ground = (strongest * libm::sqrt(below.clamp(0.0, 1.0))).round() as i32;
            // The air in between is white too.
            let usual = (self.amount * 50.0).round() as i32;
            seen.stretches(y, |across, seen| {
                let air = if distances.are_measured() { 256 - (seen / 256) as i32 } else { usual };
                for pixel in row[across.start * 3..across.end * 3].as_chunks_mut::<3>().0 {
                    *pixel = under_snow(*pixel, air, ground);
                }
            });
        }
    }
}

/// A pixel with snow on it and air before it, both in 256ths.
#[inline]
fn under_snow(pixel: [u8; 3], air: i32, ground: i32) -> [u8; 3] {
    let [r, g, b] = pixel.map(i32::from);
    let colorful = r.max(g).max(b) - r.min(g).min(b);
    let part = air + ground * (96 - colorful.min(96)) / 96 * (r + g + b + 120) / 885;
    let part = part.min(256);
    [r, g, b].map(|v| ((v * (256 - part) + 242 * part + 128) >> 8).clamp(0, 255) as u8)
}

fn disk(image: &mut Image, center: (f64, f64), radius: f64, strength: f64) {
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let reach = radius.ceil() as i64;
    let (cx, cy) = (center.0.floor() as i64, center.1.floor() as i64);
    for y in (cy - reach).max(0)..=(cy + reach).min(height - 1) {
        for x in (cx - reach).max(0)..=(cx + reach).min(width - 1) {
            let (dx, dy) = (x as f64 + 0.5 - center.0, y as f64 + 0.5 - center.1);
            let apart = (dx * dx + dy * dy) / (radius * radius);
            let part = (strength * (1.0 - apart)).clamp(0.0, 256.0).round() as u32;
            let at = ((y * width + x) * 3) as usize;
            if let Some(pixel) = image.pixels_mut().get_mut(at..at + 3) {
                for value in pixel {
                    let light = u32::from(*value);
                    *value = ((light * (256 - part) + 248.max(light) * part + 128) >> 8) as u8;
                }
            }
        }
    }
}
