//! Shot noise as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): the photon noise of low light.

use crate::base::params::ParamSpec;
use crate::base::rng::{NORMAL_QUANTILES, Rng};
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = Poisson(in * photons) / photons with white as `photons`; the severities 1 to 5 of ImageNet-C have 60, 25, 12, 5
/// and 3 photons. The severity is 100 / photons, so that 0 is no noise.
pub static KIND: TransformKind = TransformKind {
    id: "shot_noise",
    title: "Shot noise",
    summary: "Photon noise of low light, stronger in bright areas",
    group: Group::Noise,
    params: &[GRAIN],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(ShotNoise { grain: params.value(&GRAIN) })),
};

const GRAIN: ParamSpec = ParamSpec {
    id: "grain",
    title: "Grain",
    unit: "",
    min: 0.0,
    max: 40.0,
    neutral: 0.0,
    initial: 4.0,
    step: 0.5,
};

struct ShotNoise {
    grain: f64,
}

/// Number of values in 64 random bits, 12 bits each.
const PER_DRAW: usize = 5;
/// Slices of probability.
const SLICES: usize = 4096;
/// Number of photons from which the distribution is nearly normal.
const MANY: f64 = 400.0;

impl Transform for ShotNoise {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.grain <= 0.0 {
            return;
        }
        let outcomes = outcomes(100.0 / self.grain);
        let rng = Rng::new(seed);
        for (draw, values) in image.pixels_mut().chunks_mut(PER_DRAW).enumerate() {
            let mut bits = rng.at(draw as u64);
            for value in values {
                *value = outcomes[usize::from(*value) * SLICES + (bits & 0xFFF) as usize];
                bits >>= 12;
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// For each gray level the outcome at the middle of each of 4096 equal slices of probability.
fn outcomes(photons: f64) -> Vec<u8> {
    let mut outcomes = vec![0_u8; 256 * SLICES];
    for (level, row) in outcomes.chunks_exact_mut(SLICES).enumerate() {
        let mean = level as f64 / 255.0 * photons;
        if mean > MANY {
            for (outcome, quantile) in row.iter_mut().zip(&*NORMAL_QUANTILES) {
                let count = mean + mean.sqrt() * f64::from(*quantile);
                *outcome = (count / photons * 255.0).round().clamp(0.0, 255.0) as u8;
            }
            continue;
        }
        let (mut count, mut chance) = (0.0_f64, libm::exp(-mean));
        let mut sum = chance;
        for (slice, outcome) in row.iter_mut().enumerate() {
            let wanted = (slice as f64 + 0.5) / SLICES as f64;
            // Far out nothing is left, even with rounding.
            while sum < wanted && count < 2.0 * MANY {
                count += 1.0;
                chance *= mean / count;
                sum += chance;
            }
            *outcome = (count / photons * 255.0).round().clamp(0.0, 255.0) as u8;
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_variance_are_those_of_photons() {
        for (level, photons) in [(60_u8, 60.0), (120, 25.0), (30, 12.0)] {
            let mut image = Image::filled(300, 300, [level; 3]);
            ShotNoise { grain: 100.0 / photons }.apply(&mut image, 2);
            let n = image.pixels().len() as f64;
            let mean = image.pixels().iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            let variance = image.pixels().iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
            let expected = f64::from(level) * 255.0 / photons;
            assert!((mean - f64::from(level)).abs() < 0.5, "{level} {photons}: {mean}");
            assert!((variance / expected - 1.0).abs() < 0.04, "{level} {photons}: {variance} {expected}");
        }
    }
}
