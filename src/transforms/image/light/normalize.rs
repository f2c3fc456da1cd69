//! Normalizing each channel to the whole range, a transform that must not change the prediction.
//!
//! Dwarakanath et al., "Identifying implementation bugs in machine learning based image classifiers using metamorphic testing",
//! ISSTA 2018.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::{map_channels, table};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Amount 0 (unchanged) to 1: in each channel the darkest pixel becomes 0 and the brightest 255, linear in between. A
/// channel of one level stays.
pub static KIND: TransformKind = TransformKind {
    id: "normalize",
    title: "Normalize",
    summary: "Stretches each channel to the whole range",
    group: Group::Light,
    params: &[AMOUNT],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Normalize { amount: params.value(&AMOUNT) })),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("amount", "Amount", "", 1.0, 1.0);

struct Normalize {
    amount: f64,
}

impl Transform for Normalize {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.amount <= 0.0 {
            return;
        }
        let mut ends = [[255_u8, 0]; 3];
        for pixel in image.pixels().as_chunks::<3>().0 {
            for ([least, most], value) in ends.iter_mut().zip(pixel) {
                (*least, *most) = ((*least).min(*value), (*most).max(*value));
            }
        }
        let tables = ends.map(|[least, most]| {
            table(|level| {
                let (least, most) = (f64::from(least) / 255.0, f64::from(most) / 255.0);
                let stretched = if most > least { (level - least) / (most - least) } else { level };
                level + (stretched - level) * self.amount
            })
        });
        map_channels(image, &tables);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
