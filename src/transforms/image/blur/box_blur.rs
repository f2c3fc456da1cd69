//! Averaging blur, as in DeepTest (Tian et al., ICSE 2018): a simple model of a lens out of focus.

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
pub(in crate::transforms::image) fn reflected(at: isize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length as isize - 1);
    let at = at.rem_euclid(period);
    (if at < length as isize { at } else { period - at }) as usize
}

/// Sums over columns slide down the image; of these as many as the square is wide are added.
fn mean(image: &mut Image, size: usize) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let before = size / 2;
    let stride = width * 3;
    let source = image.pixels();
    let row = |y: isize| {
        let at = reflected(y, height) * stride;
        &source[at..at + stride]
    };
    // At most 31 rows of bytes, which 16 bits hold.
    let mut columns = vec![0_u16; stride];
    for y in 0..size as isize {
        take_in(&mut columns, row(y - before as isize));
    }
    let area = (size * size) as u32;
    // Division by a constant area as a product, exact for sums of up to 31 x 31 bytes.
    let scale = (1_u64 << 32).div_ceil(u64::from(area)) as u32;
    let mut blurred = vec![0_u8; source.len()];
    // The sums over columns with the reflected ones on both sides, so that a shift is a slice.
    let mut line = vec![0_u16; stride + size * 3];
    let (mut narrow, mut wide) = (vec![0_u16; stride], vec![0_u32; stride]);
    for (y, target) in blurred.chunks_exact_mut(stride).enumerate() {
        line[before * 3..before * 3 + stride].copy_from_slice(&columns);
        for x in (0..before).chain(before + width..width + size) {
            let from = reflected(x as isize - before as isize, width) * 3;
            line[x * 3..x * 3 + 3].copy_from_slice(&columns[from..from + 3]);
        }
        if u16::try_from(area * 255 + area / 2).is_ok() {
            narrow.fill((area / 2) as u16);
            for shift in 0..size {
                add_narrow(&mut narrow, &line[shift * 3..shift * 3 + stride]);
            }
            divide_narrow(target, &narrow, scale);
        } else {
            wide.fill(area / 2);
            for shift in 0..size {
                add(&mut wide, &line[shift * 3..shift * 3 + stride]);
            }
            divide(target, &wide, scale);
        }
        let y = y as isize - before as isize;
        slide(&mut columns, row(y), row(y + size as isize));
    }
    image.set_pixels(blurred);
}

widened! {
    fn take_in(columns: &mut [u16], row: &[u8]) {
        for (sum, value) in columns.iter_mut().zip(row) {
            *sum += u16::from(*value);
        }
    }
}

widened! {
    fn slide(columns: &mut [u16], leaving: &[u8], coming: &[u8]) {
        for (sum, (old, new)) in columns.iter_mut().zip(leaving.iter().zip(coming)) {
            *sum = *sum + u16::from(*new) - u16::from(*old);
        }
    }
}

widened! {
    fn add_narrow(sums: &mut [u16], line: &[u16]) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += value;
        }
    }
}

widened! {
    fn add(sums: &mut [u32], line: &[u16]) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += u32::from(*value);
        }
    }
}

widened! {
    /// Each sum times `scale` over 2^32.
    fn divide_narrow(target: &mut [u8], sums: &[u16], scale: u32) {
        for (value, sum) in target.iter_mut().zip(sums) {
            *value = ((u64::from(*sum) * u64::from(scale)) >> 32) as u8;
        }
    }
}

widened! {
    /// The same for sums of 32 bits.
    fn divide(target: &mut [u8], sums: &[u32], scale: u32) {
        for (value, sum) in target.iter_mut().zip(sums) {
            *value = ((u64::from(*sum) * u64::from(scale)) >> 32) as u8;
        }
    }
}
