//! Image resizing.

use crate::base::simd::widened;
use crate::data::image::Image;

/// Rows that are resized at the same time.
const LANES: usize = 2 * BLOCK;
/// Rows and columns that are transposed at the same time.
const BLOCK: usize = 8;

impl Image {
    /// Resized with a triangle filter that widens when it reduces, so no pixel is skipped.
    ///
    /// The same as bilinear with antialiasing in Pillow and torchvision.
    pub fn resized(&self, width: u32, height: u32) -> Self {
        self.part_resized((0, 0), self.size(), (width, height))
    }

    /// A part of the image resized in the same way; the part is clipped to the image.
    pub fn part_resized(&self, (left, top): (u32, u32), size: (u32, u32), to: (u32, u32)) -> Self {
        let (left, top) = (left.min(self.width() - 1), top.min(self.height() - 1));
        let (from_width, from_height) =
            (size.0.clamp(1, self.width() - left), size.1.clamp(1, self.height() - top));
        let (width, height) = (to.0.max(1), to.1.max(1));
        if (width, height) == self.size() && (left, top, from_width, from_height) == (0, 0, width, height) {
            return self.clone();
        }
        // Along the rows first, rounded, then down, like Pillow: models were trained on such images.
        let narrowed = narrowed(self, (left, top), (from_width, from_height), width);
        let stride = width as usize * 3;
        let mut pixels = vec![0_u8; stride * height as usize];
        let mut sums = vec![0.0_f32; stride];
        let taps = Taps::new(from_height, height);
        for ((first, weights), target) in taps.iter().zip(pixels.chunks_exact_mut(stride)) {
            sums.fill(0.5);
            for (row, weight) in narrowed[first * stride..].chunks_exact(stride).zip(weights) {
                add_row(&mut sums, row, *weight);
            }
            cut_off(target, &sums);
        }
        // The number of pixels matches the size.
        Self::from_rgb(width, height, pixels).unwrap_or_else(|| Self::filled(width, height, [0; 3]))
    }
}

/// The rows of a part with another width: [`LANES`] rows at a time, interleaved.
fn narrowed(image: &Image, (left, top): (u32, u32), (from_width, rows): (u32, u32), width: u32) -> Vec<u8> {
    let columns = Taps::new(from_width, width);
    let stride = image.width() as usize * 3;
    let across = left as usize * 3..(left + from_width) as usize * 3;
    let (rows, to_stride) = (rows as usize, width as usize * 3);
    let mut narrowed = vec![0_u8; to_stride * rows];
    let mut lanes = vec![[0_u8; LANES]; from_width as usize * 3];
    let mut sums = vec![[0.0_f32; LANES]; to_stride];
    let mut whole = vec![[0_u8; LANES]; to_stride];
    for (band, target) in narrowed.chunks_mut(to_stride * LANES).enumerate() {
        let count = target.len() / to_stride;
        // The last band may have fewer rows; its last row fills in for the missing ones.
        let row = |lane: usize| {
            let y = top as usize + band * LANES + lane.min(count - 1);
            &image.pixels()[y * stride..][across.clone()]
        };
        side_by_side(&mut lanes, &std::array::from_fn(row));
        weigh(&mut sums, &lanes, &columns);
        cut_off(whole.as_flattened_mut(), sums.as_flattened());
        apart(target, &whole);
    }
    narrowed
}

/// Exchanges the halves of rows `apart` rows apart, below the diagonal with above.
#[inline]
fn half_exchanged(rows: &mut [u64; BLOCK], apart: usize, bits: u32, mask: u64) {
    for i in 0..BLOCK {
        if i & apart == 0 {
            let differing = ((rows[i] >> bits) ^ rows[i + apart]) & mask;
            rows[i + apart] ^= differing;
            rows[i] ^= differing << bits;
        }
    }
}

/// Transposes eight times eight bytes, by halves, quarters and eighths (Warren, "Hacker's Delight", 7-3).
#[inline]
fn exchange(rows: &mut [u64; BLOCK]) {
    half_exchanged(rows, 4, 32, 0x0000_0000_FFFF_FFFF);
    half_exchanged(rows, 2, 16, 0x0000_FFFF_0000_FFFF);
    half_exchanged(rows, 1, 8, 0x00FF_00FF_00FF_00FF);
}

// Loops where an array could be mapped: the mapping is called and not unrolled.
widened! {
    /// Interleaves several rows: values of one column together.
    fn side_by_side(lanes: &mut [[u8; LANES]], rows: &[&[u8]; LANES]) {
        let count = lanes.len();
        let (blocks, rest) = lanes.as_chunks_mut::<BLOCK>();
        for (half, rows) in rows.as_chunks::<BLOCK>().0.iter().enumerate() {
            let mut whole: [&[[u8; BLOCK]]; BLOCK] = [&[]; BLOCK];
            for (whole, row) in whole.iter_mut().zip(rows) {
                *whole = &row[..count].as_chunks().0[..blocks.len()];
            }
            for (i, block) in blocks.iter_mut().enumerate() {
                let mut values = [0; BLOCK];
                for (value, row) in values.iter_mut().zip(&whole) {
                    *value = u64::from_le_bytes(row[i]);
                }
                exchange(&mut values);
                for (place, value) in block.iter_mut().zip(&values) {
                    place.as_chunks_mut::<BLOCK>().0[half] = value.to_le_bytes();
                }
            }
        }
        let begin = count - rest.len();
        for (i, place) in rest.iter_mut().enumerate() {
            for (value, row) in place.iter_mut().zip(rows) {
                *value = row[begin + i];
            }
        }
    }
}

widened! {
    /// Inverse of the interleaving: the rows one after the other, of which the last may be missing.
    fn apart(target: &mut [u8], sums: &[[u8; LANES]]) {
        let count = sums.len();
        let (blocks, rest) = sums.as_chunks::<BLOCK>();
        for (half, target) in target.chunks_mut(count * BLOCK).enumerate() {
            for (i, block) in blocks.iter().enumerate() {
                let mut values = [0; BLOCK];
                for (value, place) in values.iter_mut().zip(block) {
                    *value = u64::from_le_bytes(place.as_chunks::<BLOCK>().0[half]);
                }
                exchange(&mut values);
                for (row, value) in target.chunks_exact_mut(count).zip(&values) {
                    row[i * BLOCK..][..BLOCK].copy_from_slice(&value.to_le_bytes());
                }
            }
        }
        let begin = count - rest.len();
        for (i, values) in rest.iter().enumerate() {
            for (row, value) in target.chunks_exact_mut(count).zip(values) {
                row[begin + i] = *value;
            }
        }
    }
}

widened! {
    /// For each target value the weighted sum of the source values of its channel, plus a half for rounding.
    fn weigh(sums: &mut [[f32; LANES]], lanes: &[[u8; LANES]], columns: &Taps) {
        for (target, (first, weights)) in sums.as_chunks_mut::<3>().0.iter_mut().zip(columns.iter()) {
            let pixels = &lanes[first * 3..(first + weights.len()) * 3];
            for (channel, values) in target.iter_mut().enumerate() {
                let mut total = [0.5_f32; LANES];
                for (pixel, weight) in pixels.as_chunks::<3>().0.iter().zip(weights) {
                    for (sum, value) in total.iter_mut().zip(&pixel[channel]) {
                        *sum += f32::from(*value) * weight;
                    }
                }
                *values = total;
            }
        }
    }
}

widened! {
    /// Truncates sums from 0 to 256 to whole numbers. The conversion of the language works one by
    /// one; adding a number so large that no fraction is left makes the processor round many at once.
    fn cut_off(target: &mut [u8], sums: &[f32]) {
        const LARGE: f32 = 8_388_608.0;
        for (value, sum) in target.iter_mut().zip(sums) {
            let raised = sum + LARGE;
            let rounded_up = raised - LARGE > *sum;
            *value = raised.to_bits().wrapping_sub(u32::from(rounded_up)) as u8;
        }
    }
}

widened! {
    /// Adds a weighted row.
    fn add_row(sums: &mut [f32], row: &[u8], weight: f32) {
        for (total, value) in sums.iter_mut().zip(row) {
            *total += f32::from(*value) * weight;
        }
    }
}

/// For each target pixel the source pixels that count, as many for each, with weights that add up to 1.
pub(crate) struct Taps {
    firsts: Vec<usize>,
    weights: Vec<f32>,
    /// Number of weights of each; a loop of fixed length is predicted by the processor.
    count: usize,
}

impl Taps {
    /// Weights of resizing a side of `from` pixels to `to` pixels; both are at least 1.
    pub(crate) fn new(from: u32, to: u32) -> Self {
        let scale = f64::from(from) / f64::from(to);
        let reach = scale.max(1.0);
        let all: Vec<(usize, Vec<f32>)> = (0..to)
            .map(|i| {
                let center = (f64::from(i) + 0.5) * scale;
                let first = (center - reach + 0.5).max(0.0) as usize;
                let last = ((center + reach + 0.5) as usize).min(from as usize);
                let raw: Vec<f64> = (first..last)
                    .map(|x| (1.0 - ((x as f64 + 0.5 - center) / reach).abs()).max(0.0))
                    .collect();
                let total: f64 = raw.iter().sum();
                (first, raw.iter().map(|w| (w / total) as f32).collect())
            })
            .collect();
        let count = all.iter().map(|(_, weights)| weights.len()).max().unwrap_or(0);
        let mut taps = Self { firsts: Vec::new(), weights: Vec::new(), count };
        for (first, weights) in &all {
            // Zeros before it where there is nothing behind it.
            let begin = (*first).min(from as usize - count);
            let end = taps.weights.len() + count;
            taps.firsts.push(begin);
            taps.weights.resize(taps.weights.len() + first - begin, 0.0);
            taps.weights.extend(weights);
            taps.weights.resize(end, 0.0);
        }
        taps
    }

    /// The first source pixel and the weights from there on, one target pixel after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.firsts.iter().copied().zip(self.weights.chunks_exact(self.count.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn rows_and_columns_are_exchanged_and_back() {
        let rng = Rng::new(3);
        for count in [1, 7, 8, 9, 30] {
            let rows: [Vec<u8>; LANES] = std::array::from_fn(|lane| {
                (0..count).map(|i| rng.at((lane * 100 + i) as u64) as u8).collect()
            });
            let mut lanes = vec![[0; LANES]; count];
            side_by_side(&mut lanes, &std::array::from_fn(|lane| rows[lane].as_slice()));
            for (i, place) in lanes.iter().enumerate() {
                assert_eq!(*place, std::array::from_fn(|lane| rows[lane][i]));
            }
            for there in [1, 5, LANES] {
                let mut back = vec![0; there * count];
                apart(&mut back, &lanes);
                assert_eq!(back, rows[..there].concat());
            }
        }
    }

    /// Reference: each number of rows and columns computed one value after the other.
    #[test]
    fn a_picture_is_resized_as_one_value_after_the_other() {
        let rng = Rng::new(5);
        for (size, to) in [((37, 29), (11, 7)), ((9, 17), (20, 3)), ((64, 8), (5, 30)), ((1, 1), (3, 2))] {
            let pixels = (0..size.0 * size.1 * 3).map(|i| rng.at(u64::from(i)) as u8).collect();
            let picture = Image::from_rgb(size.0, size.1, pixels).unwrap();
            let value = |weights: &mut dyn Iterator<Item = (u8, f32)>| {
                weights.fold(0.5_f32, |sum, (value, weight)| sum + f32::from(value) * weight) as u8
            };
            let (across, down) = (Taps::new(size.0, to.0), Taps::new(size.1, to.1));
            let across: Vec<_> = across.iter().collect();
            let narrow = |x: usize, y: u32, c: usize| {
                let (first, weights) = across[x];
                let at = |i: usize| picture.pixel((first + i) as u32, y).unwrap()[c];
                value(&mut weights.iter().enumerate().map(|(i, weight)| (at(i), *weight)))
            };
            let small = picture.resized(to.0, to.1);
            for (y, (first, weights)) in down.iter().enumerate() {
                for x in 0..to.0 as usize {
                    let color = [0, 1, 2].map(|c| {
                        let at = |i: usize| narrow(x, (first + i) as u32, c);
                        value(&mut weights.iter().enumerate().map(|(i, weight)| (at(i), *weight)))
                    });
                    assert_eq!(small.pixel(x as u32, y as u32), Some(color), "{x} {y} of {to:?}");
                }
            }
        }
    }
}
