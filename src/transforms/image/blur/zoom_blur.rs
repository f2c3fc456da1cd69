//! Zoom blur as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): the vehicle rushes forward while the shutter is open.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::blur::box_blur::divided;
use crate::transforms::image::kernels::warp::Enlarged;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean of the image and of enlargements about its center up to this one; the severities 1 to 5 of ImageNet-C go up
/// to 11, 15, 20, 24 and 30 %.
///
/// Without a step there are 11 enlargements. With one, as in ImageNet-C, there is one every so many percent, the first of them
/// is the image once more.
pub static KIND: TransformKind = TransformKind {
    id: "zoom_blur",
    title: "Zoom blur",
    summary: "Everything rushes away from the center while the shutter is open",
    group: Group::Blur,
    params: &[PERCENT, STEP],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(ZoomBlur { percent: params.value(&PERCENT), step: params.value(&STEP) })
    }),
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

const STEP: ParamSpec = ParamSpec {
    id: "step",
    title: "Step",
    unit: "%",
    min: 0.0,
    max: 10.0,
    neutral: 0.0,
    initial: 0.0,
    step: 0.5,
};

struct ZoomBlur {
    percent: f64,
    step: f64,
}

impl ZoomBlur {
    fn layers(&self, size: (u32, u32)) -> Vec<Enlarged> {
        if self.step <= 0.0 {
            let part = |layer: u32| f64::from(layer) / f64::from(LAYERS);
            let factor = |layer: u32| 1.0 + self.percent / 100.0 * part(layer);
            return (1..=LAYERS).map(|layer| Enlarged::new(factor(layer), size)).collect();
        }
        // No more than the sums can hold.
        let count = (self.percent / self.step + 1e-6).floor().min(200.0) as u32;
        let factor = |layer: u32| 1.0 + self.step / 100.0 * f64::from(layer);
        (0..=count).map(|layer| Enlarged::cut_out(factor(layer), size)).collect()
    }
}

impl Transform for ZoomBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.percent <= 0.0 {
            return;
        }
        let layers = self.layers(image.size());
        let count = layers.len() as u16 + 1;
        let stride = image.width() as usize * 3;
        let mut blurred = vec![0_u8; image.pixels().len()];
        let (mut sums, mut row, mut line) = (vec![0_u16; stride], vec![0_u8; stride], Enlarged::line(stride));
        let rows = blurred.chunks_exact_mut(stride).zip(image.pixels().chunks_exact(stride));
        for (y, (target, original)) in rows.enumerate() {
            sums.fill(count / 2);
            add(&mut sums, original);
            for layer in &layers {
                layer.row(image, y, &mut line, &mut row);
                add(&mut sums, &row);
            }
            divided(target, &sums, count);
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
