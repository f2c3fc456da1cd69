//! Zoom blur as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): the vehicle rushes forward while the shutter is open.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::warp::{Affine, affine};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean of the picture and of enlargements about its center up to this one; the severities 1 to 5 of ImageNet-C go up
/// to 11, 16, 21, 26 and 31 %.
pub static KIND: TransformKind = TransformKind {
    id: "zoom_blur",
    title: "Zoom blur",
    summary: "Everything rushes away from the center while the shutter is open",
    group: Group::Blur,
    params: &[PERCENT],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(ZoomBlur { percent: params.value(&PERCENT) })),
};

const PERCENT: ParamSpec = ParamSpec {
    id: "percent",
    title: "Zoom",
    unit: "%",
    min: 0.0,
    max: 40.0,
    neutral: 0.0,
    initial: 11.0,
    step: 1.0,
};

/// Enlargements between the picture and the last one.
const LAYERS: u32 = 11;

struct ZoomBlur {
    percent: f64,
}

impl Transform for ZoomBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.percent <= 0.0 {
            return;
        }
        let (cx, cy) = (f64::from(image.width() - 1) / 2.0, f64::from(image.height() - 1) / 2.0);
        let mut sums: Vec<u16> = image.pixels().iter().map(|value| u16::from(*value)).collect();
        for layer in 1..=LAYERS {
            let factor = 1.0 + self.percent / 100.0 * f64::from(layer) / f64::from(LAYERS);
            let mut zoomed = image.clone();
            affine(
                &mut zoomed,
                &Affine { x: [1.0 / factor, 0.0, 0.0], y: [0.0, 1.0 / factor, 0.0] }.about(cx, cy),
            );
            add(&mut sums, zoomed.pixels());
        }
        mean(image.pixels_mut(), &sums);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn add(sums: &mut [u16], values: &[u8]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += u16::from(*value);
        }
    }
}

widened! {
    fn mean(pixels: &mut [u8], sums: &[u16]) {
        for (value, sum) in pixels.iter_mut().zip(sums) {
            *value = ((sum + LAYERS as u16 / 2 + 1) / (LAYERS as u16 + 1)) as u8;
        }
    }
}
