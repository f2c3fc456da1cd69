//! Bilinear sampling of an RGB image, in whole numbers.

/// Fraction bits of a coordinate.
pub const BITS: u32 = 16;

/// Bilinear sampler of an RGB image.
///
/// Coordinates are in 1/65536 pixel, 0 in the middle of the first pixel; of the fraction the upper eight bits count.
pub struct Between<'a> {
    pixels: &'a [u8],
    width: usize,
    height: usize,
}

impl<'a> Between<'a> {
    /// From `width * height * 3` bytes.
    pub fn new(pixels: &'a [u8], width: usize, height: usize) -> Self {
        Self { pixels, width, height }
    }

    /// Colors at coordinates whose four neighbors are inside the image; black where they are not.
    pub fn inner(&self, target: &mut [[u8; 3]], places: &[[i64; 2]]) {
        #[cfg(target_arch = "x86_64")]
        if crate::base::simd::has_avx512() {
            #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
            // SAFETY: the check above confirmed that the processor has all required features.
            unsafe {
                wide::inner(self, target, places);
            }
            return;
        }
        for (pixel, place) in target.iter_mut().zip(places) {
            *pixel = self.at_inner(*place);
        }
    }

    /// Color at a coordinate whose four neighbors are inside.
    #[inline]
    fn at_inner(&self, place: [i64; 2]) -> [u8; 3] {
        let Some((upper, lower)) = self.neighbors::<6>(place) else { return [0; 3] };
        let weights = weights(place);
        std::array::from_fn(|c| mixed([upper[c], upper[c + 3], lower[c], lower[c + 3]], weights))
    }

    /// Bytes starting at the pixel to the upper left of a coordinate, and those of the row below.
    #[inline]
    fn neighbors<const N: usize>(&self, [x, y]: [i64; 2]) -> Option<(&[u8; N], &[u8; N])> {
        let at = ((y >> BITS) as usize).wrapping_mul(self.width).wrapping_add((x >> BITS) as usize);
        let at = at.wrapping_mul(3);
        let bytes = |at: usize| self.pixels.get(at..).and_then(<[u8]>::first_chunk::<N>);
        Some((bytes(at)?, bytes(at.wrapping_add(self.width * 3))?))
    }

    /// Color at any coordinate; outside is black, and the edge is blended with black.
    pub fn anywhere(&self, place: [i64; 2]) -> [u8; 3] {
        let (left, top) = (place[0] >> BITS, place[1] >> BITS);
        if left < -1 || top < -1 || left >= self.width as i64 || top >= self.height as i64 {
            return [0; 3];
        }
        let corner = |x: i64, y: i64| {
            if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
                return [0; 3];
            }
            let at = (y as usize * self.width + x as usize) * 3;
            [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
        };
        let corners =
            [corner(left, top), corner(left + 1, top), corner(left, top + 1), corner(left + 1, top + 1)];
        let weights = weights(place);
        std::array::from_fn(|c| mixed(corners.map(|corner| corner[c]), weights))
    }
}

/// Fraction of a pixel by which a coordinate is right of or below a pixel, in 1/256.
fn part(place: i64) -> u32 {
    ((place >> (BITS - 8)) & 0xFF) as u32
}

/// Weights of the four neighbors of a coordinate, which add up to 65536.
fn weights([x, y]: [i64; 2]) -> [u32; 4] {
    let (x, y) = (part(x), part(y));
    [(256 - x) * (256 - y), x * (256 - y), (256 - x) * y, x * y]
}

/// Four values mixed by weights that add up to 65536.
#[inline]
fn mixed(values: [u8; 4], weights: [u32; 4]) -> u8 {
    let sum: u32 = values.iter().zip(weights).map(|(value, weight)| u32::from(*value) * weight).sum();
    ((sum + (1 << 15)) >> 16) as u8
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::{
        __m512i, _mm256_storeu_si256, _mm512_add_epi16, _mm512_add_epi32, _mm512_castsi512_si256,
        _mm512_loadu_si512, _mm512_madd_epi16, _mm512_mask_sub_epi16, _mm512_maskz_permutexvar_epi8,
        _mm512_mullo_epi16, _mm512_permutex2var_epi8, _mm512_set1_epi16, _mm512_set1_epi32,
        _mm512_slli_epi16, _mm512_sub_epi16, _mm512_xor_si512,
    };

    use super::Between;

    /// Pixels at a time.
    const LANES: usize = 8;
    /// The lower byte of every word.
    const LOWER: u64 = 0x5555_5555_5555_5555;
    /// Every other word: those of the left neighbors.
    const LEFT: u32 = 0x5555_5555;

    /// Byte positions of four pixels in eight groups of eight: red of the left and of the right neighbor, green, blue and
    /// two unused ones, in the lower bytes of words.
    const fn values(first: usize) -> [u8; 64] {
        let mut table = [0; 64];
        let mut word = 0;
        while word < 32 {
            let (pixel, value) = (first + word / 8, word % 8);
            let byte = value / 2 + (value % 2) * 3;
            table[word * 2] = (pixel * 8 + if byte > 5 { 5 } else { byte }) as u8;
            word += 1;
        }
        table
    }

    /// Positions of the pixel fractions in eight coordinates of 64 bits, for the same words.
    const fn parts(first: usize) -> [u8; 64] {
        let mut table = [0; 64];
        let mut word = 0;
        while word < 32 {
            table[word * 2] = ((first + word / 8) * 8 + 1) as u8;
            word += 1;
        }
        table
    }

    /// Positions of the third byte of each color in two groups of sixteen sums.
    const fn colors() -> [u8; 64] {
        let mut table = [0; 64];
        let mut at = 0;
        while at < LANES * 3 {
            let (pixel, channel) = (at / 3, at % 3);
            table[at] = ((pixel / 4) * 64 + (pixel % 4) * 16 + channel * 4 + 2) as u8;
            at += 1;
        }
        table
    }

    static VALUES: [[u8; 64]; 2] = [values(0), values(4)];
    static PARTS: [[u8; 64]; 2] = [parts(0), parts(4)];
    static COLORS: [u8; 64] = colors();

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn load(values: &[u8; 64]) -> __m512i {
        #[expect(unsafe_code, reason = "an unaligned load of all of an array")]
        // SAFETY: the array has as many bytes as are read.
        unsafe {
            _mm512_loadu_si512(values.as_ptr().cast())
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn load_words(values: &[u64; LANES]) -> __m512i {
        #[expect(unsafe_code, reason = "an unaligned load of all of an array")]
        // SAFETY: the array has as many bytes as are read.
        unsafe {
            _mm512_loadu_si512(values.as_ptr().cast())
        }
    }

    /// The sums of four pixels, of which the third byte is the color.
    ///
    /// Down the columns first, which fits 16 bits without sign; then along the rows, for which 32768 is taken off and
    /// added again, because the processor adds products of signed numbers only.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn sums(half: usize, upper: __m512i, lower: __m512i, x: __m512i, y: __m512i) -> __m512i {
        let (values, parts) = (load(&VALUES[half]), load(&PARTS[half]));
        let upper = _mm512_maskz_permutexvar_epi8(LOWER, values, upper);
        let lower = _mm512_maskz_permutexvar_epi8(LOWER, values, lower);
        let down = _mm512_maskz_permutexvar_epi8(LOWER, parts, y);
        let along = _mm512_maskz_permutexvar_epi8(LOWER, parts, x);
        let apart = _mm512_mullo_epi16(_mm512_sub_epi16(lower, upper), down);
        let column = _mm512_add_epi16(_mm512_slli_epi16::<8>(upper), apart);
        let signed = _mm512_xor_si512(column, _mm512_set1_epi16(i16::MIN));
        let along = _mm512_mask_sub_epi16(along, LEFT, _mm512_set1_epi16(256), along);
        _mm512_add_epi32(_mm512_madd_epi16(signed, along), _mm512_set1_epi32((1 << 23) + (1 << 15)))
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    pub(super) fn inner(source: &Between<'_>, target: &mut [[u8; 3]], places: &[[i64; 2]]) {
        let colors = load(&COLORS);
        for (out, places) in target.chunks_mut(LANES).zip(places.chunks(LANES)) {
            let (mut upper, mut lower) = ([0; LANES], [0; LANES]);
            let (mut x, mut y) = ([0; LANES], [0; LANES]);
            let mut whole = out.len() == LANES;
            for (i, place) in places.iter().enumerate() {
                // Eight bytes are read where six are needed, which only the end of the image does not have.
                let Some((above, below)) = source.neighbors::<8>(*place) else {
                    whole = false;
                    break;
                };
                (upper[i], lower[i]) = (u64::from_le_bytes(*above), u64::from_le_bytes(*below));
                [x[i], y[i]] = place.map(i64::cast_unsigned);
            }
            if !whole {
                for (pixel, place) in out.iter_mut().zip(places) {
                    *pixel = source.at_inner(*place);
                }
                continue;
            }
            let (upper, lower) = (load_words(&upper), load_words(&lower));
            let (x, y) = (load_words(&x), load_words(&y));
            let (first, second) = (sums(0, upper, lower, x, y), sums(1, upper, lower, x, y));
            let mixed = _mm512_castsi512_si256(_mm512_permutex2var_epi8(first, colors, second));
            let mut bytes = [0_u8; 32];
            #[expect(unsafe_code, reason = "an unaligned store of all of an array")]
            // SAFETY: the array has as many bytes as are written.
            unsafe {
                _mm256_storeu_si256(bytes.as_mut_ptr().cast(), mixed);
            }
            out.as_flattened_mut().copy_from_slice(&bytes[..LANES * 3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn many_at_once_are_what_one_by_one_are() {
        let rng = Rng::new(1);
        let (width, height) = (37_usize, 23_usize);
        let pixels: Vec<u8> = (0..width * height * 3)
            .map(|i| match rng.at(i as u64) % 8 {
                0 => 0,
                1 => 255,
                value => (value * 31) as u8,
            })
            .collect();
        let source = Between::new(&pixels, width, height);
        let span = |side: usize| (side as u64 - 1) << BITS;
        for count in [0, 1, 7, 8, 9, 400] {
            let places: Vec<[i64; 2]> = (0..count)
                .map(|i| [rng.at(5000 + i) % span(width), rng.at(9000 + i) % span(height)])
                .map(|place| place.map(u64::cast_signed))
                .collect();
            let mut line = vec![[0; 3]; places.len()];
            source.inner(&mut line, &places);
            let one_by_one: Vec<[u8; 3]> = places.iter().map(|place| source.anywhere(*place)).collect();
            assert_eq!(line, one_by_one);
        }
        let corner = [[(36 << BITS) - 1, (22 << BITS) - 1]; 8];
        let mut line = [[0; 3]; 8];
        source.inner(&mut line, &corner);
        assert_eq!(line, corner.map(|place| source.anywhere(place)), "the last bytes of the picture");
    }
}
