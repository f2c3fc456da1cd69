//! Negative images (Hosseini et al., "On the Limitation of Convolutional Neural Networks in Recognizing Negative
//! Images", ICMLA 2017): shapes stay, and a person still recognizes them.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::map_levels;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = (1 - part) * in + part * (255 - in); part 1 is the negative of the paper.
pub static KIND: TransformKind = TransformKind {
    id: "negative",
    title: "Negative",
    summary: "Blends the image with its negative",
    group: Group::Light,
    params: &[PART],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Negative { part_q8: (params.value(&PART) * 256.0).round() as u16 })
    }),
};

const PART: ParamSpec = ParamSpec {
    id: "part",
    title: "Part",
    unit: "",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 1.0,
    step: 0.01,
};

struct Negative {
    /// In 1/256.
    part_q8: u16,
}

impl Transform for Negative {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let part = self.part_q8;
        if part > 0 {
            map_levels(image, |level| {
                let value = u16::from(level);
                ((value * (256 - part) + (255 - value) * part + 128) >> 8) as u8
            });
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
