//! UMAP projection: `McInnes`, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection for
//! Dimension Reduction", 2018 (arXiv 1802.03426).
//!
//! Begins with the principal components instead of the spectral layout. One thread moves the points, so that the same seed
//! gives the same map everywhere.

use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::base::simd::widened;
use crate::metrics::neighbors::{Neighbor, Vectors, nearest};
use crate::metrics::projection::power::power;
use crate::metrics::projection::principal;

/// Parameters of the projection; the defaults are those of the authors' program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Number of neighbors, the point itself among them.
    pub neighbors: usize,
    /// Number of epochs; by default 500 for up to 10,000 points and 200 for more.
    pub rounds: Option<usize>,
    /// Random seed.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbors: 15, rounds: None, seed: 0 }
    }
}

/// Number of negative samples for each attracted pair.
const PUSHED: u64 = 5;
/// Similarity curve 1 / (1 + a d^2b) for a minimum distance of 0.1 and a spread of 1.
const A: f32 = 1.576_943_5;
const B: f32 = 0.895_060_9;
/// Maximum step of a coordinate.
const FAR: f32 = 4.0;
/// Half of the width of the first layout.
const WIDTH: f32 = 10.0;

/// One pair of neighbors with its weight.
struct Edge {
    from: u32,
    to: u32,
    weight: f32,
}

/// The map: a point for each vector. Blocks.
pub fn umap(
    vectors: &Vectors,
    settings: Settings,
    threads: usize,
    progress: &Progress,
) -> Result<Vec<[f32; 2]>, Cancelled> {
    let count = vectors.count();
    let neighbors = settings.neighbors.clamp(2, count.max(2));
    let (mut map, _) = principal(vectors, progress)?;
    if count < 3 {
        return Ok(map);
    }
    let near = nearest(vectors, vectors, neighbors, threads);
    progress.check()?;
    let edges = edges(&near, neighbors);
    // Scaled to the usual width, with a little noise so that equal vectors can separate.
    let widest = map.iter().flatten().map(|value| value.abs()).fold(f32::MIN_POSITIVE, f32::max);
    let mut rng = Rng::split(settings.seed, 0);
    for value in map.iter_mut().flatten() {
        *value = *value / widest * WIDTH + (rng.unit() as f32 - 0.5) * 2e-4;
    }
    let rounds = settings.rounds.unwrap_or(if count <= 10_000 { 500 } else { 200 });
    progress.begin(rounds as u64);
    settle(&mut map, &edges, rounds, settings.seed, progress)?;
    Ok(map)
}

/// Weights of each vector and its neighbors, in both directions.
fn edges(near: &[Vec<Neighbor>], neighbors: usize) -> Vec<Edge> {
    let mut directed: Vec<(u32, u32, f32)> = Vec::with_capacity(near.len() * neighbors);
    let all = near.iter().flatten();
    let mean = all.clone().map(|one| f64::from(one.distance)).sum::<f64>() / all.count().max(1) as f64;
    for (at, near) in near.iter().enumerate() {
        let distances: Vec<f64> = near.iter().map(|one| f64::from(one.distance)).collect();
        let (closest, scale) = smooth(&distances, neighbors, mean);
        for one in near.iter().filter(|one| one.at != at) {
            let beyond = f64::from(one.distance) - closest;
            let weight = if beyond <= 0.0 || scale <= 0.0 { 1.0 } else { libm::exp(-beyond / scale) };
            directed.push((at as u32, one.at as u32, weight as f32));
        }
    }
    // w + w' - w w' for both directions of a pair.
    let mut both: Vec<(u32, u32, f32, f32)> = directed
        .into_iter()
        .map(|(from, to, weight)| if from < to { (from, to, weight, 0.0) } else { (to, from, 0.0, weight) })
        .collect();
    both.sort_unstable_by_key(|(from, to, ..)| (*from, *to));
    let mut edges: Vec<Edge> = Vec::with_capacity(both.len() * 2);
    for pair in both.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let there = pair.iter().map(|one| one.2).fold(0.0, f32::max);
        let back = pair.iter().map(|one| one.3).fold(0.0, f32::max);
        let weight = there + back - there * back;
        edges.push(Edge { from: pair[0].0, to: pair[0].1, weight });
        edges.push(Edge { from: pair[0].1, to: pair[0].0, weight });
    }
    edges.sort_unstable_by_key(|edge| (edge.from, edge.to));
    edges
}

/// Distance of the closest other vector, and the scale at which the weights of all neighbors add up to log2 of their number.
fn smooth(distances: &[f64], neighbors: usize, mean_of_all: f64) -> (f64, f64) {
    let target = libm::log2(neighbors as f64);
    let closest = distances.iter().copied().find(|distance| *distance > 0.0).unwrap_or(0.0);
    let (mut low, mut high, mut scale) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..64 {
        let weigh = |distance: &f64| {
            let beyond = distance - closest;
            if beyond > 0.0 { libm::exp(-beyond / scale) } else { 1.0 }
        };
        let sum: f64 = distances.iter().skip(1).map(weigh).sum();
        if (sum - target).abs() < 1e-5 {
            break;
        }
        if sum > target {
            high = scale;
            scale = f64::midpoint(low, high);
        } else {
            low = scale;
            scale = if high.is_infinite() { scale * 2.0 } else { f64::midpoint(low, high) };
        }
    }
    let mean = distances.iter().sum::<f64>() / distances.len().max(1) as f64;
    let least = 1e-3 * if closest > 0.0 { mean } else { mean_of_all };
    (closest, scale.max(least))
}

/// Attracts pairs and repels others, pairs with higher weights more often.
fn settle(
    map: &mut [[f32; 2]],
    edges: &[Edge],
    rounds: usize,
    seed: u64,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let heaviest = edges.iter().map(|edge| edge.weight).fold(f32::MIN_POSITIVE, f32::max);
    // Pairs that would not be drawn once in all epochs are left out.
    let drawn: Vec<&Edge> = edges.iter().filter(|edge| edge.weight * rounds as f32 >= heaviest).collect();
    let every: Vec<f32> = drawn.iter().map(|edge| heaviest / edge.weight).collect();
    let mut next = every.clone();
    let mut rng = Rng::split(seed, 1);
    for number in 0..rounds {
        progress.step()?;
        round(map, &drawn, &every, &mut next, &mut rng, (number, rounds));
    }
    Ok(())
}

widened! {
    /// One epoch: the pairs that are due.
    fn round(
        map: &mut [[f32; 2]],
        drawn: &[&Edge],
        every: &[f32],
        next: &mut [f32],
        rng: &mut Rng,
        number: (usize, usize),
    ) {
        let (now, step) = (number.0 as f32, 1.0 - number.0 as f32 / number.1 as f32);
        let count = map.len() as u64;
        for ((edge, every), next) in drawn.iter().zip(every).zip(next) {
            if *next > now {
                continue;
            }
            let (from, to) = (edge.from as usize, edge.to as usize);
            let (mut own, mut other) = (map[from], map[to]);
            let square = apart(own, other);
            if square > 0.0 {
                let raised = A * power(square, B);
                let pull = -2.0 * B * raised / (square * (raised + 1.0));
                for axis in 0..2 {
                    let by = (pull * (own[axis] - other[axis])).clamp(-FAR, FAR) * step;
                    own[axis] += by;
                    other[axis] -= by;
                }
                map[to] = other;
            }
            for _ in 0..PUSHED {
                // The upper half of the product is a number below the count.
                let far = ((u128::from(rng.bits()) * u128::from(count)) >> 64) as usize;
                if far == from {
                    continue;
                }
                let other = map[far];
                let square = apart(own, other);
                if square > 0.0 {
                    let push = 2.0 * B / ((0.001 + square) * (A * power(square, B) + 1.0));
                    for axis in 0..2 {
                        own[axis] += (push * (own[axis] - other[axis])).clamp(-FAR, FAR) * step;
                    }
                }
            }
            map[from] = own;
            *next += every;
        }
    }
}

#[expect(clippy::inline_always, reason = "it is compiled again for wider vectors where it is used")]
#[inline(always)]
fn apart(a: [f32; 2], b: [f32; 2]) -> f32 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    x.mul_add(x, y * y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::neighbors::trustworthiness;

    /// Five groups in twenty dimensions.
    fn groups(each: usize) -> Vectors {
        let mut rng = Rng::new(9);
        let mut data = Vec::new();
        for group in 0..5 {
            for _ in 0..each {
                data.extend((0..20).map(|axis| {
                    let middle = if axis % 5 == group { 3.0 } else { 0.0 };
                    middle + rng.unit() as f32 - 0.5
                }));
            }
        }
        Vectors::new(20, &data)
    }

    #[test]
    fn groups_stay_groups_and_the_map_is_the_same_every_time() {
        let vectors = groups(40);
        let make = |threads| umap(&vectors, Settings::default(), threads, &Progress::default()).unwrap();
        let map = make(1);
        assert_eq!(map, make(3), "on every number of threads");
        let flat = Vectors::new(2, map.as_flattened());
        for (at, near) in nearest(&flat, &flat, 6, 1).iter().enumerate() {
            assert!(near.iter().all(|one| one.at / 40 == at / 40), "{at} lies among another group");
        }
        assert!(trustworthiness(&vectors, &flat, 10, 1) > 0.9);
    }

    #[test]
    fn few_or_equal_vectors_are_no_trouble() {
        let map = |count: usize| {
            let vectors = Vectors::new(3, &vec![1.0; count * 3]);
            umap(&vectors, Settings::default(), 1, &Progress::default()).unwrap()
        };
        for count in [0, 1, 2, 3, 30] {
            let map = map(count);
            assert!(map.len() == count && map.iter().flatten().all(|value| value.is_finite()), "{map:?}");
        }
    }
}
