//! Brightness as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): more value in HSV, at the same hue and saturation.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Added to the greatest of the three channels, whose range is 1; the others grow in proportion, and black becomes gray. The
/// severities 1 to 5 of ImageNet-C add 0.1 to 0.5.
pub static KIND: TransformKind = TransformKind {
    id: "brightness_hsv",
    title: "Brightness (HSV)",
    summary: "Raises the value of HSV, hue and saturation stay",
    group: Group::Light,
    params: &[VALUE],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(BrightnessHsv { more: (params.value(&VALUE) * 255.0 * 256.0).round() as i32 })
    }),
};

const VALUE: ParamSpec = ParamSpec {
    id: "value",
    title: "Value",
    unit: "of the range",
    min: -0.6,
    max: 0.6,
    neutral: 0.0,
    initial: 0.3,
    step: 0.01,
};

struct BrightnessHsv {
    /// In 1/256 gray level.
    more: i32,
}

impl Transform for BrightnessHsv {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.more == 0 {
            return;
        }
        // New greatest channel in 1/256 gray level, and the factor of all three in 1/65536, by the greatest channel.
        let greatest: [i32; 256] =
            std::array::from_fn(|v| ((v as i32) * 256 + self.more).clamp(0, 255 * 256));
        let factors: [i64; 256] = std::array::from_fn(|v| i64::from(greatest[v]) * 256 / v.max(1) as i64);
        for pixel in image.pixels_mut().as_chunks_mut::<3>().0 {
            let most = usize::from(pixel[0].max(pixel[1]).max(pixel[2]));
            if most == 0 {
                *pixel = [((greatest[0] + 128) >> 8) as u8; 3];
                continue;
            }
            let factor = factors[most];
            *pixel = pixel.map(|value| ((i64::from(value) * factor + (1 << 15)) >> 16).min(255) as u8);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
