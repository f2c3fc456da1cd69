//! Motion blur: the vehicle shakes or something passes fast while the shutter is open.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::blur::box_blur::reflected;
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean along a straight line of this many pixels through each pixel, edges reflected. The angle is counterclockwise,
/// 0 along the rows.
///
/// With a sigma it is that of ImageNet-C: the line begins at the pixel, and its weights are half of a Gaussian. The severities 1
/// to 5 have lengths of 21, 31, 31, 31 and 41 pixels and sigmas of 3, 5, 8, 12 and 15.
pub static KIND: TransformKind = TransformKind {
    id: "motion_blur",
    title: "Motion blur",
    summary: "Everything moves along a line while the shutter is open",
    group: Group::Blur,
    params: &[LENGTH, ANGLE, SIGMA, PIXEL],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        let pixel = params.value(&PIXEL);
        Box::new(MotionBlur {
            length: params.value(&LENGTH) * pixel,
            degrees: params.value(&ANGLE),
            sigma: params.value(&SIGMA) * pixel,
        })
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

const SIGMA: ParamSpec = ParamSpec {
    id: "sigma",
    title: "Sigma",
    unit: "px",
    min: 0.0,
    max: 60.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

struct MotionBlur {
    length: f64,
    degrees: f64,
    /// 0 for equal weights on both sides.
    sigma: f64,
}

/// Equal weights of up to this many bytes are added in 16 bits.
const NARROW: usize = 257;

impl Transform for MotionBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let steps = self.length.round() as isize;
        if steps <= 1 || self.length <= 1.0 {
            return;
        }
        let radians = self.degrees.to_radians();
        let (dx, dy) = (libm::cos(radians), -libm::sin(radians));
        let middle = if self.sigma > 0.0 { 0.0 } else { (steps - 1) as f64 / 2.0 };
        let offsets: Vec<(isize, isize)> = (0..steps)
            .map(|i| {
                let along = i as f64 - middle;
                // To the nearest pixel, halves away from zero on both sides alike.
                ((along * dx).round() as isize, (along * dy).round() as isize)
            })
            .collect();
        let (width, height) = (image.width() as usize, image.height() as usize);
        let reach = if self.sigma > 0.0 { steps } else { steps / 2 + 1 };
        let stride = width * 3;
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
        let from = |y: usize, (x, down): (isize, isize)| {
            reflected(y as isize + down, height) * wide + ((reach + x) * 3) as usize
        };
        let weights = self.weights(offsets.len());
        let mut sums = vec![0_u16; stride];
        let mut wide_sums = vec![0_u32; stride];
        let mut target = vec![0_u8; image.pixels().len()];
        for (y, row) in target.chunks_exact_mut(stride).enumerate() {
            if let Some(weights) = &weights {
                wide_sums.fill(1 << 15);
                for (offset, weight) in offsets.iter().zip(weights) {
                    let from = from(y, *offset);
                    add_weighted(&mut wide_sums, &padded[from..from + stride], *weight);
                }
                upper_half(row, &wide_sums);
                continue;
            }
            sums.fill(0);
            for offset in &offsets {
                let from = from(y, *offset);
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

impl MotionBlur {
    /// Weights of the positions along the line, which add up to 65536; `None` for equal ones of a short line.
    fn weights(&self, count: usize) -> Option<Vec<u32>> {
        if self.sigma <= 0.0 && count <= NARROW {
            return None;
        }
        let weight = |i: usize| {
            let sigmas = i as f64 / self.sigma;
            if self.sigma > 0.0 { libm::exp(-0.5 * sigmas * sigmas) } else { 1.0 }
        };
        let total: f64 = (0..count).map(weight).sum();
        let mut weights: Vec<u32> =
            (0..count).map(|i| (weight(i) / total * 65536.0).round() as u32).collect();
        // Rounding errors go to the heaviest.
        let others: u32 = weights.iter().skip(1).sum();
        if let Some(first) = weights.first_mut() {
            *first = 65536_u32.saturating_sub(others);
        }
        Some(weights)
    }
}

widened! {
    fn add_weighted(sums: &mut [u32], values: &[u8], weight: u32) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += u32::from(*value) * weight;
        }
    }
}

widened! {
    fn upper_half(row: &mut [u8], sums: &[u32]) {
        for (value, sum) in row.iter_mut().zip(sums) {
            *value = (sum >> 16).min(255) as u8;
        }
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
