//! Loops over bytes: table look-ups and the byte order of pixels, each in one pass over memory.

use std::mem::MaybeUninit;

use crate::base::simd::widened;

/// Every byte replaced by its table entry, in a new buffer: one pass over memory.
pub fn looked_up(source: &[u8], table: &[u8; 256]) -> Vec<u8> {
    #[cfg(target_arch = "x86_64")]
    if crate::base::simd::has_avx512() {
        #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
        // SAFETY: the check above confirmed that the processor has all required features.
        return unsafe { wide::looked_up(source, &[*table; 3]) };
    }
    source.iter().map(|value| table[usize::from(*value)]).collect()
}

/// The same with a table for each of three interleaved channels; the length is a multiple of three.
pub fn looked_up_by_channel(source: &[u8], tables: &[[u8; 256]; 3]) -> Vec<u8> {
    #[cfg(target_arch = "x86_64")]
    if crate::base::simd::has_avx512() {
        #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
        // SAFETY: the check above confirmed that the processor has all required features.
        return unsafe { wide::looked_up(source, tables) };
    }
    let [a, b, c] = tables;
    let mut target = source.to_vec();
    for pixel in target.as_chunks_mut::<3>().0 {
        let [x, y, z] = *pixel;
        *pixel = [a[usize::from(x)], b[usize::from(y)], c[usize::from(z)]];
    }
    target
}

/// Pixels of three bytes, each with its bytes in another order, in a new buffer.
pub fn reordered(source: &[u8], order: [usize; 3]) -> Vec<u8> {
    let order = order.map(|at| at.min(2));
    #[cfg(target_arch = "x86_64")]
    if crate::base::simd::has_avx512() {
        #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
        // SAFETY: the check above confirmed that the processor has all required features.
        return unsafe { wide::reordered(source, order) };
    }
    made(source.len(), |target| {
        let whole = source.len() / 3 * 3;
        match order {
            [0, 2, 1] => in_order_021(target, source),
            [1, 0, 2] => in_order_102(target, source),
            [1, 2, 0] => in_order_120(target, source),
            [2, 0, 1] => in_order_201(target, source),
            [2, 1, 0] => in_order_210(target, source),
            _ => {
                for (to, from) in target.as_chunks_mut::<3>().0.iter_mut().zip(source.as_chunks::<3>().0) {
                    *to = order.map(|at| Fresh::new(from[at]));
                }
            }
        }
        for (to, from) in target[whole..].iter_mut().zip(&source[whole..]) {
            to.write(*from);
        }
        Written
    })
}

/// Loops over pixels in one order each, which becomes a pattern of shuffles.
macro_rules! in_order {
    ($name:ident, $first:literal, $second:literal, $third:literal) => {
        widened! {
            fn $name(target: &mut [Fresh], source: &[u8]) {
                for (to, from) in target.as_chunks_mut::<3>().0.iter_mut().zip(source.as_chunks::<3>().0) {
                    *to = [Fresh::new(from[$first]), Fresh::new(from[$second]), Fresh::new(from[$third])];
                }
            }
        }
    };
}

in_order!(in_order_021, 0, 2, 1);
in_order!(in_order_102, 1, 0, 2);
in_order!(in_order_120, 1, 2, 0);
in_order!(in_order_201, 2, 0, 1);
in_order!(in_order_210, 2, 1, 0);

/// Bytes that are written before they are read: zeroing them first would be a second pass.
type Fresh = MaybeUninit<u8>;

/// Proof that a loop wrote every byte of its target.
struct Written;

/// A buffer of `count` bytes, all of which `write` writes.
fn made(count: usize, write: impl FnOnce(&mut [Fresh]) -> Written) -> Vec<u8> {
    let mut target: Vec<u8> = Vec::with_capacity(count);
    let Written = write(&mut target.spare_capacity_mut()[..count]);
    #[expect(unsafe_code, reason = "the length of what was written")]
    // SAFETY: there is room for `count` bytes, and `write` wrote all of them, as its result says.
    unsafe {
        target.set_len(count);
    }
    target
}

/// The pixels of three bytes of every row of `stride` bytes from the last to the first, in a new buffer.
pub fn reversed(source: &[u8], stride: usize) -> Vec<u8> {
    let stride = stride.max(3);
    #[cfg(target_arch = "x86_64")]
    if crate::base::simd::has_avx512() {
        #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
        // SAFETY: the check above confirmed that the processor has all required features.
        return unsafe { wide::reversed(source, stride) };
    }
    let mut target = vec![0; source.len()];
    for (target, row) in target.chunks_mut(stride).zip(source.chunks(stride)) {
        for (to, from) in target.rchunks_mut(3).zip(row.chunks(3)) {
            to.copy_from_slice(from);
        }
    }
    target
}

/// Bytes of pixels and, at each of them, all three channels of its pixel.
pub struct Spread {
    /// The bytes.
    pub values: [u8; 64],
    /// First, second and third channel of the pixel that each byte belongs to.
    pub channels: [[u8; 64]; 3],
}

/// Every pixel mapped by `kernel`, several at once, in a new buffer. The kernel must treat each byte on its own.
pub fn by_pixel(source: &[u8], kernel: impl Fn(&Spread) -> [u8; 64]) -> Vec<u8> {
    #[cfg(target_arch = "x86_64")]
    if crate::base::simd::has_avx512() {
        #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
        // SAFETY: the check above confirmed that the processor has all required features.
        return unsafe { wide::by_pixel(source, kernel) };
    }
    let mut target = vec![0; source.len()];
    for (to, from) in target.chunks_mut(63).zip(source.chunks(63)) {
        let mut values = [0; 64];
        values[..from.len()].copy_from_slice(from);
        let channels = std::array::from_fn(|c| std::array::from_fn(|i| values[(i / 3 * 3 + c).min(63)]));
        let made = kernel(&Spread { values, channels });
        to.copy_from_slice(&made[..to.len()]);
    }
    target
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{Fresh, Spread, Written, made};

    use std::arch::x86_64::{
        __m512i, _mm512_loadu_si512, _mm512_mask_blend_epi8, _mm512_mask_storeu_epi8, _mm512_movepi8_mask,
        _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_storeu_si512,
    };

    /// Bytes of a vector.
    const WIDTH: usize = 64;
    /// Whole pixels in a vector, and their bytes.
    const PIXELS: usize = 21;
    const PIXEL_BYTES: usize = PIXELS * 3;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn load(bytes: &[u8; WIDTH]) -> __m512i {
        #[expect(unsafe_code, reason = "an unaligned load of all of an array")]
        // SAFETY: the array has as many bytes as are read.
        unsafe {
            _mm512_loadu_si512(bytes.as_ptr().cast())
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn store(bytes: &mut [Fresh; WIDTH], value: __m512i) {
        #[expect(unsafe_code, reason = "an unaligned store of all of an array")]
        // SAFETY: the array has as many bytes as are written.
        unsafe {
            _mm512_storeu_si512(bytes.as_mut_ptr().cast(), value);
        }
    }

    /// A table of 256 bytes in four vectors.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn quarters(table: &[u8; 256]) -> [__m512i; 4] {
        let (parts, _) = table.as_chunks::<WIDTH>();
        [load(&parts[0]), load(&parts[1]), load(&parts[2]), load(&parts[3])]
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn look(values: __m512i, [a, b, c, d]: [__m512i; 4]) -> __m512i {
        let low = _mm512_permutex2var_epi8(a, values, b);
        let high = _mm512_permutex2var_epi8(c, values, d);
        _mm512_mask_blend_epi8(_mm512_movepi8_mask(values), low, high)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    pub(super) fn looked_up(source: &[u8], tables: &[[u8; 256]; 3]) -> Vec<u8> {
        let same = tables[0] == tables[1] && tables[1] == tables[2];
        let [first, second, third] = [quarters(&tables[0]), quarters(&tables[1]), quarters(&tables[2])];
        // Masks of the bytes of each of three vectors that belong to the second and third channel.
        let mask = |vector: usize, channel: usize| {
            (0..WIDTH).filter(|i| (vector * WIDTH + i) % 3 == channel).fold(0_u64, |mask, i| mask | 1 << i)
        };
        let masks: [[u64; 2]; 3] = std::array::from_fn(|vector| [mask(vector, 1), mask(vector, 2)]);
        made(source.len(), |target| {
            let (blocks, rest) = source.as_chunks::<{ 3 * WIDTH }>();
            let (targets, rest_of_target) = target.as_chunks_mut::<{ 3 * WIDTH }>();
            for (to, from) in targets.iter_mut().zip(blocks) {
                let (to, _) = to.as_chunks_mut::<WIDTH>();
                for ((to, from), [b, c]) in to.iter_mut().zip(from.as_chunks::<WIDTH>().0).zip(&masks) {
                    let values = load(from);
                    let mut looked = look(values, first);
                    if !same {
                        looked = _mm512_mask_blend_epi8(*b, looked, look(values, second));
                        looked = _mm512_mask_blend_epi8(*c, looked, look(values, third));
                    }
                    store(to, looked);
                }
            }
            // The remainder begins with a first channel, because three vectors are whole pixels.
            for (i, (to, from)) in rest_of_target.iter_mut().zip(rest).enumerate() {
                to.write(tables[i % 3][usize::from(*from)]);
            }
            Written
        })
    }

    /// Source of each byte of a vector of whole pixels; the last byte is not used.
    fn places(from: impl Fn(usize, usize) -> usize) -> [u8; WIDTH] {
        std::array::from_fn(|i| if i < PIXEL_BYTES { from(i / 3, i % 3) as u8 } else { 0 })
    }

    /// Writes the pixels of a vector in a new order.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    fn put(target: &mut [Fresh; PIXEL_BYTES], from: &[u8; WIDTH], places: __m512i) {
        let value = _mm512_permutexvar_epi8(places, load(from));
        #[expect(unsafe_code, reason = "a store of all but the last byte")]
        // SAFETY: the mask leaves out the last byte, so no more is written than the array has.
        unsafe {
            _mm512_mask_storeu_epi8(target.as_mut_ptr().cast(), (1 << PIXEL_BYTES) - 1, value);
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    pub(super) fn reordered(source: &[u8], order: [usize; 3]) -> Vec<u8> {
        let places = load(&places(|pixel, channel| pixel * 3 + order[channel]));
        made(source.len(), |target| {
            let mut at = 0;
            // The last byte of a vector is written again by the next one, or by the loop over the rest.
            while let (Some(from), Some(to)) = (
                source.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>),
                target.get_mut(at..).and_then(<[Fresh]>::first_chunk_mut::<WIDTH>),
            ) {
                store(to, _mm512_permutexvar_epi8(places, load(from)));
                at += PIXEL_BYTES;
            }
            for (to, from) in target[at..].chunks_mut(3).zip(source[at..].chunks(3)) {
                for (channel, to) in to.iter_mut().enumerate() {
                    to.write(from.get(order[channel]).copied().unwrap_or_default());
                }
            }
            Written
        })
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    pub(super) fn reversed(source: &[u8], stride: usize) -> Vec<u8> {
        let first = load(&places(|pixel, channel| (PIXELS - 1 - pixel) * 3 + channel));
        let others = load(&places(|pixel, channel| (PIXELS - 1 - pixel) * 3 + channel + 1));
        made(source.len(), |target| {
            for (target, row) in target.chunks_mut(stride).zip(source.chunks(stride)) {
                let length = row.len();
                let mut at = 0;
                // Written forwards, read backwards: blocks end where the ones before began.
                while let (Some(from), Some(to)) = (
                    row[..length - at].last_chunk::<WIDTH>(),
                    target.get_mut(at..).and_then(<[Fresh]>::first_chunk_mut::<PIXEL_BYTES>),
                ) {
                    put(to, from, others);
                    at += PIXEL_BYTES;
                }
                // The first pixels in a block that overlaps the one before, where the row is long enough for one.
                if let (true, Some(from), Some(to)) = (
                    length.is_multiple_of(3),
                    row.first_chunk::<WIDTH>(),
                    target.last_chunk_mut::<PIXEL_BYTES>(),
                ) {
                    put(to, from, first);
                    continue;
                }
                for (to, from) in target[at..].chunks_mut(3).zip(row[..length - at].rchunks(3)) {
                    for (to, value) in to.iter_mut().zip(from) {
                        to.write(*value);
                    }
                }
            }
            Written
        })
    }

    /// Every pixel mapped by `kernel`, 21 at once, and the remainder.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
    pub(super) fn by_pixel(source: &[u8], kernel: impl Fn(&Spread) -> [u8; WIDTH]) -> Vec<u8> {
        let of = |channel: usize| load(&places(|pixel, _| pixel * 3 + channel));
        let channels = [of(0), of(1), of(2)];
        let spread = |from: &[u8; WIDTH]| {
            let values = load(from);
            let one = |places| {
                let mut bytes = [Fresh::uninit(); WIDTH];
                store(&mut bytes, _mm512_permutexvar_epi8(places, values));
                bytes.map(|byte| {
                    #[expect(unsafe_code, reason = "what the line above stored")]
                    // SAFETY: the store wrote every byte.
                    unsafe {
                        byte.assume_init()
                    }
                })
            };
            Spread { values: *from, channels: [one(channels[0]), one(channels[1]), one(channels[2])] }
        };
        let same = load(&places(|pixel, channel| pixel * 3 + channel));
        made(source.len(), |target| {
            let mut at = 0;
            while let (Some(from), Some(to)) = (
                source.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>),
                target.get_mut(at..).and_then(<[Fresh]>::first_chunk_mut::<PIXEL_BYTES>),
            ) {
                put(to, &kernel(&spread(from)), same);
                at += PIXEL_BYTES;
            }
            // The rest in a block of its own.
            for (to, from) in target[at..].chunks_mut(PIXEL_BYTES).zip(source[at..].chunks(PIXEL_BYTES)) {
                let mut block = [0; WIDTH];
                block[..from.len()].copy_from_slice(from);
                for (to, value) in to.iter_mut().zip(kernel(&spread(&block))) {
                    to.write(value);
                }
            }
            Written
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|i| (i * 89 % 256) as u8).collect()
    }

    #[test]
    fn every_length_is_what_a_plain_loop_makes_of_it() {
        let table: [u8; 256] = std::array::from_fn(|i| (i * 7 % 256) as u8);
        let tables: [[u8; 256]; 3] =
            [table, std::array::from_fn(|i| 255 - i as u8), std::array::from_fn(|i| (i / 2) as u8)];
        for pixels in (0..90).chain([200, 511]) {
            let source = bytes(pixels * 3);
            let plain: Vec<u8> = source.iter().map(|v| table[usize::from(*v)]).collect();
            assert_eq!(looked_up(&source, &table), plain);
            let by_channel: Vec<u8> =
                source.iter().enumerate().map(|(i, v)| tables[i % 3][usize::from(*v)]).collect();
            assert_eq!(looked_up_by_channel(&source, &tables), by_channel);
            for order in [[0, 2, 1], [2, 1, 0], [1, 2, 0]] {
                let plain: Vec<u8> = source.chunks(3).flat_map(|p| order.map(|c| p[c])).collect();
                assert_eq!(reordered(&source, order), plain);
            }
            for rows in [1, 2, 3] {
                let stride = (pixels / rows).max(1) * 3;
                let plain: Vec<u8> =
                    source.chunks(stride).flat_map(|row| row.chunks(3).rev().flatten().copied()).collect();
                assert_eq!(reversed(&source, stride), plain);
            }
            let brightest = |spread: &Spread| {
                let [r, g, b] = &spread.channels;
                std::array::from_fn(|i| r[i].max(g[i]).max(b[i]).saturating_sub(spread.values[i]))
            };
            let plain: Vec<u8> =
                source.chunks(3).flat_map(|p| p.iter().map(|v| p.iter().max().unwrap() - v)).collect();
            assert_eq!(by_pixel(&source, brightest), plain);
        }
    }
}
