//! Dirt on the lens: out-of-focus mud that covers up to half of the image.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::field::Field;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Fraction of the lens that is covered; a higher severity covers all that a lower one does. The mud of ImageNet-C's
/// spatter (Hendrycks and Dietterich, ICLR 2019), with a soft edge as on a lens.
pub static KIND: TransformKind = TransformKind {
    id: "lens_dirt",
    title: "Lens dirt",
    summary: "Brown smears on the lens that hide what is behind them",
    group: Group::Sensor,
    params: &[COVERED, GRAIN],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(LensDirt { covered: params.value(&COVERED), grain: params.value(&GRAIN) })
    }),
};

const COVERED: ParamSpec = ParamSpec {
    id: "covered",
    title: "Covered",
    unit: "",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.3,
    step: 0.01,
};

const GRAIN: ParamSpec = ParamSpec {
    id: "grain",
    title: "Smears",
    unit: "of the side",
    min: 0.02,
    max: 0.5,
    neutral: 0.15,
    initial: 0.15,
    step: 0.01,
};

struct LensDirt {
    covered: f64,
    grain: f64,
}

/// Color of dried mud, which replaces the light behind it.
const MUD: [i32; 3] = [58, 44, 32];

impl Transform for LensDirt {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.covered <= 0.0 {
            return;
        }
        let side = image.width().min(image.height()) as f32;
        let field = Field::new(seed, image.size(), self.grain as f32 * side, 4);
        // Values of four octaves lie mostly between 0.25 and 0.75; the level falls through that range.
        let level = (0.78 - 0.45 * self.covered) as f32;
        let width = image.width() as usize;
        let mut line = vec![0.0_f32; width];
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            field.line(y, &mut line);
            for (pixel, value) in row.as_chunks_mut::<3>().0.iter_mut().zip(&line) {
                let part = (((value - level) * 12.0).clamp(0.0, 0.97) * 256.0) as i32;
                if part > 0 {
                    for (value, mud) in pixel.iter_mut().zip(MUD) {
                        *value = ((i32::from(*value) * (256 - part) + mud * part + 128) >> 8) as u8;
                    }
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
