//! Vignette: a lens that is darker towards the corners.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Light lost in the corners, 0 to 1, growing with the square of the distance from the center.
pub static KIND: TransformKind = TransformKind {
    id: "vignette",
    title: "Vignette",
    summary: "Less light towards the corners",
    group: Group::Light,
    params: &[LOSS],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Vignette { loss: params.value(&LOSS) })),
};

const LOSS: ParamSpec = ParamSpec {
    id: "loss",
    title: "Loss",
    unit: "",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.6,
    step: 0.01,
};

struct Vignette {
    loss: f64,
}

impl Transform for Vignette {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let corner = (width * width + height * height) / 4.0;
        let across: Vec<f64> = (0..image.width())
            .map(|x| {
                let dx = f64::from(x) + 0.5 - width / 2.0;
                dx * dx / corner * self.loss * 65536.0
            })
            .collect();
        for (y, row) in image.pixels_mut().chunks_exact_mut(width as usize * 3).enumerate() {
            let dy = y as f64 + 0.5 - height / 2.0;
            let here = 65536.0 - dy * dy / corner * self.loss * 65536.0;
            for (pixel, across) in row.as_chunks_mut::<3>().0.iter_mut().zip(&across) {
                let light = (here - across).max(0.0).round() as u32;
                *pixel = pixel.map(|value| ((u32::from(value) * light + 32768) >> 16) as u8);
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
