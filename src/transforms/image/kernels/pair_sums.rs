//! Weighted sums of pairs of neighbors in 16-bit fixed point: the inner loop of symmetric filters.
//!
//! Every product is `value * weight >> 16`, value in 1/256 gray level. On AVX2 that is one instruction for
//! sixteen values; the plain loop gives the same bits.

/// Two values of equal weight; the first tap is the center, counted once.
#[derive(Clone, Copy)]
pub(in crate::transforms::image) struct Tap {
    /// Offset of the values of the left or upper neighbor.
    pub(in crate::transforms::image) first: usize,
    /// Offset of those of the right or lower one.
    pub(in crate::transforms::image) second: usize,
    /// Weight in 1/65536, for the pair together.
    pub(in crate::transforms::image) weight: u16,
}

/// For each sum the weighted gray levels at its taps, in 1/256.
pub(in crate::transforms::image) fn of_bytes(sums: &mut [u16], source: &[u8], taps: &[Tap]) {
    let done = wide(sums.len(), |avx2| if avx2 { bytes_avx2(sums, source, taps) } else { 0 });
    let Some((center, pairs)) = taps.split_first() else { return };
    for (i, sum) in sums.iter_mut().enumerate().skip(done) {
        *sum = high(u16::from(source[center.first + i]) << 8, center.weight);
        for tap in pairs {
            let pair = u16::from(source[tap.first + i]) + u16::from(source[tap.second + i]);
            *sum += high(pair << 7, tap.weight);
        }
    }
}

/// For each sum the weighted values at its taps, which are already in 1/256.
pub(in crate::transforms::image) fn of_words(sums: &mut [u16], source: &[u16], taps: &[Tap]) {
    let done = wide(sums.len(), |avx2| if avx2 { words_avx2(sums, source, taps) } else { 0 });
    let Some((center, pairs)) = taps.split_first() else { return };
    for (i, sum) in sums.iter_mut().enumerate().skip(done) {
        *sum = high(source[center.first + i], center.weight);
        for tap in pairs {
            *sum += high((source[tap.first + i] >> 1) + (source[tap.second + i] >> 1), tap.weight);
        }
    }
}

#[inline]
fn high(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

/// Runs the wide loop if the processor supports it and there is enough to do; returns the number of sums.
fn wide(count: usize, run: impl FnOnce(bool) -> usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    let avx2 = count >= LANES && std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let avx2 = false;
    run(avx2)
}

/// Sums that one register holds.
const LANES: usize = 16;
/// Registers of sums that stay in the processor during the loop over taps.
const REGISTERS: usize = 4;

#[cfg(not(target_arch = "x86_64"))]
fn bytes_avx2(_sums: &mut [u16], _source: &[u8], _taps: &[Tap]) -> usize {
    0
}

#[cfg(not(target_arch = "x86_64"))]
fn words_avx2(_sums: &mut [u16], _source: &[u16], _taps: &[Tap]) -> usize {
    0
}

#[cfg(target_arch = "x86_64")]
fn bytes_avx2(sums: &mut [u16], source: &[u8], taps: &[Tap]) -> usize {
    #[expect(unsafe_code, reason = "calling a function that needs AVX2")]
    // SAFETY: `wide` checked that the processor supports it.
    unsafe {
        avx2::bytes(sums, source, taps)
    }
}

#[cfg(target_arch = "x86_64")]
fn words_avx2(sums: &mut [u16], source: &[u16], taps: &[Tap]) -> usize {
    #[expect(unsafe_code, reason = "calling a function that needs AVX2")]
    // SAFETY: `wide` checked that the processor supports it.
    unsafe {
        avx2::words(sums, source, taps)
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_add_epi16, _mm256_cvtepu8_epi16, _mm256_loadu_si256,
        _mm256_mulhi_epu16, _mm256_set1_epi16, _mm256_setzero_si256, _mm256_slli_epi16, _mm256_srli_epi16,
        _mm256_storeu_si256,
    };

    use super::{LANES, REGISTERS, Tap};

    const BLOCK: usize = LANES * REGISTERS;

    /// The loop over blocks and taps, generic in reading a part and adding two parts. A macro and
    /// not a function: a closure does not inherit the permission to use AVX2 when passed as a parameter.
    macro_rules! blocks {
        ($sums:expr, $taps:expr, |$at:ident| $parts:expr, |$one:ident| $center:expr, |$a:ident, $b:ident| $pair:expr) => {{
            let Some((center, pairs)) = $taps.split_first() else { return 0 };
            let (whole, _) = $sums.as_chunks_mut::<BLOCK>();
            let count = whole.len();
            let load = |$at: usize| $parts;
            for (block, out) in whole.iter_mut().enumerate() {
                let at = block * BLOCK;
                let mut sum = [_mm256_setzero_si256(); REGISTERS];
                let weight = _mm256_set1_epi16(center.weight.cast_signed());
                for (sum, $one) in sum.iter_mut().zip(load(center.first + at)) {
                    *sum = _mm256_mulhi_epu16($center, weight);
                }
                for tap in pairs {
                    let weight = _mm256_set1_epi16(tap.weight.cast_signed());
                    let (first, second) = (load(tap.first + at), load(tap.second + at));
                    for ((sum, $a), $b) in sum.iter_mut().zip(first).zip(second) {
                        *sum = _mm256_add_epi16(*sum, _mm256_mulhi_epu16($pair, weight));
                    }
                }
                store(out, sum);
            }
            count * BLOCK
        }};
    }

    /// Sums over whole blocks of gray levels; returns the number of sums.
    #[target_feature(enable = "avx2")]
    pub(in crate::transforms::image) fn bytes(sums: &mut [u16], source: &[u8], taps: &[Tap]) -> usize {
        blocks!(sums, taps, |at| parts(source, at), |part| _mm256_slli_epi16::<8>(widened(part)), |a, b| {
            _mm256_slli_epi16::<7>(_mm256_add_epi16(widened(a), widened(b)))
        })
    }

    /// Sums over whole blocks of values in 1/256; returns the number of sums.
    #[target_feature(enable = "avx2")]
    pub(in crate::transforms::image) fn words(sums: &mut [u16], source: &[u16], taps: &[Tap]) -> usize {
        blocks!(sums, taps, |at| parts(source, at), |part| loaded(part), |a, b| {
            _mm256_add_epi16(_mm256_srli_epi16::<1>(loaded(a)), _mm256_srli_epi16::<1>(loaded(b)))
        })
    }

    /// One block of the source in parts of the size of a register; callers stay inside the source.
    #[inline]
    fn parts<T>(source: &[T], at: usize) -> &[[T; LANES]; REGISTERS] {
        let (parts, _) = source[at..at + BLOCK].as_chunks::<LANES>();
        // A block holds exactly this many parts.
        parts.first_chunk().unwrap_or_else(|| unreachable_block())
    }

    #[cold]
    fn unreachable_block() -> ! {
        unreachable!("a block of {BLOCK} holds {REGISTERS} parts of {LANES}")
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn widened(part: &[u8; LANES]) -> __m256i {
        #[expect(unsafe_code, reason = "loading a register")]
        // SAFETY: the part is as large as the register.
        _mm256_cvtepu8_epi16(unsafe { _mm_loadu_si128(part.as_ptr().cast()) })
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn loaded(part: &[u16; LANES]) -> __m256i {
        #[expect(unsafe_code, reason = "loading a register")]
        // SAFETY: the part is as large as the register.
        unsafe {
            _mm256_loadu_si256(part.as_ptr().cast())
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(out: &mut [u16; BLOCK], sums: [__m256i; REGISTERS]) {
        for (part, sum) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
            #[expect(unsafe_code, reason = "storing a register")]
            // SAFETY: the part is as large as the register.
            unsafe {
                _mm256_storeu_si256(part.as_mut_ptr().cast(), sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    /// The wide loop and the plain one must give the same bits; a length below one block takes the plain one.
    #[test]
    fn wide_and_plain_agree_to_the_bit() {
        let rng = Rng::new(4);
        let bytes: Vec<u8> = (0..4000).map(|i| rng.at(i) as u8).collect();
        let words: Vec<u16> = (0..4000).map(|i| (rng.at(i) % 65281) as u16).collect();
        let taps: Vec<Tap> =
            (0..9).map(|k| Tap { first: 900 - 37 * k, second: 900 + 37 * k, weight: 7000 }).collect();
        let (mut long_bytes, mut long_words) = (vec![0; 1000], vec![0; 1000]);
        of_bytes(&mut long_bytes, &bytes, &taps);
        of_words(&mut long_words, &words, &taps);
        for start in (0..1000).step_by(10) {
            let moved: Vec<Tap> = taps
                .iter()
                .map(|t| Tap { first: t.first + start, second: t.second + start, weight: t.weight })
                .collect();
            let mut short = [0; 10];
            of_bytes(&mut short, &bytes, &moved);
            assert_eq!(short, long_bytes[start..start + 10]);
            of_words(&mut short, &words, &moved);
            assert_eq!(short, long_words[start..start + 10]);
        }
    }
}
