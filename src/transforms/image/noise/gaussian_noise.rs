//! Gaussian noise: a sensor in the dark, as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019).

use crate::base::params::ParamSpec;
use crate::base::rng::{NORMAL_QUANTILES, Rng};
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = saturate(in + N(0, sigma)), independently for each channel of each pixel. The severities 1 to
/// 5 of ImageNet-C are 20, 31, 46, 66 and 97 gray levels.
pub static KIND: TransformKind = TransformKind {
    id: "gaussian_noise",
    title: "Gaussian noise",
    summary: "A sensor in the dark: independent noise on every pixel",
    group: Group::Noise,
    params: &[SIGMA],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(GaussianNoise { sigma: params.value(&SIGMA) })),
};

const SIGMA: ParamSpec = ParamSpec {
    id: "sigma",
    title: "Sigma",
    unit: "gray levels",
    min: 0.0,
    max: 100.0,
    neutral: 0.0,
    initial: 20.0,
    step: 1.0,
};

struct GaussianNoise {
    sigma: f64,
}

/// Number of values in 64 random bits, 12 bits each.
const PER_DRAW: usize = 5;

impl Transform for GaussianNoise {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.sigma <= 0.0 {
            return;
        }
        let quantiles = &*NORMAL_QUANTILES;
        let mut table = [0_i16; 4096];
        for (noise, quantile) in table.iter_mut().zip(quantiles) {
            *noise = (f64::from(*quantile) * self.sigma).round() as i16;
        }
        let rng = Rng::new(seed);
        let (whole, rest) = image.pixels_mut().as_chunks_mut::<PER_DRAW>();
        for (draw, values) in whole.iter_mut().enumerate() {
            add(values, rng.at(draw as u64), &table);
        }
        add(rest, rng.at(whole.len() as u64), &table);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

#[inline]
fn add(values: &mut [u8], mut bits: u64, table: &[i16; 4096]) {
    for value in values {
        let noise = table[(bits & 0xFFF) as usize];
        *value = (i16::from(*value) + noise).clamp(0, 255) as u8;
        bits >>= 12;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_has_the_promised_mean_and_spread() {
        for sigma in [5.0, 30.0] {
            let mut image = Image::filled(300, 300, [128; 3]);
            GaussianNoise { sigma }.apply(&mut image, 11);
            let n = image.pixels().len() as f64;
            let mean = image.pixels().iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            let variance = image.pixels().iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
            assert!((mean - 128.0).abs() < 4.0 * sigma / n.sqrt() + 0.05, "{mean}");
            assert!((variance.sqrt() / sigma - 1.0).abs() < 0.02, "{}", variance.sqrt());
        }
    }
}
