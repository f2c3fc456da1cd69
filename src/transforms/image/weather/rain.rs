//! Rain: streaks of drops that fall while the shutter is open, and the gray light of a rainy day.
//!
//! Near drops make long, wide, bright streaks and far ones short, thin, faint ones, many more of them; all share one
//! slant. Distances of drops are uniform. With a depth map, near objects hide the drops behind them and far ones fade
//! into the rain: an extinction of 0.312 R^0.67 per kilometer at R millimeters an hour (Halder, Lalonde, de Charette,
//! "Physics-Based Rendering for Improving Robustness to Rain", ICCV 2019).

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::distances::Distances;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Amount 0 (dry) to 1 (a cloudburst).
pub static KIND: TransformKind = TransformKind {
    id: "rain",
    title: "Rain",
    summary: "Streaks of falling drops and gray light",
    group: Group::Weather,
    params: &[AMOUNT, SLANT],
    geometric: false,
    seeded: true,
    build: Build::Scene(|params| {
        Box::new(Rain { amount: params.value(&AMOUNT), slant: params.value(&SLANT) })
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

const SLANT: ParamSpec = ParamSpec {
    id: "slant",
    title: "Slant",
    unit: "°",
    min: -40.0,
    max: 40.0,
    neutral: 0.0,
    initial: 10.0,
    step: 1.0,
};

struct Rain {
    amount: f64,
    slant: f64,
}

/// Drops in a cloudburst on an image of 1000 x 1000 pixels.
const DROPS: f64 = 8000.0;
/// Millimeters of rain in an hour of a cloudburst.
const CLOUDBURST: f64 = 100.0;
/// Meters to the nearest drop that makes a streak.
const NEAREST: f64 = 2.0;
/// Color of the air between drops.
const AIR: [u32; 3] = [150, 155, 160];
/// Color of a drop: the bright sky behind it.
const SKY: [u32; 3] = [205, 210, 215];

impl Transform for Rain {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.amount <= 0.0 {
            return;
        }
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let size = (width * height).sqrt() / 1000.0;
        // Gray light: towards the sky's color, and a little darker.
        let veil = (self.amount * 90.0).round() as u32;
        gray(image.pixels_mut(), veil);
        let distances = Distances::new(image, 0.0, 0.0);
        if distances.are_measured() {
            self.fade(image, &distances);
        }
        // A longer list begins like a shorter one, so more rain adds to the same rain.
        let drops = (DROPS * self.amount * self.amount.max(0.2) * size.max(0.05)).round() as u64;
        let (across, down) = (libm::sin(self.slant.to_radians()), libm::cos(self.slant.to_radians()));
        for drop in 0..drops {
            let mut rng = Rng::split(seed, drop);
            let (x, y) = (rng.unit() * width * 1.4 - 0.2 * width, rng.unit() * height * 1.2 - 0.2 * height);
            let near = 1.0 / (1.0 + 9.0 * rng.unit());
            let length = (110.0 * near * size).max(4.0);
            let strength = (60.0 + 180.0 * near) * (0.5 + 0.5 * self.amount);
            let wide = (2.6 * near * size).max(0.6);
            let (middle_x, middle_y) = (x + across * length / 2.0, y + down * length / 2.0);
            if distances.nearer(middle_x, middle_y, NEAREST / near) {
                continue;
            }
            streak(image, (x, y), (across * length, down * length), wide, strength);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

impl Rain {
    /// Fades distant objects into the rain.
    fn fade(&self, image: &mut Image, distances: &Distances) {
        let extinction = 0.312 * libm::pow(CLOUDBURST * self.amount, 0.67) / 1000.0;
        let seen = distances.seen(extinction);
        let stride = image.width() as usize * 3;
        for (y, row) in image.pixels_mut().chunks_exact_mut(stride).enumerate() {
            seen.stretches(y, |across, seen| {
                gray(&mut row[across.start * 3..across.end * 3], 256 - (seen + 128) / 256);
            });
        }
    }
}

widened! {
    fn gray(pixels: &mut [u8], veil: u32) {
        for pixel in pixels.as_chunks_mut::<3>().0 {
            for (value, sky) in pixel.iter_mut().zip(AIR) {
                *value = ((u32::from(*value) * (256 - veil) + sky * veil + 128) >> 8) as u8;
            }
        }
    }
}

/// A streak with soft sides: row by row, as rain falls.
fn streak(image: &mut Image, from: (f64, f64), by: (f64, f64), wide: f64, strength: f64) {
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let (first, last) = (from.1.floor() as i64, (from.1 + by.1).ceil() as i64);
    for y in first.max(0)..last.min(height) {
        let along = (y as f64 + 0.5 - from.1) / by.1;
        if !(0.0..1.0).contains(&along) {
            continue;
        }
        let middle = from.0 + by.0 * along;
        // Faint at both ends.
        let here = strength * (1.0 - (2.0 * along - 1.0) * (2.0 * along - 1.0));
        let reach = wide.ceil() as i64;
        for x in (middle.floor() as i64 - reach).max(0)..=(middle.floor() as i64 + reach).min(width - 1) {
            let apart = (x as f64 + 0.5 - middle).abs() / wide;
            let part = (here * (1.0 - apart)).max(0.0).round() as u32;
            let at = ((y * width + x) * 3) as usize;
            if let Some(pixel) = image.pixels_mut().get_mut(at..at + 3) {
                for (value, sky) in pixel.iter_mut().zip(SKY) {
                    let light = u32::from(*value);
                    // Water is as bright as the sky; it does not darken what is brighter.
                    *value =
                        ((light * (256 - part.min(256)) + sky.max(light) * part.min(256) + 128) >> 8) as u8;
                }
            }
        }
    }
}
