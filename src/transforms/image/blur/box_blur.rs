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
    let area = size * size;
    let mut blurred = vec![0_u8; source.len()];
    // The sums over columns with the reflected ones on both sides, so that a shift is a slice.
    let mut line = vec![0_u16; stride + size * 3];
    let mut along = Along::new(size, stride, u16::try_from(area * 255 + area / 2).is_ok());
    for (y, target) in blurred.chunks_exact_mut(stride).enumerate() {
        line[before * 3..before * 3 + stride].copy_from_slice(&columns);
        for x in (0..before).chain(before + width..width + size) {
            let from = reflected(x as isize - before as isize, width) * 3;
            line[x * 3..x * 3 + 3].copy_from_slice(&columns[from..from + 3]);
        }
        along.mean(target, &mut line);
        let y = y as isize - before as isize;
        slide(&mut columns, row(y), row(y + size as isize));
    }
    image.set_pixels(blurred);
}

/// Means along a row of sums over columns: sums of 1, 2, 4 and more neighbors, of which those are taken that make up the size.
struct Along {
    size: usize,
    stride: usize,
    /// True if all sums fit into 16 bits.
    narrow: bool,
    sums: Vec<u16>,
    doubled: Vec<u16>,
    wide_line: Vec<u32>,
    wide_sums: Vec<u32>,
    wide_doubled: Vec<u32>,
}

impl Along {
    fn new(size: usize, stride: usize, narrow: bool) -> Self {
        let length = stride + size * 3;
        let wide = |length: usize| vec![0; if narrow { 0 } else { length }];
        Self {
            size,
            stride,
            narrow,
            sums: vec![0; stride],
            doubled: vec![0; length],
            wide_line: wide(length),
            wide_sums: wide(stride),
            wide_doubled: wide(length),
        }
    }

    fn mean(&mut self, target: &mut [u8], line: &mut Vec<u16>) {
        let area = self.size * self.size;
        if !self.narrow {
            self.wide_mean(target, line, area);
            return;
        }
        let (mut taken, mut step) = (0, 1);
        loop {
            if self.size & step != 0 {
                let part = &line[taken * 3..taken * 3 + self.stride];
                // Half of the area comes first, for rounding.
                if taken == 0 {
                    begin(&mut self.sums, part, (area / 2) as u16);
                } else {
                    add_narrow(&mut self.sums, part);
                }
                taken += step;
                if taken == self.size {
                    divided(target, &self.sums, area as u16);
                    return;
                }
            }
            double_narrow(&mut self.doubled, line, step * 3);
            std::mem::swap(&mut self.doubled, line);
            step *= 2;
        }
    }

    fn wide_mean(&mut self, target: &mut [u8], line: &[u16], area: usize) {
        self.wide_sums.fill((area / 2) as u32);
        self.wide_line.iter_mut().zip(line).for_each(|(wide, value)| *wide = u32::from(*value));
        let (mut taken, mut step) = (0, 1);
        while taken < self.size {
            if self.size & step != 0 {
                add(&mut self.wide_sums, &self.wide_line[taken * 3..taken * 3 + self.stride]);
                taken += step;
            }
            double(&mut self.wide_doubled, &self.wide_line, step * 3);
            std::mem::swap(&mut self.wide_doubled, &mut self.wide_line);
            step *= 2;
        }
        // Division by a constant area as a product, exact for sums of up to 31 x 31 bytes.
        divide(target, &self.wide_sums, (1_u64 << 32).div_ceil(area as u64) as u32);
    }
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
    fn begin(sums: &mut [u16], line: &[u16], half: u16) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum = value + half;
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
    fn add(sums: &mut [u32], line: &[u32]) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += value;
        }
    }
}

widened! {
    /// Each value with the one `step` further on, as long as there is one.
    fn double_narrow(sums: &mut [u16], line: &[u16], step: usize) {
        let later = line.get(step..).unwrap_or_default();
        for (sum, (value, other)) in sums.iter_mut().zip(line.iter().zip(later)) {
            // What lies past the neighbors of the last pixel is not used, and may be more than 16 bits.
            *sum = value.wrapping_add(*other);
        }
    }
}

widened! {
    fn double(sums: &mut [u32], line: &[u32], step: usize) {
        let later = line.get(step..).unwrap_or_default();
        for (sum, (value, other)) in sums.iter_mut().zip(line.iter().zip(later)) {
            *sum = value + other;
        }
    }
}

/// Each sum divided by the number of values in it, 2 or more; the quotients must fit into a byte.
///
/// Division by multiplication: Granlund and Montgomery, "Division by invariant integers using multiplication", 1994.
pub(in crate::transforms::image) fn divided(target: &mut [u8], sums: &[u16], count: u16) {
    let bits = u16::BITS - (count - 1).leading_zeros();
    let (count, one) = (u64::from(count), 1_u64 << (15 + bits));
    // One product is exact if its error, times the greatest sum, stays below the unit of the product.
    let factor = one.div_ceil(count);
    if (factor * count - one) * count * 256 < one {
        divide_by_product(target, sums, factor as u16, bits as u16 - 1);
    } else {
        let rest = 2 * one - (count << 16);
        divide_narrow(target, sums, (rest / count + 1) as u16, bits as u16 - 1);
    }
}

widened! {
    fn divide_by_product(target: &mut [u8], sums: &[u16], factor: u16, shift: u16) {
        for (value, sum) in target.iter_mut().zip(sums) {
            let high = ((u32::from(*sum) * u32::from(factor)) >> 16) as u16;
            *value = (high >> shift) as u8;
        }
    }
}

widened! {
    /// With a factor of one bit more than 16, exact for every sum.
    fn divide_narrow(target: &mut [u8], sums: &[u16], factor: u16, shift: u16) {
        for (value, sum) in target.iter_mut().zip(sums) {
            let high = ((u32::from(*sum) * u32::from(factor)) >> 16) as u16;
            *value = ((high + ((sum - high) >> 1)) >> shift) as u8;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_the_rounded_mean() {
        let rng = crate::base::rng::Rng::new(6);
        let (width, height) = (37_usize, 21_usize);
        let pixels: Vec<u8> = (0..width * height * 3).map(|i| rng.at(i as u64) as u8).collect();
        for size in (2..=17).chain([31]) {
            let mut blurred = Image::from_rgb(37, 21, pixels.clone()).unwrap();
            mean(&mut blurred, size);
            for (x, y, channel) in [(0, 0, 0), (36, 20, 2), (18, 9, 1), (1, 19, 0), (35, 3, 2)] {
                let before = (size / 2) as isize;
                let mut sum = 0;
                for dy in 0..size as isize {
                    for dx in 0..size as isize {
                        let at_x = reflected(x as isize + dx - before, width);
                        let at_y = reflected(y as isize + dy - before, height);
                        sum += usize::from(pixels[(at_y * width + at_x) * 3 + channel]);
                    }
                }
                let wanted = (sum + size * size / 2) / (size * size);
                let got = blurred.pixel(x, y).unwrap()[channel];
                assert_eq!(usize::from(got), wanted, "{size} at {x}, {y}");
            }
        }
    }

    #[test]
    fn division_is_exact() {
        for area in (2_u16..=16).map(|size| size * size).chain(2..=202) {
            let sums: Vec<u16> = (0..=u16::MAX).filter(|sum| sum / area < 256).collect();
            let mut found = vec![0; sums.len()];
            divided(&mut found, &sums, area);
            assert!(found.iter().zip(&sums).all(|(value, sum)| u16::from(*value) == sum / area), "{area}");
        }
    }
}
