//! Exact nearest neighbors among many vectors, by Euclidean distance; and what follows from them: surprise, trustworthiness.
//!
//! Sums go over sixteen lanes with fused multiplication and addition, in one order, so that every machine finds the same.

use crate::base::parallel::in_order;
use crate::base::simd::widened;

/// Lanes of a sum.
const LANES: usize = 16;
/// Queries and points that are multiplied at once.
const QUERIES: usize = 4;
const POINTS: usize = 2;
/// Points that are gone through before the next queries, so that they stay in the cache.
const BLOCK: usize = 128;
/// Queries that a thread takes at once.
const SHARE: usize = 128;
/// How many more candidates are kept than asked for, before the distances are computed exactly.
const SPARE: usize = 8;

/// Vectors of one length, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    count: usize,
    length: usize,
    /// Length with the zeros behind each vector.
    stride: usize,
    data: Vec<f32>,
    /// Squared length of each.
    squares: Vec<f32>,
}

/// A vector and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// Position among the vectors.
    pub at: usize,
    /// Euclidean distance.
    pub distance: f32,
}

impl Vectors {
    /// Vectors of `length` numbers each; what is left over at the end is dropped.
    pub fn new(length: usize, data: &[f32]) -> Self {
        let length = length.max(1);
        let (count, stride) = (data.len() / length, length.next_multiple_of(LANES));
        let mut padded = vec![0.0; count * stride];
        for (to, from) in padded.chunks_exact_mut(stride).zip(data.chunks_exact(length)) {
            to[..length].copy_from_slice(from);
        }
        let mut squares = vec![0.0; count];
        for (square, own) in squares.iter_mut().zip(padded.chunks_exact(stride)) {
            let mut dots = [0.0; POINTS];
            multiply([own; QUERIES], &[own, own].concat(), stride, &mut dots);
            *square = dots[0];
        }
        Self { count, length, stride, data: padded, squares }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Numbers of each.
    pub fn length(&self) -> usize {
        self.length
    }

    /// One of them, without the zeros behind it.
    pub fn at(&self, at: usize) -> &[f32] {
        &self.data[at * self.stride..at * self.stride + self.length]
    }

    fn padded(&self, at: usize) -> &[f32] {
        &self.data[at * self.stride..(at + 1) * self.stride]
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
#[inline(always)]
fn sum(lanes: &[f32; LANES]) -> f32 {
    let mut half = *lanes;
    let mut count = LANES / 2;
    while count > 0 {
        for i in 0..count {
            half[i] += half[i + count];
        }
        count /= 2;
    }
    half[0]
}

widened! {
    /// Scalar products of four queries with each of the points; `out` holds those of the first query first.
    fn dots(queries: [&[f32]; QUERIES], points: &[f32], stride: usize, out: &mut [f32]) {
        multiply(queries, points, stride, out);
    }
}

#[inline(always)]
fn multiply(queries: [&[f32]; QUERIES], points: &[f32], stride: usize, out: &mut [f32]) {
    let count = points.len() / stride;
    let mut at = 0;
    while at < count {
        // The last one may stand alone; it is multiplied twice.
        let places = [at, (at + 1).min(count - 1)];
        let pair = places.map(|place| &points[place * stride..(place + 1) * stride]);
        let mut lanes = [[[0.0_f32; LANES]; POINTS]; QUERIES];
        let steps = stride / LANES;
        for step in 0..steps {
            let from = step * LANES;
            for (lanes, query) in lanes.iter_mut().zip(queries) {
                let query = &query[from..from + LANES];
                for (lanes, point) in lanes.iter_mut().zip(pair) {
                    let point = &point[from..from + LANES];
                    for i in 0..LANES {
                        lanes[i] = query[i].mul_add(point[i], lanes[i]);
                    }
                }
            }
        }
        for (number, lanes) in lanes.iter().enumerate() {
            for (place, lanes) in places.iter().zip(lanes) {
                if let Some(out) = out.get_mut(number * count + place) {
                    *out = sum(lanes);
                }
            }
        }
        at += POINTS;
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
    let wanted = wanted.min(points.count);
    if points.length != queries.length || wanted == 0 {
        return vec![Vec::new(); queries.count];
    }
    let mut all = Vec::with_capacity(queries.count);
    let shares = queries.count.div_ceil(SHARE);
    let work = |share: usize| {
        let from = share * SHARE;
        search(points, queries, from..(from + SHARE).min(queries.count), wanted)
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
    points: &Vectors,
    queries: &Vectors,
    part: std::ops::Range<usize>,
    wanted: usize,
) -> Vec<Vec<Neighbor>> {
    let most = wanted + SPARE;
    let mut best = vec![Nearest::default(); part.len()];
    let mut out = vec![0.0; QUERIES * BLOCK];
    for block in (0..points.count).step_by(BLOCK) {
        let count = BLOCK.min(points.count - block);
        let rows = &points.data[block * points.stride..(block + count) * points.stride];
        let squares = &points.squares[block..block + count];
        for first in part.clone().step_by(QUERIES) {
            // A quarter that is not full is filled with its last query.
            let asked: [usize; QUERIES] = std::array::from_fn(|i| (first + i).min(part.end - 1));
            dots(asked.map(|at| queries.padded(at)), rows, points.stride, &mut out);
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

/// How unlike the known ones of its class each vector is: Kim, Feldt, Yoo, "Guiding Deep Learning System Testing Using Surprise
/// Adequacy", ICSE 2019 (distance-based).
///
/// The distance to the nearest known vector of the same class, divided by the distance from that one to the nearest of any
/// other class. `classes` and `own` number the classes of `known` and `asked`; none where there is nothing to compare with.
pub fn surprise(
    known: &Vectors,
    classes: &[usize],
    asked: &Vectors,
    own: &[usize],
    threads: usize,
) -> Vec<Option<f32>> {
    let part = |wanted: &dyn Fn(usize) -> bool| -> (Vec<usize>, Vectors) {
        let places: Vec<usize> = (0..known.count).filter(|at| wanted(classes[*at])).collect();
        let data: Vec<f32> = places.iter().flat_map(|at| known.at(*at).iter().copied()).collect();
        (places, Vectors::new(known.length, &data))
    };
    let mut found = vec![None; asked.count];
    let mut there: Vec<usize> = own.to_vec();
    there.sort_unstable();
    there.dedup();
    for class in there {
        let (places, same) = part(&|other| other == class);
        let (_, others) = part(&|other| other != class);
        let rows: Vec<usize> = (0..asked.count).filter(|at| own[*at] == class).collect();
        let data: Vec<f32> = rows.iter().flat_map(|at| asked.at(*at).iter().copied()).collect();
        let near = nearest(&same, &Vectors::new(asked.length, &data), 1, threads);
        let nearest_known: Vec<f32> = near
            .iter()
            .filter_map(|near| near.first())
            .flat_map(|near| known.at(places[near.at]).iter().copied())
            .collect();
        let across = nearest(&others, &Vectors::new(known.length, &nearest_known), 1, threads);
        for ((row, near), across) in rows.iter().zip(&near).zip(&across) {
            if let (Some(near), Some(across)) = (near.first(), across.first()) {
                found[*row] = (across.distance > 0.0).then(|| near.distance / across.distance);
            }
        }
    }
    found
}

/// How far the neighbors of a map are neighbors of the vectors, 0 to 1: Venna, Kaski, "Neighborhood preservation in nonlinear
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
    fn surprise_is_the_ratio_of_both_distances() {
        let known = Vectors::new(1, &[0.0, 1.0, 10.0, 14.0]);
        let asked = Vectors::new(1, &[3.0, 12.0]);
        let found = surprise(&known, &[0, 0, 1, 1], &asked, &[0, 1], 1);
        // From 3 to 1 is 2, from 1 to 10 is 9; from 12 to 10 is 2, from 10 to 1 is 9.
        assert_eq!(found, [Some(2.0 / 9.0), Some(2.0 / 9.0)]);
        assert_eq!(surprise(&known, &[0; 4], &asked, &[0, 0], 1), [None, None], "nothing of another class");
    }

    #[test]
    fn a_map_that_keeps_all_neighbors_is_trustworthy() {
        let vectors = random(60, 2, 3);
        assert!((trustworthiness(&vectors, &vectors, 5, 1) - 1.0).abs() < 1e-12);
        let mixed = random(60, 2, 4);
        assert!(trustworthiness(&vectors, &mixed, 5, 1) < 0.7);
    }
}
