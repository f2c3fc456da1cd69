//! Snow of ImageNet-C and CIFAR-C (Hendrycks and Dietterich, ICLR 2019): streaks of falling flakes over a brightened image.
//!
//! Normal noise is enlarged, cut off below a threshold and blurred along the fall; the layer and its copy rotated by 180
//! degrees are added to the image, which is blended with a brightened gray one.

use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::layer::{Layer, ONE, columns_and_rows};
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::image::kernels::severities::{SEVERITY, SMALL, between};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Severities 1 to 5 are those of ImageNet-C on images of 224 pixels, or of CIFAR-C on images of 32; in between, their numbers
/// are interpolated.
pub static KIND: TransformKind = TransformKind {
    id: "snow_c",
    title: "Snow (ImageNet-C)",
    summary: "Streaks of flakes over a brightened image, as in ImageNet-C and CIFAR-C",
    group: Group::Weather,
    params: &[SEVERITY, SMALL, PIXEL],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        let table = if params.value(&SMALL) < 0.5 { &IMAGENET } else { &CIFAR };
        let severity = params.value(&SEVERITY);
        Box::new(SnowC { numbers: between(table, severity), severity, pixel: params.value(&PIXEL) })
    }),
};

/// Mean, spread, zoom and threshold of the noise, radius and sigma of the blur in pixels, and the part of the image that is not
/// brightened.
type Numbers = [f64; 7];

const IMAGENET: [Numbers; 5] = [
    [0.1, 0.3, 3.0, 0.5, 10.0, 4.0, 0.8],
    [0.2, 0.3, 2.0, 0.5, 12.0, 4.0, 0.7],
    [0.55, 0.3, 4.0, 0.9, 12.0, 8.0, 0.7],
    [0.55, 0.3, 4.5, 0.85, 12.0, 8.0, 0.65],
    [0.55, 0.3, 2.5, 0.85, 12.0, 12.0, 0.55],
];

const CIFAR: [Numbers; 5] = [
    [0.1, 0.2, 1.0, 0.6, 8.0, 3.0, 0.95],
    [0.1, 0.2, 1.0, 0.5, 10.0, 4.0, 0.9],
    [0.15, 0.3, 1.75, 0.55, 10.0, 4.0, 0.9],
    [0.25, 0.3, 2.25, 0.6, 12.0, 6.0, 0.85],
    [0.3, 0.3, 1.25, 0.65, 14.0, 12.0, 0.8],
];

struct SnowC {
    severity: f64,
    numbers: Numbers,
    pixel: f64,
}

impl SnowC {
    /// The light of the flakes in gray levels.
    fn flakes(&self, size: (u32, u32), seed: u64) -> Layer {
        let [mean, spread, zoom, threshold, radius, sigma, _] = self.numbers;
        let (columns, rows) = columns_and_rows(size, self.pixel);
        let coarse = |side: usize| (side as f64 / zoom).ceil().max(1.0) as usize;
        let noise = Layer::noise(&Rng::split(seed, 0), (coarse(columns), coarse(rows)), mean, spread);
        let least = (threshold * f64::from(ONE)).round() as i32;
        let cut = |value: i32| if value < least { 0 } else { value.clamp(0, ONE) };
        let falling = noise.enlarged((columns, rows), zoom).map(cut);
        // Down, and up to 45 degrees to either side.
        let angle = (45.0 + 90.0 * Rng::split(seed, 1).unit()).to_radians();
        let streaks = streaked(&falling, (2.0 * radius).round() as usize + 1, sigma, angle);
        let gray = |value: &i32| (value * 255 + ONE / 2) >> 16;
        // Below severity 1 there is less of everything.
        let part = (self.severity.min(1.0) * 256.0).round() as i32;
        let both = streaks.values.iter().zip(streaks.values.iter().rev());
        let values = both.map(|(one, other)| (gray(one) + gray(other)) * part).collect();
        Layer { values, ..streaks }
    }
}

/// Blurred along a line that begins at each pixel, weighted by half of a Gaussian.
fn streaked(layer: &Layer, length: usize, sigma: f64, angle: f64) -> Layer {
    let raw: Vec<f64> =
        (0..length).map(|i| libm::exp(-0.5 * (i as f64 / sigma) * (i as f64 / sigma))).collect();
    let total: f64 = raw.iter().sum();
    let (dx, dy) = (libm::cos(angle), libm::sin(angle));
    let taps: Vec<(isize, isize, i64)> = raw
        .iter()
        .enumerate()
        .map(|(i, weight)| {
            let along = i as f64;
            let weight = (weight / total * f64::from(ONE)).round() as i64;
            ((along * dx).round() as isize, (along * dy).round() as isize, weight)
        })
        .collect();
    let mut values = Vec::with_capacity(layer.values.len());
    for y in 0..layer.rows as isize {
        for x in 0..layer.columns as isize {
            let sum: i64 =
                taps.iter().map(|(dx, dy, weight)| weight * i64::from(layer.at(x - dx, y - dy))).sum();
            values.push((sum >> 16) as i32);
        }
    }
    Layer { values, ..*layer }
}

impl Transform for SnowC {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.severity <= 0.0 {
            return;
        }
        let flakes = self.flakes(image.size(), seed);
        let width = image.width() as usize;
        let mut line = vec![0; width];
        let white = ((1.0 - self.numbers[6]) * self.severity.min(1.0) * 4096.0).round() as i32;
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            flakes.line(y, self.pixel, &mut line);
            for (pixel, flake) in row.as_chunks_mut::<3>().0.iter_mut().zip(&line) {
                let [r, g, b] = pixel.map(i32::from);
                // In 1/256 gray level: half as much light again, and half of the range more.
                let bright = (77 * r + 150 * g + 29 * b) * 3 / 2 + 128 * 255;
                *pixel = [r, g, b].map(|value| {
                    let own = value << 8;
                    let blended = own + (((bright.max(own) - own) * white) >> 12);
                    ((blended + flake + 128) >> 8).clamp(0, 255) as u8
                });
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
