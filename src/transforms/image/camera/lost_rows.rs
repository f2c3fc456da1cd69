//! Lost rows: packet loss in transmission, so that bands of the image show the row before them.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Fraction of the rows that are lost, in bands of up to 16; each shows the last row received.
pub static KIND: TransformKind = TransformKind {
    id: "lost_rows",
    title: "Lost rows",
    summary: "Bands of rows that repeat the row before them",
    group: Group::Sensor,
    params: &[PERCENT],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(LostRows { percent: params.value(&PERCENT) })),
};

const PERCENT: ParamSpec = ParamSpec {
    id: "percent",
    title: "Lost",
    unit: "%",
    min: 0.0,
    max: 90.0,
    neutral: 0.0,
    initial: 20.0,
    step: 1.0,
};

struct LostRows {
    percent: f64,
}

/// Rows that one packet carries.
const BAND: usize = 16;

impl Transform for LostRows {
    fn apply(&self, image: &mut Image, seed: u64) {
        let stride = image.width() as usize * 3;
        let height = image.height() as usize;
        let rng = Rng::new(seed);
        // Bands lost at some severity are lost at every greater one.
        let lost =
            |band: usize| (rng.at(band as u64) >> 40) as f64 / f64::from(1 << 24) * 100.0 < self.percent;
        let pixels = image.pixels_mut();
        for row in 1..height {
            if lost(row / BAND) {
                pixels.copy_within((row - 1) * stride..row * stride, row * stride);
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
