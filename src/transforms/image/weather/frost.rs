//! Frost on the windshield: crystals that grow from the edges inwards.
//!
//! ImageNet-C (Hendrycks and Dietterich, ICLR 2019) overlays photographs of frost; these crystals are
//! computed.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::field::Field;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = (1 - 0.4 amount) in + part * white, where the part is that of the crystals: ImageNet-C's weights go from
/// (1, 0.4) at severity 1 to (0.6, 0.75) at severity 5.
pub static KIND: TransformKind = TransformKind {
    id: "frost",
    title: "Frost",
    summary: "Ice crystals on the windshield, from the edges inwards",
    group: Group::Weather,
    params: &[AMOUNT],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| Box::new(Frost { amount: params.value(&AMOUNT) })),
};

const AMOUNT: ParamSpec = ParamSpec {
    id: "amount",
    title: "Amount",
    unit: "",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.4,
    step: 0.01,
};

struct Frost {
    amount: f64,
}

impl Transform for Frost {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.amount <= 0.0 {
            return;
        }
        let amount = self.amount as f32;
        let (width, height) = (image.width() as usize, image.height() as usize);
        let side = width.min(height) as f32;
        let field =
            |stream: u64, cell: f32| Field::new(Rng::split(seed, stream).at(0), image.size(), cell * side, 3);
        // Needles are the middle crossings of two fields; a slow field modulates the thickness of the frost.
        let (needles, others, thick) = (field(1, 0.06), field(2, 0.1), field(3, 0.35));
        let mut lines = [vec![0.0_f32; width], vec![0.0_f32; width], vec![0.0_f32; width]];
        let keep = (256.0 * (1.0 - 0.4 * amount)) as i32;
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            let [first, second, third] = &mut lines;
            needles.line(y, first);
            others.line(y, second);
            thick.line(y, third);
            let down = (y as f32 + 0.5) / height as f32;
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let across = (x as f32 + 0.5) / width as f32;
                // 0 in the middle of the image, 1 at its edges.
                let edge = 2.0 * (across - 0.5).abs().max((down - 0.5).abs());
                let ridge = 1.0 - 6.0 * (first[x] - 0.5).abs().min((second[x] - 0.5).abs());
                let cover = ((edge + 1.2 * third[x] - 1.65 + 1.3 * amount) * 1.6).clamp(0.0, 1.0);
                let ice = cover * (0.35 + 0.65 * ridge.max(0.0)) * (0.45 + 0.4 * amount);
                let white = (ice * 235.0) as i32;
                let less = 256 + ((keep - 256) as f32 * cover) as i32;
                for value in pixel {
                    *value = (((i32::from(*value) * less) >> 8) + white).min(255) as u8;
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
