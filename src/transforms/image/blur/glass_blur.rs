//! Glass blur as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): frosted glass, behind which neighbors swap places.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::blur::gaussian_blur::blurred;
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Blur, pixels that swap places with one up to `reach` pixels away, blur.
///
/// The severities 1 to 5 of ImageNet-C have a reach of 1, 2, 2, 3 and 4, with rounds 2, 1, 3, 2 and 2 and sigma 0.7,
/// 0.9, 1, 1.1 and 1.5. Its code means to swap pixels and copies one over the other, away from the edges.
pub static KIND: TransformKind = TransformKind {
    id: "glass_blur",
    title: "Glass blur",
    summary: "Frosted glass: pixels swap places with their neighbors",
    group: Group::Blur,
    params: &[REACH, ROUNDS, SIGMA, COPIED, PIXEL],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(GlassBlur {
            reach: (params.value(&REACH) * params.value(&PIXEL)).round() as i64,
            rounds: params.value(&ROUNDS).round() as u64,
            sigma: params.value(&SIGMA) * params.value(&PIXEL),
            copied: params.value(&COPIED) >= 0.5,
        })
    }),
};

const REACH: ParamSpec = ParamSpec {
    id: "reach",
    title: "Reach",
    unit: "px",
    min: 0.0,
    max: 8.0,
    neutral: 0.0,
    initial: 2.0,
    step: 1.0,
};

const ROUNDS: ParamSpec = ParamSpec {
    id: "rounds",
    title: "Rounds",
    unit: "",
    min: 1.0,
    max: 4.0,
    neutral: 2.0,
    initial: 2.0,
    step: 1.0,
};

const SIGMA: ParamSpec = ParamSpec {
    id: "sigma",
    title: "Blur",
    unit: "px",
    min: 0.0,
    max: 3.0,
    neutral: 0.9,
    initial: 0.9,
    step: 0.1,
};

const COPIED: ParamSpec = ParamSpec {
    id: "copied",
    title: "Copy instead of swapping",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

struct GlassBlur {
    reach: i64,
    rounds: u64,
    sigma: f64,
    copied: bool,
}

impl Transform for GlassBlur {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.reach < 1 {
            return;
        }
        blurred(image, self.sigma);
        let (width, height) = (i64::from(image.width()), i64::from(image.height()));
        for round in 0..self.rounds {
            let rng = Rng::split(seed, round);
            let span = 2 * self.reach as u64;
            let (pixels, _) = image.pixels_mut().as_chunks_mut::<3>();
            // From the end to the beginning, like the original.
            let inner = |side: i64| if self.copied { self.reach + 1..side - self.reach + 1 } else { 0..side };
            for y in inner(height).rev() {
                for x in inner(width).rev() {
                    let at = y * width + x;
                    let bits = rng.at(at as u64);
                    // -reach to reach - 1, each as likely.
                    let dx = (((bits & 0xFFFF_FFFF) * span) >> 32) as i64 - self.reach;
                    let dy = (((bits >> 32) * span) >> 32) as i64 - self.reach;
                    let (ox, oy) = ((x + dx).clamp(0, width - 1), (y + dy).clamp(0, height - 1));
                    if self.copied {
                        pixels[at as usize] = pixels[(oy * width + ox) as usize];
                    } else {
                        pixels.swap(at as usize, (oy * width + ox) as usize);
                    }
                }
            }
        }
        blurred(image, self.sigma);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
