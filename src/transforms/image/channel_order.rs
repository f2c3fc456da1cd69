//! Channels in another order: a camera whose colors come out swapped.
//!
//! Dwarakanath et al., "Identifying implementation bugs in machine learning based image classifiers using metamorphic
//! testing" (ISSTA 2018).

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
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

/// Which channel each one takes its values from: 5 is blue, green, red.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

struct ChannelOrder {
    order: [usize; 3],
}

widened! {
    fn reorder(pixels: &mut [u8], order: [usize; 3]) {
        let (pixels, _) = pixels.as_chunks_mut::<3>();
        // Known places become shuffles.
        match order {
            [0, 2, 1] => pixels.iter_mut().for_each(|p| *p = [p[0], p[2], p[1]]),
            [1, 0, 2] => pixels.iter_mut().for_each(|p| *p = [p[1], p[0], p[2]]),
            [1, 2, 0] => pixels.iter_mut().for_each(|p| *p = [p[1], p[2], p[0]]),
            [2, 0, 1] => pixels.iter_mut().for_each(|p| *p = [p[2], p[0], p[1]]),
            [2, 1, 0] => pixels.iter_mut().for_each(|p| *p = [p[2], p[1], p[0]]),
            _ => {}
        }
    }
}

impl Transform for ChannelOrder {
    fn apply(&self, image: &mut Image, _seed: u64) {
        reorder(image.pixels_mut(), self.order);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
