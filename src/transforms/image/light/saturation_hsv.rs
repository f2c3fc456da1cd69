//! Saturation as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): that of HSV times a factor, plus an offset.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The greatest channel and the hue stay.
///
/// A gray pixel has the hue 0, so an offset makes it red, as in the original. The
/// severities 1 to 5 of ImageNet-C have the factors 0.3, 0.1, 2, 5 and 20 and the offsets 0, 0, 0, 0.1 and 0.2.
pub static KIND: TransformKind = TransformKind {
    id: "saturation_hsv",
    title: "Saturation (HSV)",
    summary: "Multiplies the saturation of HSV, hue and value stay",
    group: Group::Light,
    params: &[FACTOR, OFFSET],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        let fixed = |spec| (params.value(spec) * f64::from(ONE)).round() as i64;
        Box::new(SaturationHsv { factor: fixed(&FACTOR), offset: fixed(&OFFSET) })
    }),
};

const FACTOR: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "×",
    min: 0.0,
    max: 20.0,
    neutral: 1.0,
    initial: 2.0,
    step: 0.1,
};

const OFFSET: ParamSpec = ParamSpec::setting("offset", "Offset", "of the range", [-0.5, 0.5], 0.0);

/// The value 1 in fixed point.
const ONE: i32 = 1 << 12;

struct SaturationHsv {
    factor: i64,
    offset: i64,
}

impl Transform for SaturationHsv {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let one = i64::from(ONE);
        if self.factor == one && self.offset == 0 {
            return;
        }
        for pixel in image.pixels_mut().as_chunks_mut::<3>().0 {
            let [r, g, b] = pixel.map(i64::from);
            let most = r.max(g).max(b);
            // Distance from the greatest to the least channel, which is saturation times value; before and after.
            let apart = most - r.min(g).min(b);
            let wanted = (apart * self.factor + most * self.offset).clamp(0, most * one);
            let away = |value: i64| (most - value) * wanted / apart.max(1);
            let from = if apart > 0 { [away(r), away(g), away(b)] } else { [0, wanted, wanted] };
            *pixel = from.map(|from| ((most * one - from + one / 2) >> 12) as u8);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
