//! Zoom blur as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): the vehicle rushes forward while the shutter is open.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::warp::Enlarged;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean of the image and of enlargements about its center up to this one; the severities 1 to 5 of ImageNet-C go up
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

/// Enlargements between the image and the last one.
const LAYERS: u32 = 11;

struct ZoomBlur {
    percent: f64,
}

impl Transform for ZoomBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.percent <= 0.0 {
            return;
        }
        let layers: Vec<Enlarged> = (1..=LAYERS)
            .map(|layer| {
                let factor = 1.0 + self.percent / 100.0 * f64::from(layer) / f64::from(LAYERS);
                Enlarged::new(factor, image.size())
            })
            .collect();
        let stride = image.width() as usize * 3;
        let mut blurred = vec![0_u8; image.pixels().len()];
        let (mut sums, mut row, mut line) = (vec![0_u16; stride], vec![0_u8; stride], Enlarged::line(stride));
        let rows = blurred.chunks_exact_mut(stride).zip(image.pixels().chunks_exact(stride));
        for (y, (target, original)) in rows.enumerate() {
            sums.fill(0);
            add(&mut sums, original);
            for layer in &layers {
                layer.row(image, y, &mut line, &mut row);
                add(&mut sums, &row);
            }
            mean(target, &sums);
        }
        image.set_pixels(blurred);
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
