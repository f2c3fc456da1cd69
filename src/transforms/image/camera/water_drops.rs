//! Water drops on the lens: each drop is a small lens that shows the scene upside down, with a dark rim.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Number of drops on the image; those of a lower severity are the first of a higher one.
pub static KIND: TransformKind = TransformKind {
    id: "water_drops",
    title: "Water drops",
    summary: "Drops on the lens, each showing the scene upside down",
    group: Group::Sensor,
    params: &[DROPS, SIZE],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(WaterDrops { drops: params.value(&DROPS), size: params.value(&SIZE) })
    }),
};

const DROPS: ParamSpec = ParamSpec {
    id: "drops",
    title: "Drops",
    unit: "",
    min: 0.0,
    max: 120.0,
    neutral: 0.0,
    initial: 25.0,
    step: 1.0,
};

const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Largest",
    unit: "of the side",
    min: 0.01,
    max: 0.3,
    neutral: 0.1,
    initial: 0.1,
    step: 0.01,
};

struct WaterDrops {
    drops: f64,
    size: f64,
}

impl Transform for WaterDrops {
    fn apply(&self, image: &mut Image, seed: u64) {
        let original = image.clone();
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        for drop in 0..self.drops.round() as u64 {
            let mut rng = Rng::split(seed, drop);
            let center = (rng.unit() * width, rng.unit() * height);
            // Small drops are many.
            let share = rng.unit();
            let radius = (self.size / 2.0 * width.min(height) * (0.15 + 0.85 * share * share)).max(0.8);
            draw(image, &original, center, radius);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

fn draw(image: &mut Image, original: &Image, (cx, cy): (f64, f64), radius: f64) {
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let reach = radius.ceil() as i64;
    let (mx, my) = (cx.floor() as i64, cy.floor() as i64);
    for y in (my - reach).max(0)..=(my + reach).min(height - 1) {
        for x in (mx - reach).max(0)..=(mx + reach).min(width - 1) {
            let (dx, dy) = ((x as f64 + 0.5 - cx) / radius, (y as f64 + 0.5 - cy) / radius);
            let apart = dx * dx + dy * dy;
            if apart >= 1.0 {
                continue;
            }
            // A drop shows a wide view in a small area, upside down.
            let spread = 2.5 + 4.0 * apart;
            let sx = (cx - dx * radius * spread).clamp(0.0, width as f64 - 1.0) as u32;
            let sy = (cy - dy * radius * spread).clamp(0.0, height as f64 - 1.0) as u32;
            let Some(seen) = original.pixel(sx, sy) else { continue };
            // Dark at the upper rim, bright at the lower one, and soft at the edge.
            let light = (256.0 * (0.92 + 0.35 * dy * apart)) as i32;
            let part = (256.0 * ((1.0 - apart) * 6.0).min(1.0)) as i32;
            let at = ((y * width + x) * 3) as usize;
            if let Some(pixel) = image.pixels_mut().get_mut(at..at + 3) {
                for (value, seen) in pixel.iter_mut().zip(seen) {
                    let wet = ((i32::from(seen) * light) >> 8).clamp(0, 255);
                    *value = ((i32::from(*value) * (256 - part) + wet * part + 128) >> 8) as u8;
                }
            }
        }
    }
}
