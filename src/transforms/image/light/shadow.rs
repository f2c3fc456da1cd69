//! Shadow: a tree, a bridge or a building between the sun and the road.
//!
//! With a depth map it is the shadow of a bridge: on the road and on objects between two distances.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::distances::{Distances, HORIZON};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Light lost in the shadow, 0 to 1: a random band across the lower part of the image, with soft edges.
pub static KIND: TransformKind = TransformKind {
    id: "shadow",
    title: "Shadow",
    summary: "A dark band with soft edges across the road",
    group: Group::Light,
    params: &[DEPTH],
    geometric: false,
    seeded: true,
    build: Build::Scene(|params| Box::new(Shadow { depth: params.value(&DEPTH) })),
};

const DEPTH: ParamSpec = ParamSpec {
    id: "depth",
    title: "Depth",
    unit: "",
    min: 0.0,
    max: 0.95,
    neutral: 0.0,
    initial: 0.5,
    step: 0.01,
};

struct Shadow {
    depth: f64,
}

impl Shadow {
    /// Darkens everything between two random distances.
    fn under_a_bridge(&self, image: &mut Image, rng: &mut Rng) {
        /// Distance in meters over which the shadow begins and ends.
        const SOFT: f64 = 0.6;
        /// Height in meters above the road below which a bridge blocks the sun.
        const HIGH: f64 = 5.0;
        let from = 6.0 + 19.0 * rng.unit();
        let to = from + 4.0 + 10.0 * rng.unit();
        let distances = Distances::new(image, HORIZON.initial, f64::MAX);
        let light = distances.shares(|meters| {
            let inside = (meters - from).min(to - meters);
            1.0 - self.depth * (inside / SOFT + 0.5).clamp(0.0, 1.0)
        });
        let stride = image.width() as usize * 3;
        let top = distances.top_of(HIGH, from);
        for (y, row) in image.pixels_mut().chunks_exact_mut(stride).enumerate().skip(top) {
            light.stretches(y, |across, light| {
                for value in &mut row[across.start * 3..across.end * 3] {
                    *value = ((u32::from(*value) * light + (1 << 15)) >> 16) as u8;
                }
            });
        }
    }
}

impl Transform for Shadow {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.depth <= 0.0 {
            return;
        }
        let mut rng = Rng::new(seed);
        if image.depth().is_some() {
            return self.under_a_bridge(image, &mut rng);
        }
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        // A band between two lines that converge towards the horizon.
        let top = height * (0.35 + 0.2 * rng.unit());
        let (left, wide) = (width * (rng.unit() * 0.8), width * (0.15 + 0.35 * rng.unit()));
        let slant = (rng.unit() - 0.5) * 1.6;
        let soft = width * 0.02 + 1.0;
        for (y, row) in image.pixels_mut().chunks_exact_mut(width as usize * 3).enumerate() {
            let down = (y as f64 - top) / (height - top).max(1.0);
            if down < 0.0 {
                continue;
            }
            let (from, to) = (left + slant * width * (down - 0.5), wide * (0.4 + 0.6 * down));
            let fade = (down * 12.0).min(1.0);
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let inside = (x as f64 - from).min(from + to - x as f64);
                let part = (inside / soft + 0.5).clamp(0.0, 1.0) * fade;
                let light = ((1.0 - self.depth * part) * 256.0).round() as u32;
                *pixel = pixel.map(|value| ((u32::from(value) * light + 128) >> 8) as u8);
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
