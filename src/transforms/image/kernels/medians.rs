//! Medians of squares of bytes by branch-free exchanges, many positions at once.
//!
//! Columns are put in order first, which neighbors share; then a network finds the middle value of the sorted columns. The
//! networks are sorting networks of the rows and a selection (Paeth, "Median finding on a 3 x 3 grid", Graphics Gems, 1990),
//! without the exchanges that sorted columns make needless.

use crate::base::simd::widened;

/// The median of a square of 3, 5 or 7 pixels around each pixel, channel by channel, for rows of `stride` bytes; the edges are
/// repeated.
pub(in crate::transforms::image) fn medians(source: &[u8], stride: usize, side: usize) -> Vec<u8> {
    let mut target = vec![0; source.len()];
    match side {
        0..=3 => median_3(source, stride, &mut target),
        4..=5 => median_5(source, stride, &mut target),
        _ => median_7(source, stride, &mut target),
    }
    target
}

/// Squares of 3 pixels: two rows at a time, whose squares have two rows in common.
fn median_3(source: &[u8], stride: usize, target: &mut [u8]) {
    let height = source.len() / stride;
    let row = |y: usize| &source[y.min(height - 1) * stride..][..stride];
    let inner = stride.saturating_sub(6);
    let mut spare = vec![0; stride];
    for (pair, both) in target.chunks_mut(2 * stride).enumerate() {
        let (upper, lower) = both.split_at_mut(stride);
        let lower = if lower.is_empty() { &mut spare } else { lower };
        let y = 2 * pair;
        let rows = [row(y.saturating_sub(1)), row(y), row(y + 1), row(y + 2)];
        if inner > 0 {
            pair_of_rows(&mut upper[3..3 + inner], &mut lower[3..3 + inner], &rows);
        }
        // The first and the last pixel of a row, whose neighbor on one side is the pixel itself.
        let last = stride - 3;
        for (at, before, after) in [(0, 0, last.min(3)), (last, last.saturating_sub(3), last)] {
            for channel in 0..3 {
                let across = [before, at, after].map(|at| at + channel);
                let shared = across.map(|at| ordered(rows[1][at], rows[2][at]));
                upper[at + channel] = middle_of(shared, across.map(|at| rows[0][at]));
                lower[at + channel] = middle_of(shared, across.map(|at| rows[3][at]));
            }
        }
    }
}

widened! {
    /// The medians of two rows, from the second pixel to the last but one.
    ///
    /// Of nine values in sorted columns it is the middle one of the greatest of the least, the middle of the middle and the least
    /// of the greatest.
    fn pair_of_rows(upper: &mut [u8], lower: &mut [u8], rows: &[&[u8]; 4]) {
        let count = upper.len();
        let lower = &mut lower[..count];
        let [first, second, third, fourth] = *rows;
        let (a0, a1, a2) = (&first[..count], &first[3..][..count], &first[6..][..count]);
        let (b0, b1, b2) = (&second[..count], &second[3..][..count], &second[6..][..count]);
        let (c0, c1, c2) = (&third[..count], &third[3..][..count], &third[6..][..count]);
        let (d0, d1, d2) = (&fourth[..count], &fourth[3..][..count], &fourth[6..][..count]);
        for i in 0..count {
            let shared = [ordered(b0[i], c0[i]), ordered(b1[i], c1[i]), ordered(b2[i], c2[i])];
            upper[i] = middle_of(shared, [a0[i], a1[i], a2[i]]);
            lower[i] = middle_of(shared, [d0[i], d1[i], d2[i]]);
        }
    }
}

#[expect(clippy::inline_always, reason = "a call in the loop would keep it from being vectorized")]
#[inline(always)]
fn ordered(a: u8, b: u8) -> [u8; 2] {
    [a.min(b), a.max(b)]
}

/// The median of three columns, of each of which two values are in order.
#[expect(clippy::inline_always, reason = "a call in the loop would keep it from being vectorized")]
#[inline(always)]
fn middle_of(pairs: [[u8; 2]; 3], others: [u8; 3]) -> u8 {
    let column =
        |[low, high]: [u8; 2], other: u8| [low.min(other), low.max(high.min(other)), high.max(other)];
    let [a, b, c] = [column(pairs[0], others[0]), column(pairs[1], others[1]), column(pairs[2], others[2])];
    let least = a[0].max(b[0]).max(c[0]);
    let most = a[2].min(b[2]).min(c[2]);
    let middle = a[1].min(b[1]).max(a[1].max(b[1]).min(c[1]));
    least.min(middle).max(least.max(middle).min(most))
}

/// Sorted columns of rows of bytes, and the medians of as many of them side by side. Values are named by their column and row;
/// each pair of a network is put in order.
macro_rules! medians {
    (
        $columns:ident $middles:ident $median:ident $side:literal $middle:literal
        rows [$($row:ident $at:literal),*]
        sorted by [$($low:ident $high:ident),*]
        cells [$($cell:ident $line:literal $column:literal),*]
        found by [$($less:ident $more:ident),*]
    ) => {
        widened! {
            /// Puts each column of the rows in order, in lines of the same length.
            fn $columns(lines: &mut [&mut [u8]; $side], rows: &[&[u8]; $side]) {
                let count = rows[0].len();
                let [$($row),*] = lines;
                $(let $row = &mut $row[..count];)*
                let rows = rows.map(|row| &row[..count]);
                for i in 0..count {
                    exchanged!(i rows [$($row $at),*] [$($low $high),*]);
                }
            }
        }

        widened! {
            /// The median around each byte of a row of pixels; the lines begin with the pixels before it.
            fn $middles(row: &mut [u8], lines: &[&[u8]; $side]) {
                let count = row.len();
                $(let $cell = &lines[$line][3 * $column..][..count];)*
                for (i, target) in row.iter_mut().enumerate() {
                    $(let $cell = $cell[i];)*
                    $(let ($less, $more) = ($less.min($more), $less.max($more));)*
                    *target = [$($cell),*][$middle];
                }
            }
        }

        /// The medians of a square of this side around every byte of rows of pixels, the edges repeated.
        fn $median(source: &[u8], stride: usize, target: &mut [u8]) {
            // Pixels beside the middle of the square, and their bytes.
            let beside = $side / 2;
            let margin = beside * 3;
            let height = source.len() / stride;
            let mut lines: [Vec<u8>; $side] = std::array::from_fn(|_| vec![0; stride + 2 * margin]);
            for (y, target) in target.chunks_exact_mut(stride).enumerate() {
                let rows: [&[u8]; $side] = std::array::from_fn(|i| {
                    let y = (y + i).saturating_sub(beside).min(height - 1);
                    &source[y * stride..(y + 1) * stride]
                });
                $columns(&mut lines.each_mut().map(|line| &mut line[margin..margin + stride]), &rows);
                for line in &mut lines {
                    for pixel in 0..beside {
                        line.copy_within(margin..margin + 3, pixel * 3);
                        line.copy_within(margin + stride - 3..margin + stride, margin + stride + pixel * 3);
                    }
                }
                $middles(target, &lines.each_ref().map(|line| &line[..]));
            }
        }
    };
}

/// Reads a value of each row, puts pairs of them in order, and writes them to the lines of the same names.
macro_rules! exchanged {
    ($i:ident $rows:ident [$($row:ident $at:literal),*] [$($low:ident $high:ident),*]) => {{
        let values = {
            $(let $row = $rows[$at][$i];)*
            $(let ($low, $high) = ($low.min($high), $low.max($high));)*
            [$($row),*]
        };
        $($row[$i] = values[$at];)*
    }};
}

medians! {
    columns_5 middles_5 median_5 5 12
    rows [
        r0 0, r1 1, r2 2, r3 3, r4 4
    ]
    sorted by [
        r0 r3, r1 r4, r0 r2, r1 r3, r0 r1, r2 r4, r1 r2, r3 r4, r2 r3
    ]
    cells [
        a0 0 0, b0 0 1, c0 0 2, d0 0 3, e0 0 4, a1 1 0, b1 1 1, c1 1 2, d1 1 3, e1 1 4, a2 2 0, b2 2 1, c2 2 2,
        d2 2 3, e2 2 4, a3 3 0, b3 3 1, c3 3 2, d3 3 3, e3 3 4, a4 4 0, b4 4 1, c4 4 2, d4 4 3, e4 4 4
    ]
    found by [
        a0 d0, b0 e0, a0 c0, b0 d0, c0 e0, d0 e0, c0 d0, a1 d1, b1 e1, b1 d1, a1 b1, c1 e1, b1 c1, d1 e1,
        c1 d1, a2 d2, b2 e2, a2 c2, b2 d2, a2 b2, c2 e2, b2 c2, d2 e2, c2 d2, a3 d3, b3 e3, a3 c3, b3 d3,
        a3 b3, c3 e3, b3 c3, c3 d3, a4 d4, b4 e4, b4 d4, a4 b4, c4 e4, b4 c4, e0 c2, d0 c1, e1 d2, e0 a3,
        d1 b2, e1 a3, c2 a3, c1 b3, b2 b3, c2 b3, d1 b2, c2 c3, e1 a4, b2 c2, e1 b2, c2 a4, b2 b4, b2 c2,
        c2 b4
    ]
}

medians! {
    columns_7 middles_7 median_7 7 24
    rows [
        r0 0, r1 1, r2 2, r3 3, r4 4, r5 5, r6 6
    ]
    sorted by [
        r0 r6, r2 r3, r4 r5, r0 r2, r1 r4, r3 r6, r0 r1, r2 r5, r3 r4, r1 r2, r4 r6, r2 r3, r4 r5, r1 r2,
        r3 r4, r5 r6
    ]
    cells [
        a0 0 0, b0 0 1, c0 0 2, d0 0 3, e0 0 4, f0 0 5, g0 0 6, a1 1 0, b1 1 1, c1 1 2, d1 1 3, e1 1 4, f1 1 5,
        g1 1 6, a2 2 0, b2 2 1, c2 2 2, d2 2 3, e2 2 4, f2 2 5, g2 2 6, a3 3 0, b3 3 1, c3 3 2, d3 3 3, e3 3 4,
        f3 3 5, g3 3 6, a4 4 0, b4 4 1, c4 4 2, d4 4 3, e4 4 4, f4 4 5, g4 4 6, a5 5 0, b5 5 1, c5 5 2, d5 5 3,
        e5 5 4, f5 5 5, g5 5 6, a6 6 0, b6 6 1, c6 6 2, d6 6 3, e6 6 4, f6 6 5, g6 6 6
    ]
    found by [
        a0 g0, c0 d0, e0 f0, a0 c0, b0 e0, d0 g0, c0 f0, d0 e0, b0 c0, e0 g0, c0 d0, e0 f0, d0 e0, f0 g0,
        a1 g1, c1 d1, e1 f1, a1 c1, b1 e1, d1 g1, a1 b1, c1 f1, d1 e1, b1 c1, e1 g1, c1 d1, e1 f1, d1 e1,
        f1 g1, a2 g2, c2 d2, e2 f2, a2 c2, b2 e2, d2 g2, a2 b2, c2 f2, d2 e2, b2 c2, e2 g2, c2 d2, e2 f2,
        b2 c2, d2 e2, f2 g2, a3 g3, c3 d3, e3 f3, a3 c3, b3 e3, d3 g3, a3 b3, c3 f3, d3 e3, b3 c3, e3 g3,
        c3 d3, e3 f3, b3 c3, d3 e3, f3 g3, a4 g4, c4 d4, e4 f4, a4 c4, b4 e4, d4 g4, a4 b4, c4 f4, d4 e4,
        b4 c4, e4 g4, c4 d4, e4 f4, b4 c4, d4 e4, a5 g5, c5 d5, e5 f5, a5 c5, b5 e5, d5 g5, a5 b5, c5 f5,
        d5 e5, b5 c5, e5 g5, c5 d5, e5 f5, b5 c5, d5 e5, a6 g6, c6 d6, e6 f6, a6 c6, b6 e6, d6 g6, a6 b6,
        c6 f6, d6 e6, b6 c6, c6 d6, f0 d3, g0 c3, g1 e2, e0 g0, e2 e3, g2 e3, e1 b3, f0 d1, g2 f3, g0 a4,
        f1 b3, e2 a4, f2 a4, g2 a4, c3 a4, d3 a4, d1 b4, g1 b3, e2 b4, f2 b4, g2 b4, c3 b4, d3 b4, e1 c4,
        g2 c4, b3 c4, c3 c4, d3 c4, g1 d3, f1 c2, b3 d4, c3 d4, d2 c3, g1 c2, g1 d2, g1 e2, d3 e4, c2 a5,
        g2 a5, b3 a5, c3 a5, d3 a5, d2 b5, b3 b5, c3 b5, d3 b5, e2 c5, c3 c5, d3 c5, b3 c3, f2 g2, d3 d5,
        g2 a6, g2 b3, c3 a6, d3 a6, b3 b6, b3 c3, d3 b6, c3 c6, c3 d3, d3 c6
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn medians_are_those_of_sorted_squares() {
        let rng = Rng::new(8);
        for (width, height) in [(1, 1), (1, 4), (2, 3), (3, 2), (5, 1), (23, 9), (40, 6), (70, 5)] {
            let source: Vec<u8> = (0..width * height * 3).map(|i| (rng.at(i as u64) % 97) as u8).collect();
            for side in [3, 5, 7] {
                let found = medians(&source, width * 3, side);
                let around = |at: usize, step: usize, length: usize| {
                    (at + step).saturating_sub(side / 2).min(length - 1)
                };
                for (i, value) in found.iter().enumerate() {
                    let (x, y, channel) = (i / 3 % width, i / 3 / width, i % 3);
                    let mut square: Vec<u8> = (0..side * side)
                        .map(|k| (around(x, k % side, width), around(y, k / side, height)))
                        .map(|(x, y)| source[(y * width + x) * 3 + channel])
                        .collect();
                    square.sort_unstable();
                    assert_eq!(*value, square[side * side / 2], "{width} x {height}, {side}, {i}");
                }
            }
        }
    }
}
