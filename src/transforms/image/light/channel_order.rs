//! Channels in another order: a camera with swapped colors.
//!
//! Dwarakanath et al., "Identifying implementation bugs in machine learning based image classifiers using metamorphic
//! testing" (ISSTA 2018).

use crate::base::bytes::reordered;
use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The five orders other than red, green, blue.
pub static KIND: TransformKind = TransformKind {
    id: "channel_order",
    title: "Channel order",
    summary: "Swaps red, green and blue",
    group: Group::Light,
    params: &[ORDER],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(ChannelOrder { order: ORDERS[(params.value(&ORDER).round() as usize).min(5)] })
    }),
};

const ORDER: ParamSpec = ParamSpec {
    id: "order",
    title: "Order",
    unit: "of 5",
    min: 0.0,
    max: 5.0,
    neutral: 0.0,
    initial: 5.0,
    step: 1.0,
};

/// Source channel of each channel: 5 is blue, green, red.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

struct ChannelOrder {
    order: [usize; 3],
}

impl Transform for ChannelOrder {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.order != ORDERS[0] {
            image.set_pixels(reordered(image.pixels(), self.order));
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
