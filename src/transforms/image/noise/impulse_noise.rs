//! Impulse noise, salt and pepper, as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): bit errors in transmission.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Probability with which every channel of every pixel becomes black or white. The severities 1 to 5 of ImageNet-C are 3, 6,
/// 9, 17 and 27 %.
pub static KIND: TransformKind = TransformKind {
    id: "impulse_noise",
    title: "Impulse noise",
    summary: "Salt and pepper: values that become black or white",
    group: Group::Noise,
    params: &[PERCENT],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(ImpulseNoise { percent: params.value(&PERCENT) })),
};

const PERCENT: ParamSpec = ParamSpec {
    id: "percent",
    title: "Amount",
    unit: "%",
    min: 0.0,
    max: 50.0,
    neutral: 0.0,
    initial: 6.0,
    step: 0.5,
};

struct ImpulseNoise {
    percent: f64,
}

impl Transform for ImpulseNoise {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, seed: u64) {
        // Four values to a draw, 16 bits each.
        let limit = (self.percent / 100.0 * 65536.0).round() as u64;
        if limit == 0 {
            return;
        }
        let rng = Rng::new(seed);
        for (draw, values) in image.pixels_mut().chunks_mut(4).enumerate() {
            let mut bits = rng.at(draw as u64);
            for value in values {
                let chance = bits & 0xFFFF;
                if chance < limit {
                    // The two halves of the range below the limit.
                    *value = if chance < limit / 2 { 0 } else { 255 };
                }
                bits >>= 16;
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_values_as_promised_are_hit_half_of_them_white() {
        let mut image = Image::filled(300, 300, [100; 3]);
        ImpulseNoise { percent: 9.0 }.apply(&mut image, 3);
        let n = image.pixels().len() as f64;
        let mut counts = [0.0; 256];
        image.pixels().iter().for_each(|value| counts[usize::from(*value)] += 1.0);
        let part = |level: usize| counts[level] / n;
        assert!((part(0) - 0.045).abs() < 0.002 && (part(255) - 0.045).abs() < 0.002);
    }
}
