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
    let mut doubled = line.clone();
    let mut sums = vec![0_u16; stride];
    let mut wide_doubled = vec![0_u32; line.len()];
    let (mut wide_line, mut wide_sums) = (vec![0_u32; line.len()], vec![0_u32; stride]);
    let narrow = u16::try_from(area * 255 + area / 2).is_ok();
    for (y, target) in blurred.chunks_exact_mut(stride).enumerate() {
        line[before * 3..before * 3 + stride].copy_from_slice(&columns);
        for x in (0..before).chain(before + width..width + size) {
            let from = reflected(x as isize - before as isize, width) * 3;
            line[x * 3..x * 3 + 3].copy_from_slice(&columns[from..from + 3]);
        }
        // Sums of 1, 2, 4 and more neighbors, of which those are taken that make up the size.
        let (mut taken, mut step) = (0, 1);
        sums.fill((area / 2) as u16);
        wide_sums.fill(area / 2);
        if !narrow {
            wide_line.iter_mut().zip(&line).for_each(|(wide, value)| *wide = u32::from(*value));
        }
        while taken < size {
            let from = taken * 3..taken * 3 + stride;
            let used = size & step != 0;
            taken += size & step;
            match (narrow, used) {
                (true, true) => add_narrow(&mut sums, &line[from]),
                (false, true) => add(&mut wide_sums, &wide_line[from]),
                (_, false) => {}
            }
            if taken < size {
                if narrow {
                    double_narrow(&mut doubled, &line, step * 3);
                    std::mem::swap(&mut doubled, &mut line);
                } else {
                    double(&mut wide_doubled, &wide_line, step * 3);
                    std::mem::swap(&mut wide_doubled, &mut wide_line);
                }
            }
            step *= 2;
        }
        if narrow {
            divided(target, &sums, area as u16);
        } else {
            divide(target, &wide_sums, scale);
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
pub(in crate::transforms::image) fn divided(target: &mut [u8], sums: &[u16], count: u16) {
    divide_narrow(target, sums, count);
}

widened! {
    /// Division by multiplication, exact for every sum of 16 bits: Granlund and Montgomery, "Division by invariant integers
    /// using multiplication", 1994.
    fn divide_narrow(target: &mut [u8], sums: &[u16], area: u16) {
        let bits = u16::BITS - (area - 1).leading_zeros();
        let factor = (((1_u32 << 16) * ((1 << bits) - u32::from(area))) / u32::from(area) + 1) as u16;
        for (value, sum) in target.iter_mut().zip(sums) {
            let high = ((u32::from(*sum) * u32::from(factor)) >> 16) as u16;
            *value = ((high + ((sum - high) >> 1)) >> (bits - 1)) as u8;
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
