//! Perceptual hash: the signs of the lowest frequencies of an image.

use std::sync::LazyLock;

use crate::mining::reduced::Reduced;

/// Pixels in a row of the image that is transformed.
const SIDE: usize = 32;
/// Frequencies in a row of the hash.
const LOW: usize = 8;

/// Cosines of the discrete cosine transform in parts of 2¹⁴, rounded.
static COSINES: LazyLock<[[i64; SIDE]; LOW]> = LazyLock::new(|| {
    let mut all = [[0; SIDE]; LOW];
    for (frequency, row) in all.iter_mut().enumerate() {
        for (x, target) in row.iter_mut().enumerate() {
            let angle = std::f64::consts::PI * frequency as f64 * (2 * x + 1) as f64 / (2 * SIDE) as f64;
            *target = (libm::cos(angle) * 16_384.0).round() as i64;
        }
    }
    all
});

/// The hash: a bit for each of the lowest 8 by 8 frequencies of the image at 32 by 32 pixels, set above their median. `None` of
/// a smaller image.
pub(super) fn hash(view: &Reduced) -> Option<u64> {
    let pixels = view.square::<SIDE>()?;
    let cosines = &*COSINES;
    let mut across = [[0_i64; LOW]; SIDE];
    for (target, row) in across.iter_mut().zip(&pixels) {
        for (sum, waves) in target.iter_mut().zip(cosines) {
            *sum = row.iter().zip(waves).map(|(value, wave)| i64::from(*value) * wave).sum();
        }
    }
    let mut low = [0_i64; LOW * LOW];
    for (at, target) in low.iter_mut().enumerate() {
        let (down, right) = (at / LOW, at % LOW);
        *target = across.iter().zip(&cosines[down]).map(|(row, wave)| row[right] * wave).sum();
    }
    let mut sorted = low;
    sorted.sort_unstable();
    let median = i64::midpoint(sorted[31], sorted[32]);
    Some(low.iter().enumerate().filter(|(_, value)| **value > median).fold(0, |bits, (at, _)| bits | 1 << at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use crate::data::image::Image;

    #[test]
    fn a_brighter_image_has_nearly_the_same_hash_and_another_one_has_not() {
        let noise = |seed: u64| {
            let rng = Rng::new(seed);
            move |x: u32, y: u32| 60 + (rng.at(u64::from(y / 8 * 20 + x / 8)) % 120) as u8
        };
        let image = |value: &dyn Fn(u32, u32) -> u8| {
            let all = (0..96).flat_map(|y| (0..160).map(move |x| (x, y)));
            let pixels = all.flat_map(|(x, y)| [value(x, y); 3]).collect();
            hash(&Reduced::new(&Image::from_rgb(160, 96, pixels).unwrap())).unwrap()
        };
        let (a, b) = (noise(1), noise(2));
        let own = image(&a);
        assert_eq!(own.count_ones(), 32);
        assert!((own ^ image(&|x, y| a(x, y) + 30)).count_ones() <= 2);
        assert!((own ^ image(&b)).count_ones() > 16);
        assert_eq!(hash(&Reduced::new(&Image::filled(31, 64, [1; 3]))), None);
    }
}
