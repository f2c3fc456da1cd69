//! Sun flare: the low sun in the lens, with a veil of light around it and ghosts across the image.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::distances::Distances;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Severity 0 to 1. The sun stands at a random position above the middle, with a depth map in the open sky; ghosts lie on
/// the line through the center.
pub static KIND: TransformKind = TransformKind {
    id: "sun_flare",
    title: "Sun flare",
    summary: "The low sun in the lens, with a veil and ghosts",
    group: Group::Light,
    params: &[STRENGTH],
    geometric: false,
    seeded: true,
    build: Build::Scene(|params| Box::new(SunFlare { strength: params.value(&STRENGTH) })),
};

const STRENGTH: ParamSpec = ParamSpec {
    id: "strength",
    title: "Severity",
    unit: "",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.6,
    step: 0.01,
};

struct SunFlare {
    strength: f64,
}

/// Maximum number of random positions.
const ATTEMPTS: usize = 16;

/// Light added around a point: center, radius, gray levels in the middle, color.
type Glow = ((f64, f64), f64, f64, [f64; 3]);

impl Transform for SunFlare {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.strength <= 0.0 {
            return;
        }
        let mut rng = Rng::new(seed);
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let size = width.hypot(height);
        let mut sun = place(&mut rng, width, height);
        // A measured object would hide it.
        let distances = Distances::new(image, 0.0, 0.0);
        for _ in 0..ATTEMPTS {
            if !distances.is_blocked(sun.0, sun.1) {
                break;
            }
            sun = place(&mut rng, width, height);
        }
        let mut glows: Vec<Glow> =
            vec![(sun, size * 0.45, 150.0, [1.0, 0.95, 0.85]), (sun, size * 0.12, 330.0, [1.0, 0.98, 0.92])];
        for _ in 0..5 {
            let along = 0.6 + 1.2 * rng.unit();
            let at = (sun.0 + (width / 2.0 - sun.0) * along, sun.1 + (height / 2.0 - sun.1) * along);
            let color = [0.5 + 0.5 * rng.unit(), 0.7 + 0.3 * rng.unit(), 0.4 + 0.6 * rng.unit()];
            glows.push((at, size * (0.015 + 0.035 * rng.unit()), 45.0, color));
        }
        for glow in &glows {
            add(image, glow, self.strength);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// A random position of the sun.
fn place(rng: &mut Rng, width: f64, height: f64) -> (f64, f64) {
    (width * (0.2 + 0.6 * rng.unit()), height * (0.05 + 0.25 * rng.unit()))
}

fn add(image: &mut Image, ((cx, cy), radius, levels, color): &Glow, strength: f64) {
    // Steps of the falloff from the middle to the edge, in whole gray levels of each channel.
    const STEPS: usize = 1024;
    let width = image.width() as usize;
    let fall: Vec<[u16; 3]> = (0..=STEPS)
        .map(|i| {
            let left = 1.0 - i as f64 / STEPS as f64;
            color.map(|c| (levels * strength * c * left * left).round() as u16)
        })
        .collect();
    let scale = STEPS as f64 / (radius * radius);
    let (from, to) = ((cy - radius).floor().max(0.0) as usize, (cy + radius).ceil().max(0.0) as usize);
    for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate().take(to).skip(from) {
        let dy = y as f64 + 0.5 - cy;
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let dx = x as f64 + 0.5 - cx;
            let Some(light) = fall.get(((dx * dx + dy * dy) * scale) as usize) else { continue };
            for (value, more) in pixel.iter_mut().zip(light) {
                *value = (u16::from(*value) + more).min(255) as u8;
            }
        }
    }
}
