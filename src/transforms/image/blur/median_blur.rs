//! Median blur, as in DeepTest (Tian et al., ICSE 2018): the effect of a denoiser on small objects.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::medians::medians;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The median of the square of 3, 5 or 7 pixels around each, `passes` times; edges repeated. `DeepTest` has 3 and 5, once.
pub static KIND: TransformKind = TransformKind {
    id: "median_blur",
    title: "Median blur",
    summary: "The median around every pixel: small things vanish, edges stay",
    group: Group::Blur,
    params: &[PASSES, SIZE],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(MedianBlur {
            passes: params.value(&PASSES).round() as usize,
            size: params.value(&SIZE).round() as usize,
        })
    }),
};

const PASSES: ParamSpec = ParamSpec {
    id: "passes",
    title: "Passes",
    unit: "",
    min: 0.0,
    max: 8.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Size of the square",
    unit: "px",
    min: 3.0,
    max: 7.0,
    neutral: 3.0,
    initial: 3.0,
    step: 2.0,
};

struct MedianBlur {
    passes: usize,
    size: usize,
}

impl Transform for MedianBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        for _ in 0..self.passes {
            image.set_pixels(medians(image.pixels(), image.width() as usize * 3, self.size));
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
