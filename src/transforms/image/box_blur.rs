//! Averaging blur, as in DeepTest (Tian et al., ICSE 2018): a lens out of focus, in the simplest way.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean of a square of `size` x `size` pixels, edges reflected without repeating the last pixel; `DeepTest` has 3 to
/// 6. An even square reaches one pixel further to the left and up.
pub static KIND: TransformKind = TransformKind {
    id: "box_blur",
    title: "Averaging blur",
    summary: "The mean of a square around every pixel",
    group: Group::Blur,
    params: &[SIZE],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(BoxBlur { size: params.value(&SIZE).round() as usize })),
};

const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Size",
    unit: "px",
    min: 1.0,
    max: 31.0,
    neutral: 1.0,
    initial: 5.0,
    step: 1.0,
};

struct BoxBlur {
    size: usize,
}

impl Transform for BoxBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.size > 1 {
            mean(image, self.size);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// Position `at` of a line of `length`, reflected at both ends.
pub(super) fn reflected(at: isize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length as isize - 1);
    let at = at.rem_euclid(period);
    (if at < length as isize { at } else { period - at }) as usize
}

/// Sums over columns slide down the picture, sums over rows slide along them.
fn mean(image: &mut Image, size: usize) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let before = (size / 2) as isize;
    let stride = width * 3;
    let source = image.pixels();
    let row = |y: isize| {
        let at = reflected(y, height) * stride;
        &source[at..at + stride]
    };
    let mut columns = vec![0_u32; stride];
    for y in -before..size as isize - before {
        for (sum, value) in columns.iter_mut().zip(row(y)) {
            *sum += u32::from(*value);
        }
    }
    let area = (size * size) as u32;
    // Division by a constant area as a product, exact for sums of up to 31 x 31 bytes.
    let scale = (1_u64 << 32).div_ceil(u64::from(area)) as u32;
    let mut blurred = vec![0_u8; source.len()];
    let places: Vec<usize> =
        (-before..(width + size) as isize - before).map(|x| reflected(x, width) * 3).collect();
    // The sums over columns with the reflected ones on both sides, so that a shift is a slice.
    let mut line = vec![0_u32; places.len() * 3];
    let mut sums = vec![0_u32; stride];
    for (y, target) in blurred.chunks_exact_mut(stride).enumerate() {
        for (pixel, place) in line.as_chunks_mut::<3>().0.iter_mut().zip(&places) {
            pixel.copy_from_slice(&columns[*place..*place + 3]);
        }
        sums.fill(area / 2);
        for shift in 0..size {
            add(&mut sums, &line[shift * 3..shift * 3 + stride]);
        }
        divide(target, &sums, scale);
        let (leaving, coming) = (row(y as isize - before), row((y + size) as isize - before));
        for (sum, (old, new)) in columns.iter_mut().zip(leaving.iter().zip(coming)) {
            *sum = *sum + u32::from(*new) - u32::from(*old);
        }
    }
    image.set_pixels(blurred);
}

widened! {
    fn add(sums: &mut [u32], line: &[u32]) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += value;
        }
    }
}

widened! {
    /// Each sum times `scale` over 2^32.
    fn divide(target: &mut [u8], sums: &[u32], scale: u32) {
        for (value, sum) in target.iter_mut().zip(sums) {
            *value = ((u64::from(*sum) * u64::from(scale)) >> 32) as u8;
        }
    }
}
