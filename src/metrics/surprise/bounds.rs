//! Nearest vectors by lower bounds: distances along a few directions tell for most vectors that they are too far.
//!
//! An orthonormal basis and the length of what is left give a lower bound of the distance of two vectors. The vectors whose bound
//! is below the distance of a good candidate are few where the data lie close to a few directions, as features of networks do.

use std::ops::Range;

use crate::base::parallel::in_order;
use crate::base::rng::Rng;
use crate::base::simd::widened;
use crate::metrics::neighbors::{Vectors, nearest_within};
use crate::metrics::numerics::linear::{dot, squared_distance};

/// Directions; with the length of what is left they make the numbers of a short vector.
const DIRECTIONS: usize = SHORT - 1;
/// Numbers of a short vector.
const SHORT: usize = 64;
/// Short vectors that are compared at once.
const AT_ONCE: usize = 64;
/// Vectors whose nearest ones are looked for together.
const TOGETHER: usize = 16;
/// Vectors from which the directions are made.
const SAMPLE: usize = 96;
/// Shorter vectors are compared whole.
const SHORTEST: usize = 256;
/// Fewer vectors are compared whole.
const FEWEST: usize = 2000;
/// Part of the squared lengths that rounding may cost a bound.
const SLACK: f32 = 1e-5;
/// Part of the vectors, one over this, from which comparing all is quicker.
const MANY: usize = 16;

/// Several short vectors, number by number.
type Block = [[f32; AT_ONCE]; SHORT];

/// Vectors with lower bounds of their distances.
pub(super) struct Bounds<'a> {
    vectors: &'a Vectors,
    /// Along the directions, and the length of what is left: number by number of several vectors.
    short: Option<Vec<Block>>,
    /// Squared length of each.
    squares: Vec<f32>,
    /// The largest of them.
    largest: f32,
}

impl<'a> Bounds<'a> {
    /// Bounds of vectors; without them where they would not pay.
    pub(super) fn new(vectors: &'a Vectors) -> Self {
        let squares: Vec<f32> = (0..vectors.count()).map(|at| vectors.square(at)).collect();
        let worth = vectors.length() >= SHORTEST && vectors.count() >= FEWEST;
        let short = worth.then(|| shortened(vectors, &squares));
        let largest = squares.iter().copied().fold(0.0, f32::max);
        Self { vectors, short, squares, largest }
    }

    /// For each of the vectors in `asked` the nearest one in the ranges.
    pub(super) fn nearest(
        &self,
        ranges: &[Range<usize>],
        asked: &[usize],
        threads: usize,
    ) -> Vec<Option<usize>> {
        let mut found = vec![None; asked.len()];
        let mut left: Vec<usize> = (0..asked.len()).collect();
        if let Some(short) = &self.short {
            left.clear();
            let share = |number: usize| -> Vec<Option<usize>> {
                let own = &asked[number * TOGETHER..((number + 1) * TOGETHER).min(asked.len())];
                let query = |at: &usize| -> [f32; SHORT] {
                    std::array::from_fn(|number| short[at / AT_ONCE][number][at % AT_ONCE])
                };
                let queries: Vec<[f32; SHORT]> = own.iter().map(query).collect();
                let count = short.len() * AT_ONCE;
                let mut bounds = vec![0.0; count * own.len()];
                squared(&queries, short, &mut bounds);
                own.iter()
                    .zip(bounds.chunks_exact(count))
                    .map(|(at, own)| self.among(ranges, *at, own))
                    .collect()
            };
            let done = in_order(asked.len().div_ceil(TOGETHER), threads, share, |number, near| {
                for (at, near) in near.into_iter().enumerate() {
                    found[number * TOGETHER + at] = near;
                    if near.is_none() {
                        left.push(number * TOGETHER + at);
                    }
                }
                Ok::<(), std::convert::Infallible>(())
            });
            match done {
                Ok(()) => {}
            }
        }
        let places: Vec<usize> = left.iter().map(|at| asked[*at]).collect();
        let whole = nearest_within(self.vectors, ranges, &self.vectors.gathered(&places), 1, threads);
        for (at, near) in left.iter().zip(whole) {
            found[*at] = near.first().map(|near| near.at);
        }
        found
    }

    /// The nearest vector by its bounds; `None` where too many have to be compared.
    fn among(&self, ranges: &[Range<usize>], own: usize, bounds: &[f32]) -> Option<usize> {
        let inside = ranges.iter().flat_map(|range| &bounds[range.clone()]);
        let least = inside.copied().fold(f32::INFINITY, f32::min);
        let vector = self.vectors.at(own);
        let exact = |at: usize| squared_distance(vector, self.vectors.at(at));
        let first = within(ranges, bounds, least).next()?;
        let mut best = (exact(first), first);
        let slack = SLACK * (self.squares[own] + self.largest);
        let limit = best.0 as f32 + slack;
        let candidates: Vec<usize> = within(ranges, bounds, limit).collect();
        if candidates.len() > self.vectors.count() / MANY {
            return None;
        }
        for at in candidates {
            let distance = exact(at);
            if distance < best.0 || (distance <= best.0 && at < best.1) {
                best = (distance, at);
            }
        }
        Some(best.1)
    }
}

/// Positions in the ranges whose bounds are at most a limit.
fn within(ranges: &[Range<usize>], bounds: &[f32], limit: f32) -> impl Iterator<Item = usize> {
    ranges.iter().flat_map(move |range| {
        let own = bounds[range.clone()].iter().enumerate();
        own.filter(move |(_, bound)| **bound <= limit).map(move |(at, _)| range.start + at)
    })
}

widened! {
    /// Squared distances of short vectors to those of all blocks, those of the first one first.
    fn squared(queries: &[[f32; SHORT]], blocks: &[Block], out: &mut [f32]) {
        let count = blocks.len() * AT_ONCE;
        for (number, block) in blocks.iter().enumerate() {
            for (query, out) in queries.iter().zip(out.chunks_exact_mut(count)) {
                let mut sums = [0.0_f32; AT_ONCE];
                for (own, others) in query.iter().zip(block) {
                    for at in 0..AT_ONCE {
                        let away = own - others[at];
                        sums[at] = away.mul_add(away, sums[at]);
                    }
                }
                out[number * AT_ONCE..(number + 1) * AT_ONCE].copy_from_slice(&sums);
            }
        }
    }
}

/// The vectors along some directions, and the length of what is left of each.
fn shortened(vectors: &Vectors, squares: &[f32]) -> Vec<Block> {
    let axes = directions(vectors);
    let flat: Vec<f32> = axes.iter().flatten().map(|value| *value as f32).collect();
    let basis = Vectors::new(vectors.length(), &flat);
    let mut blocks = vec![[[0.0; AT_ONCE]; SHORT]; vectors.count().div_ceil(AT_ONCE)];
    let mut along = Vec::new();
    for first in (0..vectors.count()).step_by(4) {
        let four: Vec<usize> = (first..(first + 4).min(vectors.count())).collect();
        basis.products_with(vectors, &four, &mut along);
        for (at, own) in four.iter().zip(along.chunks_exact(axes.len().max(1))) {
            let (block, column) = (&mut blocks[at / AT_ONCE], at % AT_ONCE);
            block.iter_mut().zip(own).for_each(|(row, part)| row[column] = *part);
            let inside: f32 = own.iter().map(|part| part * part).sum();
            block[SHORT - 1][column] = (squares[*at] - inside).max(0.0).sqrt();
        }
    }
    blocks
}

/// Orthonormal directions along which a sample of the vectors lies.
fn directions(vectors: &Vectors) -> Vec<Vec<f64>> {
    let mut rng = Rng::new(0);
    let count = vectors.count() as u64;
    let sample: Vec<usize> = (0..SAMPLE).map(|_| (rng.bits() % count) as usize).collect();
    let mut axes: Vec<Vec<f64>> = Vec::with_capacity(DIRECTIONS);
    for _ in 0..DIRECTIONS {
        // A random mixture of the sample, mixed again by its products: strong directions become stronger.
        let mixed = |weights: &[f64]| {
            let mut sum = vec![0.0; vectors.length()];
            for (at, weight) in sample.iter().zip(weights) {
                sum.iter_mut()
                    .zip(vectors.at(*at))
                    .for_each(|(sum, value)| *sum += weight * f64::from(*value));
            }
            sum
        };
        let weights: Vec<f64> = sample.iter().map(|_| rng.unit() - 0.5).collect();
        let once = mixed(&weights);
        let products: Vec<f64> = sample
            .iter()
            .map(|at| vectors.at(*at).iter().zip(&once).map(|(value, once)| f64::from(*value) * once).sum())
            .collect();
        let mut axis = mixed(&products);
        let before = dot(&axis, &axis).sqrt();
        for _ in 0..2 {
            for other in &axes {
                let along = dot(&axis, other);
                axis.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
        }
        let norm = dot(&axis, &axis).sqrt();
        if norm > before * 1e-6 && norm > 0.0 {
            for value in &mut axis {
                *value /= norm;
            }
            axes.push(axis);
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups on a few directions, and without any.
    fn grouped(count: usize, directions: usize) -> Vectors {
        let mut rng = Rng::new(7);
        let ways: Vec<f64> = (0..directions * SHORTEST).map(|_| rng.unit() - 0.5).collect();
        let mut data = Vec::new();
        for _ in 0..count {
            let along: Vec<f64> = (0..directions).map(|_| rng.unit() - 0.5).collect();
            data.extend((0..SHORTEST).map(|at| {
                let sum: f64 =
                    along.iter().enumerate().map(|(way, part)| part * ways[way * SHORTEST + at]).sum();
                (sum + 0.01 * rng.unit()) as f32
            }));
        }
        Vectors::new(SHORTEST, &data)
    }

    #[test]
    fn bounds_find_the_same_as_comparing_all() {
        for directions in [5, 200] {
            let vectors = grouped(FEWEST, directions);
            let bounds = Bounds::new(&vectors);
            assert!(bounds.short.is_some());
            let ranges = [0..700, 1100..FEWEST];
            let asked = [800, 801, 900, 1000, 1099];
            let whole = nearest_within(&vectors, &ranges, &vectors.gathered(&asked), 1, 1);
            let expected: Vec<Option<usize>> = whole.iter().map(|near| Some(near[0].at)).collect();
            assert_eq!(bounds.nearest(&ranges, &asked, 1), expected);
        }
    }
}
