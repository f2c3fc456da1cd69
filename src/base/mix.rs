//! Rows whose values are each a mix of two values of another row, in the same way for many rows.

/// Values of a block.
const BLOCK: usize = 32;
/// Words that a block can reach in one step.
#[cfg(target_arch = "x86_64")]
const REACH: usize = 64;

/// Mix that makes each value of a row from `line[at]` and `line[at + 3]`, with weights that add up to 256.
#[derive(Clone, Debug, Default)]
pub struct Mix {
    blocks: Vec<Block>,
    /// Values in a row.
    count: usize,
}

#[derive(Clone, Debug)]
struct Block {
    /// Lowest source index of the block.
    base: usize,
    /// Source indices of its values, from `base`.
    places: [u16; BLOCK],
    /// Weight of the second value.
    weights: [u16; BLOCK],
    /// True if all source indices and their neighbors lie within reach.
    near: bool,
}

impl Mix {
    /// From the source index and the weight of each value; a weight is at most 256.
    pub fn new(values: &[(usize, u16)]) -> Self {
        let blocks = values.chunks(BLOCK).map(|chunk| {
            let base = chunk.iter().map(|(at, _)| *at).min().unwrap_or(0);
            let mut block = Block { base, places: [0; BLOCK], weights: [0; BLOCK], near: true };
            for (i, (at, weight)) in chunk.iter().enumerate() {
                let away = at - base;
                block.near &= away + 3 < 64;
                block.places[i] = u16::try_from(away).unwrap_or(u16::MAX);
                block.weights[i] = (*weight).min(256);
                // A row longer than that is mixed value by value.
                block.near &= away < usize::from(u16::MAX);
            }
            block
        });
        Self { blocks: blocks.collect(), count: values.len() }
    }

    /// Mixes a row; the line holds values in 1/256, and those past its end count as 0.
    pub fn row(&self, target: &mut [u8], line: &[u16]) {
        let target = &mut target[..self.count];
        #[cfg(target_arch = "x86_64")]
        if crate::base::simd::has_avx512() {
            #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
            // SAFETY: the check above confirmed that the processor has all required features.
            unsafe {
                wide::row(&self.blocks, target, line);
            }
            return;
        }
        for (block, out) in self.blocks.iter().zip(target.chunks_mut(BLOCK)) {
            block.plain(out, line);
        }
    }
}

impl Block {
    fn plain(&self, target: &mut [u8], line: &[u16]) {
        for ((out, place), weight) in target.iter_mut().zip(&self.places).zip(&self.weights) {
            let at = self.base + usize::from(*place);
            let value = |at: usize| u32::from(line.get(at).copied().unwrap_or(0));
            let weight = u32::from(*weight);
            *out = ((value(at) * (256 - weight) + value(at + 3) * weight + (1 << 15)) >> 16) as u8;
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_storeu_si256, _mm512_add_epi16, _mm512_add_epi32, _mm512_castsi256_si512,
        _mm512_castsi512_si256, _mm512_cvtepi16_epi8, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32,
        _mm512_extracti64x4_epi64, _mm512_inserti64x4, _mm512_loadu_si512, _mm512_mullo_epi32,
        _mm512_permutex2var_epi16, _mm512_set1_epi16, _mm512_set1_epi32, _mm512_srli_epi32, _mm512_sub_epi16,
    };

    use super::{BLOCK, Block, REACH};

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn load(words: &[u16; BLOCK]) -> __m512i {
        #[expect(unsafe_code, reason = "an unaligned load of all of an array")]
        // SAFETY: the array has as many bytes as are read.
        unsafe {
            _mm512_loadu_si512(words.as_ptr().cast())
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn store(bytes: &mut [u8; BLOCK], value: __m256i) {
        #[expect(unsafe_code, reason = "an unaligned store of all of an array")]
        // SAFETY: the array has as many bytes as are written.
        unsafe {
            _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value);
        }
    }

    /// Products of 16-bit values by weights of 16 bits, added and rounded to the upper half of 32 bits.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn mixed(first: __m256i, second: __m256i, rest: __m256i, weight: __m256i) -> __m256i {
        let product = |a, b| _mm512_mullo_epi32(_mm512_cvtepu16_epi32(a), _mm512_cvtepu16_epi32(b));
        let sum = _mm512_add_epi32(product(first, rest), product(second, weight));
        let rounded = _mm512_add_epi32(sum, _mm512_set1_epi32(1 << 15));
        _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(rounded))
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    pub(super) fn row(blocks: &[Block], target: &mut [u8], line: &[u16]) {
        let three = _mm512_set1_epi16(3);
        let whole = _mm512_set1_epi16(256);
        for (block, out) in blocks.iter().zip(target.chunks_mut(BLOCK)) {
            let near = line.get(block.base..).and_then(|rest| rest.first_chunk::<REACH>());
            let (Some(near), Ok(out)) =
                (near.filter(|_| block.near), <&mut [u8; BLOCK]>::try_from(&mut *out))
            else {
                block.plain(out, line);
                continue;
            };
            let (halves, _) = near.as_chunks::<BLOCK>();
            let (low, high) = (load(&halves[0]), load(&halves[1]));
            let (places, weight) = (load(&block.places), load(&block.weights));
            let first = _mm512_permutex2var_epi16(low, places, high);
            let second = _mm512_permutex2var_epi16(low, _mm512_add_epi16(places, three), high);
            let rest = _mm512_sub_epi16(whole, weight);
            let lower = mixed(
                _mm512_castsi512_si256(first),
                _mm512_castsi512_si256(second),
                _mm512_castsi512_si256(rest),
                _mm512_castsi512_si256(weight),
            );
            let upper = mixed(
                _mm512_extracti64x4_epi64::<1>(first),
                _mm512_extracti64x4_epi64::<1>(second),
                _mm512_extracti64x4_epi64::<1>(rest),
                _mm512_extracti64x4_epi64::<1>(weight),
            );
            let both = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(lower), upper);
            store(out, _mm512_cvtepi16_epi8(both));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn every_row_is_what_a_plain_loop_makes_of_it() {
        let rng = Rng::new(1);
        let line: Vec<u16> = (0..400).map(|i| (rng.at(i) % 65281) as u16).collect();
        for (step, count) in [(0.4, 300), (0.99, 399), (1.7, 200), (5.0, 70), (0.0, 33)] {
            let values: Vec<(usize, u16)> =
                (0..count).map(|i| ((i as f64 * step) as usize, (rng.at(1000 + i) % 257) as u16)).collect();
            let mix = Mix::new(&values);
            let mut row = vec![0; values.len()];
            mix.row(&mut row, &line);
            for (out, (at, weight)) in row.iter().zip(&values) {
                let value = |at: usize| line.get(at).map_or(0, |value| u32::from(*value));
                let weight = u32::from(*weight);
                let wanted = (value(*at) * (256 - weight) + value(at + 3) * weight + 32768) >> 16;
                assert_eq!(u32::from(*out), wanted);
            }
        }
    }
}
