//! Exact nearest neighbors among many vectors, by Euclidean distance; and the trustworthiness of a map.
//!
//! Sums go over sixteen lanes with fused multiplication and addition, in one order, so that every machine gives the same.

use std::ops::Range;

use crate::base::parallel::in_order;
use crate::base::simd::widened;

/// Lanes of a sum.
const LANES: usize = 16;
/// Queries and points that are multiplied at once.
const QUERIES: usize = 4;
const POINTS: usize = 2;
/// Points that are visited before the next queries, so that they stay in the cache.
const BLOCK: usize = 128;
/// Queries that a thread takes at once.
const SHARE: usize = 128;
/// Number of extra candidates before the distances are computed exactly.
const SPARE: usize = 8;

/// Vectors of one length, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    count: usize,
    length: usize,
    /// Number of sixteen-lane steps per vector, padded with zeros.
    steps: usize,
    data: Vec<Lanes>,
    /// Squared length of each.
    squares: Vec<f32>,
}

/// A vector and its distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// Index of the vector.
    pub at: usize,
    /// Euclidean distance.
    pub distance: f32,
}

impl Vectors {
    /// Vectors of `length` numbers each; a remainder at the end is dropped.
    pub fn new(length: usize, data: &[f32]) -> Self {
        let length = length.max(1);
        let (count, steps) = (data.len() / length, length.div_ceil(LANES));
        let mut padded = vec![[0.0; LANES]; count * steps];
        for (to, from) in padded.chunks_exact_mut(steps).zip(data.chunks_exact(length)) {
            to.as_flattened_mut()[..length].copy_from_slice(from);
        }
        let mut squares = vec![0.0; count];
        for (square, own) in squares.iter_mut().zip(padded.chunks_exact(steps)) {
            let mut products = [0.0; QUERIES];
            dots([own; QUERIES], own, steps, &mut products);
            *square = products[0];
        }
        Self { count, length, steps, data: padded, squares }
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Length of each vector.
    pub fn length(&self) -> usize {
        self.length
    }

    /// One vector, without padding.
    pub fn at(&self, at: usize) -> &[f32] {
        &self.padded(at).as_flattened()[..self.length]
    }

    /// Some of the vectors, in this order.
    pub fn gathered(&self, places: &[usize]) -> Self {
        let mut data = Vec::with_capacity(places.len() * self.steps);
        for at in places {
            data.extend_from_slice(self.padded(*at));
        }
        let squares = places.iter().map(|at| self.squares[*at]).collect();
        Self { count: places.len(), length: self.length, steps: self.steps, data, squares }
    }

    /// Squared length of one vector.
    pub fn square(&self, at: usize) -> f32 {
        self.squares[at]
    }

    /// Scalar products of up to four vectors of `other` with all of these, those of the first one first.
    pub fn products_with(&self, other: &Self, asked: &[usize], out: &mut Vec<f32>) {
        out.resize(QUERIES * self.count, 0.0);
        if let Some(last) = asked.len().checked_sub(1).filter(|_| self.count > 0) {
            let four: [usize; QUERIES] = std::array::from_fn(|i| asked[i.min(last)]);
            dots(four.map(|at| other.padded(at)), &self.data, self.steps, out);
        }
    }

    fn padded(&self, at: usize) -> &[Lanes] {
        &self.data[at * self.steps..(at + 1) * self.steps]
    }

    /// Scalar products of each vector with each, row by row: the basis of a covariance.
    pub fn products(&self) -> Vec<f32> {
        let mut all = vec![0.0; self.count * self.count];
        let mut out = vec![0.0; QUERIES * self.count];
        for first in (0..self.count).step_by(QUERIES) {
            let asked: [usize; QUERIES] = std::array::from_fn(|i| (first + i).min(self.count - 1));
            dots(asked.map(|at| self.padded(at)), &self.data, self.steps, &mut out);
            for (at, row) in asked.iter().zip(out.chunks_exact(self.count)) {
                all[at * self.count..(at + 1) * self.count].copy_from_slice(row);
            }
        }
        all
    }
}

/// Euclidean distance, computed from the differences.
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane = (a - b).mul_add(a - b, *lane);
        }
    }
    sum(&lanes).sqrt()
}

/// The lanes together, always in the same order.
#[inline]
fn sum(lanes: &[f32; LANES]) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|i| lanes[i] + lanes[i + 8]);
    let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

widened! {
    /// Scalar products of four queries with each of the points; `out` holds those of the first query first. A vector
    /// is a number of steps of sixteen lanes.
    fn dots(queries: [&[Lanes]; QUERIES], points: &[Lanes], steps: usize, out: &mut [f32]) {
        let count = points.len() / steps;
        for at in (0..count).step_by(POINTS) {
            // The last point may be single; it is multiplied twice.
            let places = [at, (at + 1).min(count - 1)];
            let [x, y] = places.map(|place| &points[place * steps..(place + 1) * steps]);
            let sums = sums(&products(queries, x, y));
            for (number, sum) in sums.iter().enumerate() {
                out[(number / POINTS) * count + places[number % POINTS]] = *sum;
            }
        }
    }
}

type Lanes = [f32; LANES];

/// A separate function, so that the compiler does not sum the products two by two.
#[inline(never)]
fn sums(lanes: &[Lanes; QUERIES * POINTS]) -> [f32; QUERIES * POINTS] {
    lanes.map(|lanes| sum(&lanes))
}

/// Four queries times two points, lane by lane. Written out, so that all eight sums stay in registers.
#[expect(clippy::inline_always, reason = "it is compiled again for wider vectors where it is used")]
#[inline(always)]
fn products(queries: [&[Lanes]; QUERIES], x: &[Lanes], y: &[Lanes]) -> [Lanes; QUERIES * POINTS] {
    let steps = x.len();
    let [a, b, c, d] = queries.map(|query| &query[..steps]);
    let y = &y[..steps];
    let mut sums = [[0.0; LANES]; QUERIES * POINTS];
    for step in 0..steps {
        add(&mut sums[0], &a[step], &x[step]);
        add(&mut sums[1], &a[step], &y[step]);
        add(&mut sums[2], &b[step], &x[step]);
        add(&mut sums[3], &b[step], &y[step]);
        add(&mut sums[4], &c[step], &x[step]);
        add(&mut sums[5], &c[step], &y[step]);
        add(&mut sums[6], &d[step], &x[step]);
        add(&mut sums[7], &d[step], &y[step]);
    }
    sums
}

#[expect(clippy::inline_always, reason = "it is compiled again for wider vectors where it is used")]
#[inline(always)]
fn add(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    for i in 0..LANES {
        sum[i] = a[i].mul_add(b[i], sum[i]);
    }
}

/// The nearest found so far, nearest first.
#[derive(Clone, Default)]
struct Nearest {
    found: Vec<(f32, u32)>,
}

impl Nearest {
    fn offer(&mut self, square: f32, at: u32, most: usize) {
        if self.found.len() == most && self.found.last().is_some_and(|(worst, _)| square >= *worst) {
            return;
        }
        let place = self.found.partition_point(|(other, _)| *other <= square);
        self.found.insert(place, (square, at));
        self.found.truncate(most);
    }
}

/// The `wanted` nearest points of each query, nearest first; of equals the first. Blocks.
pub fn nearest(points: &Vectors, queries: &Vectors, wanted: usize, threads: usize) -> Vec<Vec<Neighbor>> {
    nearest_within(points, std::slice::from_ref(&(0..points.count)), queries, wanted, threads)
}

/// The `wanted` nearest of the points in these ranges of positions.
pub fn nearest_within(
    points: &Vectors,
    ranges: &[Range<usize>],
    queries: &Vectors,
    wanted: usize,
    threads: usize,
) -> Vec<Vec<Neighbor>> {
    let wanted = wanted.min(ranges.iter().map(ExactSizeIterator::len).sum());
    if points.length != queries.length || wanted == 0 {
        return vec![Vec::new(); queries.count];
    }
    let mut all = Vec::with_capacity(queries.count);
    let shares = queries.count.div_ceil(SHARE);
    let work = |share: usize| {
        let from = share * SHARE;
        search((points, ranges), queries, from..(from + SHARE).min(queries.count), wanted)
    };
    let taken = in_order(shares, threads, work, |_, found| {
        all.extend(found);
        Ok::<(), std::convert::Infallible>(())
    });
    match taken {
        Ok(()) => all,
    }
}

fn search(
    (points, ranges): (&Vectors, &[Range<usize>]),
    queries: &Vectors,
    part: Range<usize>,
    wanted: usize,
) -> Vec<Vec<Neighbor>> {
    let most = wanted + SPARE;
    let mut best = vec![Nearest::default(); part.len()];
    let mut out = vec![0.0; QUERIES * BLOCK];
    let blocks = ranges
        .iter()
        .flat_map(|range| range.clone().step_by(BLOCK).map(|block| (block, BLOCK.min(range.end - block))));
    for (block, count) in blocks {
        let rows = &points.data[block * points.steps..(block + count) * points.steps];
        let squares = &points.squares[block..block + count];
        for first in part.clone().step_by(QUERIES) {
            // An incomplete group of four is filled with its last query.
            let asked: [usize; QUERIES] = std::array::from_fn(|i| (first + i).min(part.end - 1));
            dots(asked.map(|at| queries.padded(at)), rows, points.steps, &mut out);
            for (i, at) in asked.iter().enumerate().take(part.end - first) {
                let (own, best) = (queries.squares[*at], &mut best[at - part.start]);
                let products = &out[i * count..(i + 1) * count];
                for (place, (dot, square)) in products.iter().zip(squares).enumerate() {
                    let far = (own + square) - 2.0 * dot;
                    best.offer(far, (block + place) as u32, most);
                }
            }
        }
    }
    let exact = |(at, best): (usize, Nearest)| {
        let query = queries.at(at);
        let mut found: Vec<Neighbor> = best
            .found
            .into_iter()
            .map(|(_, at)| Neighbor { at: at as usize, distance: distance(points.at(at as usize), query) })
            .collect();
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.at.cmp(&b.at)));
        found.truncate(wanted);
        found
    };
    part.zip(best).map(exact).collect()
}

/// Trustworthiness of a map, 0 to 1: Venna, Kaski, "Neighborhood preservation in nonlinear
/// projection methods", ICANN 2001.
pub fn trustworthiness(vectors: &Vectors, map: &Vectors, wanted: usize, threads: usize) -> f64 {
    let (n, k) = (vectors.count as f64, wanted as f64);
    // The nearest one is the vector itself.
    let near = nearest(map, map, wanted + 1, threads);
    let ranked = nearest(vectors, vectors, vectors.count, threads);
    let mut penalty = 0.0;
    for (at, (near, ranked)) in near.iter().zip(&ranked).enumerate() {
        let mut rank = vec![0_usize; vectors.count];
        for (place, one) in ranked.iter().filter(|one| one.at != at).enumerate() {
            rank[one.at] = place + 1;
        }
        for one in near.iter().filter(|one| one.at != at).take(wanted) {
            penalty += rank[one.at].saturating_sub(wanted) as f64;
        }
    }
    1.0 - penalty * 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    fn random(count: usize, length: usize, seed: u64) -> Vectors {
        let mut rng = Rng::new(seed);
        let data: Vec<f32> = (0..count * length).map(|_| rng.unit() as f32 - 0.5).collect();
        Vectors::new(length, &data)
    }

    #[test]
    fn the_nearest_are_those_of_a_search_through_all() {
        for (count, asked, length) in [(1, 1, 1), (7, 3, 2), (300, 37, 19), (500, 130, 64)] {
            let (points, queries) = (random(count, length, 1), random(asked, length, 2));
            let found = nearest(&points, &queries, 5, 1);
            assert_eq!(found, nearest(&points, &queries, 5, 3), "on every number of threads");
            for (at, found) in found.iter().enumerate() {
                let mut all: Vec<(f32, usize)> =
                    (0..count).map(|i| (distance(points.at(i), queries.at(at)), i)).collect();
                all.sort_by(|a, b| a.partial_cmp(b).unwrap());
                let expected: Vec<usize> = all.iter().take(5).map(|(_, at)| *at).collect();
                assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), expected);
            }
        }
        assert_eq!(nearest(&random(5, 3, 1), &random(2, 4, 1), 3, 1), [Vec::new(), Vec::new()]);
    }

    #[test]
    fn a_map_that_keeps_all_neighbors_is_trustworthy() {
        let vectors = random(60, 2, 3);
        assert!((trustworthiness(&vectors, &vectors, 5, 1) - 1.0).abs() < 1e-12);
        let mixed = random(60, 2, 4);
        assert!(trustworthiness(&vectors, &mixed, 5, 1) < 0.7);
    }
}
