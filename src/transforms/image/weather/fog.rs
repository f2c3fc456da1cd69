//! Fog as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): a cloudy veil that reduces contrast.
//!
//! out = (in + c * cloud) * max / (max + c) in units of the image's range, c = 3 * amount, where the
//! cloud has the spectrum of a plasma fractal whose detail halves in height at each octave, or falls by another factor, the
//! roughness. Severities 1 to 5 of ImageNet-C have c = 1.5, 2, 2.5, 2.5, 3, so amount 0.5 to 1.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Amount 0 (clear) to 1 (ImageNet-C severity 5).
pub static KIND: TransformKind = TransformKind {
    id: "fog",
    title: "Fog",
    summary: "A cloudy veil of light that reduces contrast",
    group: Group::Weather,
    params: &[AMOUNT, ROUGHNESS],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(Fog { amount: params.value(&AMOUNT), roughness: params.value(&ROUGHNESS) })
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

/// Height of the details of an octave in relation to those of the octave before.
const ROUGHNESS: ParamSpec = ParamSpec {
    id: "roughness",
    title: "Roughness",
    unit: "",
    min: 0.05,
    max: 0.9,
    neutral: 0.5,
    initial: 0.5,
    step: 0.01,
};

struct Fog {
    amount: f64,
    roughness: f64,
}

/// Points of the cloud along the longer side of the image, interpolated in between.
const CLOUD_POINTS: usize = 256;

impl Transform for Fog {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.amount <= 0.0 {
            return;
        }
        let brightest = u32::from(image.pixels().iter().copied().max().unwrap_or(0).max(1));
        // Everything in gray levels: c = 3 * amount * 255.
        let c = (765.0 * self.amount).round() as u32;
        let scale_q16 = (brightest << 16) / (brightest + c);
        let (width, height) = (image.width() as usize, image.height() as usize);
        let cloud = Cloud::new(seed, width, height, self.roughness);
        let mut veil = vec![0_u16; width * 3];
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            cloud.row(y, height, c, &mut veil);
            add_veil(row, &veil, scale_q16);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn add_veil(row: &mut [u8], veil: &[u16], scale_q16: u32) {
        for (value, light) in row.iter_mut().zip(veil) {
            let sum = u32::from(*value) + u32::from(*light);
            *value = ((sum * scale_q16 + (1 << 15)) >> 16).min(255) as u8;
        }
    }
}

/// A field of values 0 to 65535 on a coarse grid.
struct Cloud {
    columns: usize,
    rows: usize,
    values: Vec<u32>,
}

impl Cloud {
    /// Octaves of interpolated random lattices, each with twice the detail and `roughness` times the height.
    fn new(seed: u64, width: usize, height: usize, roughness: f64) -> Self {
        let longest = width.max(height);
        let points = |side: usize| (side * CLOUD_POINTS / longest).max(1) + 1;
        let (columns, rows) = (points(width), points(height));
        let mut sums = vec![0_i64; columns * rows];
        let mut weight = 65536.0_f64;
        for octave in 0..7_u32 {
            let weight_q16 = weight.round() as i64;
            weight *= roughness;
            let cell = (CLOUD_POINTS >> (octave + 1)) as i64;
            let rng = Rng::split(seed, u64::from(octave));
            let lattice = |x: i64, y: i64| (rng.at((y as u64) << 32 | x as u64) >> 48) as i64;
            for y in 0..rows as i64 {
                let (v, fy) = (y / cell, y % cell);
                for x in 0..columns as i64 {
                    let (u, fx) = (x / cell, x % cell);
                    let upper = lattice(u, v) * (cell - fx) + lattice(u + 1, v) * fx;
                    let lower = lattice(u, v + 1) * (cell - fx) + lattice(u + 1, v + 1) * fx;
                    let value = (upper * (cell - fy) + lower * fy) / (cell * cell);
                    sums[y as usize * columns + x as usize] += (value * weight_q16) >> 16;
                }
            }
        }
        let (low, high) = sums.iter().fold((i64::MAX, i64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let values = sums.iter().map(|v| ((v - low) * 65535 / (high - low).max(1)) as u32).collect();
        Self { columns, rows, values }
    }

    /// The veil of image row `y` in gray levels, the same for the three channels of a pixel.
    fn row(&self, y: usize, height: usize, c: u32, veil: &mut [u16]) {
        let width = veil.len() / 3;
        let (top, fy) = place(y, height, self.rows);
        let bottom = (top + 1).min(self.rows - 1);
        let line: Vec<u32> = (0..self.columns)
            .map(|x| {
                let (a, b) = (self.values[top * self.columns + x], self.values[bottom * self.columns + x]);
                // Times c, in 1/256 gray level.
                ((a * (256 - fy) + b * fy) >> 16) * c
            })
            .collect();
        let step = ((self.columns - 1) << 16) / width.max(2).saturating_sub(1);
        let mut at = 0;
        for pixel in veil.as_chunks_mut::<3>().0 {
            let left = (at >> 16).min(self.columns - 1);
            let right = (left + 1).min(self.columns - 1);
            let fx = (at & 0xFFFF) as u64;
            let value = (u64::from(line[left]) * (65536 - fx) + u64::from(line[right]) * fx) >> 24;
            *pixel = [value as u16; 3];
            at += step;
        }
    }
}

/// The grid line before position `i` of `length`, and the distance behind it in 1/256.
fn place(i: usize, length: usize, lines: usize) -> (usize, u32) {
    let at = i * (lines - 1) * 256 / length.max(2).saturating_sub(1);
    ((at / 256).min(lines - 1), (at % 256) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fog_brightens_and_takes_contrast() {
        let mut image = Image::filled(64, 48, [20; 3]);
        image.pixels_mut()[..64 * 24 * 3].fill(220);
        let spread = |image: &Image| {
            let n = image.pixels().len() as f64;
            let mean = image.pixels().iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            image.pixels().iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n
        };
        let mut last = spread(&image);
        for amount in [0.2, 0.5, 1.0] {
            let mut foggy = image.clone();
            Fog { amount, roughness: 0.5 }.apply(&mut foggy, 5);
            let now = spread(&foggy);
            assert!(now < last, "{amount}: {now} after {last}");
            last = now;
        }
        let mut clear = image.clone();
        Fog { amount: 0.0, roughness: 0.5 }.apply(&mut clear, 5);
        assert_eq!(clear, image);
    }
}
