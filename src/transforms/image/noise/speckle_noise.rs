//! Speckle noise as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): noise that grows with the light.

use crate::base::params::ParamSpec;
use crate::base::rng::{NORMAL_QUANTILES, Rng};
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = saturate(in + in * N(0, sigma)). The severities 1 to 5 of ImageNet-C are 0.15, 0.2, 0.35, 0.45 and 0.6.
pub static KIND: TransformKind = TransformKind {
    id: "speckle_noise",
    title: "Speckle noise",
    summary: "Noise that grows with the light",
    group: Group::Noise,
    params: &[SIGMA],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(SpeckleNoise { sigma: params.value(&SIGMA) })),
};

const SIGMA: ParamSpec = ParamSpec {
    id: "sigma",
    title: "Sigma",
    unit: "",
    min: 0.0,
    max: 0.6,
    neutral: 0.0,
    initial: 0.2,
    step: 0.01,
};

struct SpeckleNoise {
    sigma: f64,
}

/// Number of values in 64 random bits, 12 bits each.
const PER_DRAW: usize = 5;

impl Transform for SpeckleNoise {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        if self.sigma <= 0.0 {
            return;
        }
        // The factor in 1/4096.
        let quantiles = &*NORMAL_QUANTILES;
        let mut factors = [0_i32; 4096];
        for (factor, quantile) in factors.iter_mut().zip(quantiles) {
            *factor = ((1.0 + f64::from(*quantile) * self.sigma) * 4096.0).round() as i32;
        }
        let rng = Rng::new(seed);
        for (draw, values) in image.pixels_mut().chunks_mut(PER_DRAW).enumerate() {
            let mut bits = rng.at(draw as u64);
            for value in values {
                let factor = factors[(bits & 0xFFF) as usize];
                *value = ((i32::from(*value) * factor + 2048) >> 12).clamp(0, 255) as u8;
                bits >>= 12;
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
