//! Perceptual hashes of images, equal to the bit to those of the Python package `ImageHash` 4.3.
//!
//! An image is reduced to gray by the weights of ITU-R BT.601 and resized by a Lanczos filter, both in the whole numbers of Pillow.

use crate::base::simd::widened;
use crate::data::image::Image;

/// Binary digits behind the point of a weight.
const DIGITS: u32 = 22;
/// Lobes of the filter on each side.
const SUPPORT: f64 = 3.0;

/// Rule of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// Pixels above the mean of 8 by 8.
    Average,
    /// Pixels brighter than their left neighbor, 8 by 8.
    Difference,
    /// Pixels brighter than the one above, 8 by 8.
    VerticalDifference,
    /// Frequencies above their median: the lowest 8 by 8 of 32 by 32 pixels.
    Perceptual,
    /// The lowest 16 by 16 frequencies of 64 by 64 pixels.
    Perceptual16,
}

impl HashKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Average, Self::Difference, Self::VerticalDifference, Self::Perceptual, Self::Perceptual16];

    /// Name in files and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Difference => "difference",
            Self::VerticalDifference => "difference_vertical",
            Self::Perceptual => "perceptual",
            Self::Perceptual16 => "perceptual_16",
        }
    }
}

/// Bits of a hash, row by row, the first the highest; 64 of them, or 256 of [`HashKind::Perceptual16`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageHash {
    words: Vec<u64>,
}

impl ImageHash {
    /// The hash of an image.
    pub fn new(image: &Image, kind: HashKind) -> Self {
        Self::of_gray(&Gray::new(image), kind)
    }

    /// The hash of a gray image.
    pub fn of_gray(gray: &Gray, kind: HashKind) -> Self {
        match kind {
            HashKind::Average => {
                let pixels = gray.resized(8, 8);
                let sum: u32 = pixels.iter().map(|pixel| u32::from(*pixel)).sum();
                Self::of_bits(pixels.iter().map(|pixel| u32::from(*pixel) * 64 > sum))
            }
            HashKind::Difference => {
                let pixels = gray.resized(9, 8);
                Self::of_bits(
                    pixels.chunks_exact(9).flat_map(|row| row.windows(2).map(|two| two[1] > two[0])),
                )
            }
            HashKind::VerticalDifference => {
                let pixels = gray.resized(8, 9);
                Self::of_bits(pixels.iter().zip(&pixels[8..]).map(|(above, below)| below > above))
            }
            HashKind::Perceptual => Self::of_frequencies(gray, 32, 8),
            HashKind::Perceptual16 => Self::of_frequencies(gray, 64, 16),
        }
    }

    fn of_frequencies(gray: &Gray, side: usize, low: usize) -> Self {
        let pixels = gray.resized(side, side);
        let wave = |frequency: usize, at: usize| {
            libm::cos(std::f64::consts::PI * frequency as f64 * (2 * at + 1) as f64 / (2 * side) as f64)
        };
        let waves: Vec<f64> = (0..low).flat_map(|k| (0..side).map(move |at| wave(k, at))).collect();
        // Down the columns, then along the rows.
        let mut down = vec![0.0; low * side];
        for (waves, target) in waves.chunks_exact(side).zip(down.chunks_exact_mut(side)) {
            for (row, wave) in pixels.chunks_exact(side).zip(waves) {
                target.iter_mut().zip(row).for_each(|(target, pixel)| *target += f64::from(*pixel) * wave);
            }
        }
        let along =
            |row: &[f64], waves: &[f64]| row.iter().zip(waves).map(|(value, wave)| value * wave).sum::<f64>();
        let frequencies: Vec<f64> = down
            .chunks_exact(side)
            .flat_map(|row| waves.chunks_exact(side).map(move |waves| along(row, waves)))
            .collect();
        let mut sorted = frequencies.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = f64::midpoint(sorted[middle - 1], sorted[middle]);
        Self::of_bits(frequencies.iter().map(|frequency| *frequency > median))
    }

    fn of_bits(bits: impl Iterator<Item = bool>) -> Self {
        let bits: Vec<bool> = bits.collect();
        let word = |bits: &[bool]| bits.iter().fold(0, |word, bit| word << 1 | u64::from(*bit));
        Self { words: bits.chunks(64).map(word).collect() }
    }

    /// Number of bits in which two hashes of one kind differ.
    pub fn distance(&self, other: &Self) -> u32 {
        self.words.iter().zip(&other.words).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// The bits in words of 64.
    pub fn words(&self) -> &[u64] {
        &self.words
    }
}

impl std::fmt::Display for ImageHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.words.iter().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

/// A gray image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gray {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

widened! {
    fn to_gray(target: &mut [u8], rgb: &[u8]) {
        for (gray, pixel) in target.iter_mut().zip(rgb.chunks_exact(3)) {
            let sum = 19_595 * u32::from(pixel[0]) + 38_470 * u32::from(pixel[1]) + 7_471 * u32::from(pixel[2]);
            *gray = ((sum + 32_768) >> 16) as u8;
        }
    }
}

/// Weights of the source pixels of one target pixel.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

widened! {
    fn along(target: &mut [u8], source: &[u8], width: usize, taps: &[Taps]) {
        for (row, target) in source.chunks_exact(width).zip(target.chunks_exact_mut(taps.len())) {
            for (pixel, taps) in target.iter_mut().zip(taps) {
                let sources = &row[taps.first..taps.first + taps.weights.len()];
                let sum: i32 = sources.iter().zip(&taps.weights).map(|(pixel, weight)| i32::from(*pixel) * weight).sum();
                *pixel = cut(sum + (1 << (DIGITS - 1)));
            }
        }
    }
}

widened! {
    fn down(target: &mut [u8], source: &[u8], width: usize, taps: &[Taps]) {
        let mut sums = vec![0_i32; width];
        for (taps, target) in taps.iter().zip(target.chunks_exact_mut(width)) {
            sums.fill(1 << (DIGITS - 1));
            for (row, weight) in source[taps.first * width..].chunks_exact(width).zip(&taps.weights) {
                sums.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += i32::from(*pixel) * weight);
            }
            target.iter_mut().zip(&sums).for_each(|(pixel, sum)| *pixel = cut(*sum));
        }
    }
}

#[inline]
fn cut(sum: i32) -> u8 {
    (sum >> DIGITS).clamp(0, 255) as u8
}

impl Gray {
    /// The brightness of an image.
    pub fn new(image: &Image) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let mut pixels = vec![0; width * height];
        to_gray(&mut pixels, image.pixels());
        Self { width, height, pixels }
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The pixels at another size, along the rows first and then down, as Pillow's `LANCZOS`.
    pub fn resized(&self, width: usize, height: usize) -> Vec<u8> {
        let (width, height) = (width.max(1), height.max(1));
        if self.pixels.is_empty() {
            return vec![0; width * height];
        }
        let narrowed = if width == self.width {
            self.pixels.clone()
        } else {
            let mut narrowed = vec![0; width * self.height];
            along(&mut narrowed, &self.pixels, self.width, &taps(self.width, width));
            narrowed
        };
        if height == self.height {
            return narrowed;
        }
        let mut pixels = vec![0; width * height];
        down(&mut pixels, &narrowed, width, &taps(self.height, height));
        pixels
    }
}

/// The weights of every target pixel.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let stretch = scale.max(1.0);
    let reach = SUPPORT * stretch;
    let of = |target: usize| {
        let center = (target as f64 + 0.5) * scale;
        let first = (center - reach + 0.5).max(0.0) as usize;
        let last = ((center + reach + 0.5) as usize).min(from).max(first + 1);
        let weights: Vec<f64> =
            (first..last).map(|at| lanczos((at as f64 - center + 0.5) / stretch)).collect();
        let sum: f64 = weights.iter().sum();
        // Halves are rounded away from zero.
        let whole = |weight: &f64| (weight / sum * f64::from(1 << DIGITS)).round() as i32;
        Taps { first, weights: weights.iter().map(whole).collect() }
    };
    (0..to).map(of).collect()
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| {
        let angle = std::f64::consts::PI * x;
        if angle.abs() > 0.0 { libm::sin(angle) / angle } else { 1.0 }
    };
    if (-SUPPORT..SUPPORT).contains(&x) { sinc(x) * sinc(x / SUPPORT) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_one_pixel_and_of_one_color_have_a_hash() {
        for (width, height) in [(1, 1), (3, 200), (640, 1)] {
            let image = Image::filled(width, height, [90, 120, 30]);
            for kind in HashKind::ALL {
                let hash = ImageHash::new(&image, kind);
                assert_eq!(hash.distance(&hash), 0);
                assert_eq!(hash.to_string().len(), if kind == HashKind::Perceptual16 { 64 } else { 16 });
            }
            assert_eq!(ImageHash::new(&image, HashKind::Average).words(), [0]);
        }
    }
}
