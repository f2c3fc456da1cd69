//! Motion blur: the vehicle shakes or something passes fast while the shutter is open.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::blur::box_blur::reflected;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean along a straight line of this many pixels through each pixel, edges reflected. The angle is counterclockwise,
/// 0 along the rows.
pub static KIND: TransformKind = TransformKind {
    id: "motion_blur",
    title: "Motion blur",
    summary: "Everything moves along a line while the shutter is open",
    group: Group::Blur,
    params: &[LENGTH, ANGLE],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(MotionBlur { length: params.value(&LENGTH), degrees: params.value(&ANGLE) })
    }),
};

const LENGTH: ParamSpec = ParamSpec {
    id: "length",
    title: "Length",
    unit: "px",
    min: 1.0,
    max: 60.0,
    neutral: 1.0,
    initial: 15.0,
    step: 1.0,
};

const ANGLE: ParamSpec = ParamSpec {
    id: "angle",
    title: "Angle",
    unit: "°",
    min: -90.0,
    max: 90.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

struct MotionBlur {
    length: f64,
    degrees: f64,
}

impl Transform for MotionBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let steps = self.length.round() as isize;
        if steps <= 1 {
            return;
        }
        let radians = self.degrees.to_radians();
        let (dx, dy) = (libm::cos(radians), -libm::sin(radians));
        let middle = (steps - 1) as f64 / 2.0;
        let offsets: Vec<(isize, isize)> = (0..steps)
            .map(|i| {
                let along = i as f64 - middle;
                // To the nearest pixel, halves away from zero on both sides alike.
                ((along * dx).round() as isize, (along * dy).round() as isize)
            })
            .collect();
        let (width, height) = (image.width() as usize, image.height() as usize);
        let (reach, stride) = (steps / 2 + 1, width * 3);
        let wide = stride + 2 * reach as usize * 3;
        // Rows with a margin, so that a shift is a slice.
        let mut padded = Vec::with_capacity(wide * height);
        for row in image.pixels().chunks_exact(stride) {
            for x in -reach..width as isize + reach {
                let at = reflected(x, width) * 3;
                padded.extend_from_slice(&row[at..at + 3]);
            }
        }
        let count = offsets.len() as u32;
        let scale = (1_u32 << 16).div_ceil(count);
        let mut sums = vec![0_u16; stride];
        let mut target = vec![0_u8; image.pixels().len()];
        for (y, row) in target.chunks_exact_mut(stride).enumerate() {
            sums.fill(0);
            for (x, down) in &offsets {
                let from = reflected(y as isize + down, height) * wide + ((reach + x) * 3) as usize;
                add(&mut sums, &padded[from..from + stride]);
            }
            divide(row, &sums, scale, count / 2);
        }
        image.set_pixels(target);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn add(sums: &mut [u16], values: &[u8]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += u16::from(*value);
        }
    }
}

widened! {
    fn divide(row: &mut [u8], sums: &[u16], scale: u32, half: u32) {
        for (value, sum) in row.iter_mut().zip(sums) {
            *value = (((u32::from(*sum) + half) * scale) >> 16).min(255) as u8;
        }
    }
}
