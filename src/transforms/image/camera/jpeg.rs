//! JPEG as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): strong compression by a recorder.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Encoded as JPEG of 100 minus this quality and decoded again; the severities 1 to 5 of ImageNet-C have the qualities 25,
/// 18, 15, 10 and 7. At 0 nothing is encoded.
pub static KIND: TransformKind = TransformKind {
    id: "jpeg",
    title: "JPEG",
    summary: "Encoded as a low-quality JPEG: blocks and ringing",
    group: Group::Sensor,
    params: &[LOSS],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(Jpeg { loss: params.value(&LOSS).round() as u8 })),
};

const LOSS: ParamSpec = ParamSpec {
    id: "loss",
    title: "Loss",
    unit: "of 100",
    min: 0.0,
    max: 99.0,
    neutral: 0.0,
    initial: 80.0,
    step: 1.0,
};

struct Jpeg {
    loss: u8,
}

impl Transform for Jpeg {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.loss == 0 {
            return;
        }
        // An image that was just encoded decodes; one that is too large for JPEG stays as it is.
        let read = image.to_jpeg(100 - self.loss).and_then(|bytes| Image::decode(&bytes));
        if let Ok(read) = read.inspect_err(|err| log::warn!("the image stays as it is: {err}")) {
            image.set_pixels(read.pixels().to_vec());
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
