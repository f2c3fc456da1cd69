//! Dead pixels: sensor pixels that are always black or white.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Dead pixels per ten thousand; half of them are black and half of them white. A higher severity adds to those of a lower one.
pub static KIND: TransformKind = TransformKind {
    id: "dead_pixels",
    title: "Dead pixels",
    summary: "Pixels of the sensor that stay black or white",
    group: Group::Sensor,
    params: &[COUNT],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(DeadPixels { per_ten_thousand: params.value(&COUNT) })),
};

const COUNT: ParamSpec = ParamSpec {
    id: "count",
    title: "Per 10,000",
    unit: "",
    min: 0.0,
    max: 500.0,
    neutral: 0.0,
    initial: 20.0,
    step: 1.0,
};

struct DeadPixels {
    per_ten_thousand: f64,
}

impl Transform for DeadPixels {
    fn apply(&self, image: &mut Image, seed: u64) {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        let count = (pixels as f64 * self.per_ten_thousand / 10_000.0).round() as u64;
        let rng = Rng::new(seed);
        for dead in 0..count {
            let bits = rng.at(dead);
            let at = ((bits >> 8) % pixels) as usize * 3;
            if let Some(pixel) = image.pixels_mut().get_mut(at..at + 3) {
                pixel.fill(if bits & 1 == 0 { 0 } else { 255 });
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
