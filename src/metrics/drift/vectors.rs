//! Drift of vectors: maximum mean discrepancy, energy distance, and the Frechet distance of Gaussians.
//!
//! P-values come from permutations of the labels of the two samples, whole blocks at a time where neighbors depend on each other.

use crate::base::rng::Rng;
use crate::base::simd::widened;

mod eigen;

use eigen::eigen;

/// Vectors of one length, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Numbers of all vectors.
    pub data: &'a [f64],
    /// Numbers of a vector.
    pub length: usize,
}

impl<'a> Sample<'a> {
    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.data.len().checked_div(self.length).unwrap_or(0)
    }

    fn rows(&self) -> std::slice::ChunksExact<'a, f64> {
        self.data.chunks_exact(self.length.max(1))
    }
}

/// Statistics of two samples of vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoSample {
    /// The statistic.
    pub statistic: f64,
    /// (1 + permutations at least as large) / (1 + permutations); not a number where the statistic is none.
    pub p_value: f64,
    /// Permutations that are at least as large.
    pub as_large: usize,
}

/// Permutations that are computed in one pass over the matrix.
const TOGETHER: usize = 16;

/// Squared distances of all pairs of both samples.
#[derive(Debug)]
pub struct Distances {
    squared: Vec<f64>,
    first: usize,
    count: usize,
}

impl Distances {
    /// The distances of two samples of one length; `None` with fewer than two vectors in one of them.
    pub fn new(a: Sample<'_>, b: Sample<'_>) -> Option<Self> {
        if a.length != b.length || a.length == 0 || a.count() < 2 || b.count() < 2 {
            return None;
        }
        let rows: Vec<&[f64]> = a.rows().chain(b.rows()).collect();
        let count = rows.len();
        let mut squared = vec![0.0; count * count];
        let mut row = vec![0.0; count];
        for (i, x) in rows.iter().enumerate() {
            distances(&mut row[i + 1..], x, &rows[i + 1..]);
            for j in i + 1..count {
                squared[i * count + j] = row[j];
                squared[j * count + i] = row[j];
            }
        }
        Some(Self { squared, first: a.count(), count })
    }

    /// The median of the squared distances of all pairs, the width of the kernel.
    pub fn median(&self) -> f64 {
        let mut pairs: Vec<f64> = (0..self.count)
            .flat_map(|i| self.squared[i * self.count + i + 1..(i + 1) * self.count].iter().copied())
            .collect();
        let middle = pairs.len() / 2;
        let (below, upper, _) = pairs.select_nth_unstable_by(middle, f64::total_cmp);
        // Between two where there is an even number of pairs.
        if (self.count * (self.count - 1) / 2).is_multiple_of(2) {
            let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            f64::midpoint(lower, *upper)
        } else {
            *upper
        }
    }

    /// Unbiased estimate of the squared maximum mean discrepancy with the kernel exp(-d² / width) (Gretton et al., JMLR 2012).
    /// A width of zero, of vectors that are all the same, is no drift.
    pub fn discrepancy(&self, width: f64, permutations: &Permutations) -> TwoSample {
        let kernel: Vec<f64> = if width > 0.0 {
            self.squared.iter().map(|squared| libm::exp(-squared / width)).collect()
        } else {
            vec![1.0; self.squared.len()]
        };
        self.compared(&kernel, permutations, |sums| {
            let [n, m] = [sums.n, sums.m];
            // The diagonal is one.
            (sums.xx - n) / (n * (n - 1.0)) + (sums.yy - m) / (m * (m - 1.0)) - 2.0 * sums.xy / (n * m)
        })
    }

    /// Energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Székely and Rizzo, 2004).
    pub fn energy(&self, permutations: &Permutations) -> TwoSample {
        let distances: Vec<f64> = self.squared.iter().map(|squared| squared.sqrt()).collect();
        self.compared(&distances, permutations, |sums| {
            let [n, m] = [sums.n, sums.m];
            2.0 * sums.xy / (n * m) - sums.xx / (n * n) - sums.yy / (m * m)
        })
    }

    fn compared(
        &self,
        matrix: &[f64],
        permutations: &Permutations,
        statistic: impl Fn(&Sums) -> f64,
    ) -> TwoSample {
        let rows: Vec<f64> = matrix.chunks_exact(self.count).map(|row| row.iter().sum()).collect();
        let total: f64 = rows.iter().sum();
        let own: Vec<f64> = (0..self.count).map(|at| f64::from(u8::from(at < self.first))).collect();
        let of = |chosen: &[f64], xx: f64| {
            let n: f64 = chosen.iter().sum();
            let row: f64 = chosen.iter().zip(&rows).map(|(chosen, row)| chosen * row).sum();
            let sums = Sums { n, m: self.count as f64 - n, xx, xy: row - xx, yy: total - 2.0 * row + xx };
            statistic(&sums)
        };
        let observed = of(&own, quadratic(matrix, std::slice::from_ref(&own), self.count)[0]);
        if !observed.is_finite() {
            // Distances that overflow tell nothing apart.
            return TwoSample { statistic: f64::NAN, p_value: f64::NAN, as_large: 0 };
        }
        let mut as_large = 0;
        for from in (0..permutations.count).step_by(TOGETHER) {
            let until = (from + TOGETHER).min(permutations.count);
            let all: Vec<Vec<f64>> =
                (from..until).map(|at| permutations.draw(at, self.first, self.count)).collect();
            let forms = quadratic(matrix, &all, self.count);
            as_large += all.iter().zip(&forms).filter(|(chosen, xx)| of(chosen, **xx) >= observed).count();
        }
        let p_value = (as_large + 1) as f64 / (permutations.count + 1) as f64;
        TwoSample { statistic: observed, p_value, as_large }
    }
}

/// Sums over pairs within and between two samples.
struct Sums {
    n: f64,
    m: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

/// x' M x for each of several vectors of zeros and ones.
fn quadratic(matrix: &[f64], all: &[Vec<f64>], count: usize) -> Vec<f64> {
    // One number of each vector beside the other, so that a row of the matrix is read once.
    let mut beside = vec![[0.0; TOGETHER]; count];
    for (at, chosen) in all.iter().enumerate().take(TOGETHER) {
        beside.iter_mut().zip(chosen).for_each(|(row, value)| row[at] = *value);
    }
    let mut sums = [0.0; TOGETHER];
    add_forms(&mut sums, matrix, &beside);
    sums.get(..all.len()).unwrap_or_default().to_vec()
}

widened! {
    fn add_forms(sums: &mut [f64; TOGETHER], matrix: &[f64], beside: &[[f64; TOGETHER]]) {
        for (row, own) in matrix.chunks_exact(beside.len()).zip(beside) {
            let mut products = [0.0; TOGETHER];
            for (value, chosen) in row.iter().zip(beside) {
                for (product, chosen) in products.iter_mut().zip(chosen) {
                    *product += value * chosen;
                }
            }
            for ((sum, product), own) in sums.iter_mut().zip(&products).zip(own) {
                *sum += product * own;
            }
        }
    }
}

widened! {
    fn distances(target: &mut [f64], x: &[f64], rows: &[&[f64]]) {
        for (target, y) in target.iter_mut().zip(rows) {
            *target = distance(x, y);
        }
    }
}

#[inline]
fn distance(x: &[f64], y: &[f64]) -> f64 {
    // Several sums, so that they need not wait for each other.
    let mut sums = [0.0; 16];
    let (a, b) = (x.chunks_exact(16), y.chunks_exact(16));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| (x - y) * (x - y)).sum();
    for (x, y) in a.zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += (x - y) * (x - y);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Permutations of the labels of two samples.
#[derive(Clone, Copy, Debug)]
pub struct Permutations {
    /// Their number.
    pub count: usize,
    /// Consecutive vectors that stay together, 1 for independent ones.
    pub block: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Permutations {
    /// Ones for the vectors of the first sample of a draw, `first` of `count`.
    pub fn draw(&self, at: usize, first: usize, count: usize) -> Vec<f64> {
        let rng = Rng::split(self.seed, at as u64);
        let block = self.block.max(1);
        // A block lies in one of the samples.
        let starts = (0..first).step_by(block).map(|start| (start, (start + block).min(first)));
        let others = (first..count).step_by(block).map(|start| (start, (start + block).min(count)));
        let mut blocks: Vec<(u64, usize, usize)> =
            starts.chain(others).map(|(from, until)| (rng.at(from as u64), from, until)).collect();
        blocks.sort_unstable();
        let (mut chosen, mut left) = (vec![0.0; count], first);
        for (_, from, until) in blocks {
            // The last block is taken as far as it is needed.
            let until = until.min(from + left);
            chosen[from..until].fill(1.0);
            left -= until - from;
        }
        chosen
    }
}

/// Frechet distance of the Gaussians of two samples, |m - m'|² + tr(S + S' - 2 (S S')^½) (Dowson and Landau, 1982), with the
/// unbiased covariances. `None` with fewer than two vectors in one of them.
pub fn frechet(a: Sample<'_>, b: Sample<'_>) -> Option<f64> {
    if a.length != b.length || a.length == 0 || a.count() < 2 || b.count() < 2 {
        return None;
    }
    let length = a.length;
    let (mean_a, cov_a) = gaussian(a);
    let (mean_b, cov_b) = gaussian(b);
    let means = distance(&mean_a, &mean_b);
    let trace = |matrix: &[f64]| (0..length).map(|at| matrix[at * length + at]).sum::<f64>();
    // The root of the product has the eigenvalues of the root of S^½ S' S^½, which is symmetric.
    let (values, vectors) = eigen(&cov_a, length);
    let mut root = vec![0.0; length * length];
    for (at, value) in values.iter().enumerate() {
        let value = value.max(0.0).sqrt();
        for i in 0..length {
            let part = value * vectors[i * length + at];
            for j in 0..length {
                root[i * length + j] += part * vectors[j * length + at];
            }
        }
    }
    let inner = product(&product(&root, &cov_b, length), &root, length);
    let (values, _) = eigen(&inner, length);
    let cross: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
    Some(means + trace(&cov_a) + trace(&cov_b) - 2.0 * cross)
}

fn product(a: &[f64], b: &[f64], length: usize) -> Vec<f64> {
    let mut result = vec![0.0; length * length];
    for (row, target) in a.chunks_exact(length).zip(result.chunks_exact_mut(length)) {
        for (value, other) in row.iter().zip(b.chunks_exact(length)) {
            target.iter_mut().zip(other).for_each(|(target, other)| *target += value * other);
        }
    }
    result
}

/// Mean and covariance of a sample.
fn gaussian(sample: Sample<'_>) -> (Vec<f64>, Vec<f64>) {
    let (length, count) = (sample.length, sample.count() as f64);
    let mut mean = vec![0.0; length];
    for row in sample.rows() {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count);
    }
    let mut covariance = vec![0.0; length * length];
    for row in sample.rows() {
        let centered: Vec<f64> = row.iter().zip(&mean).map(|(value, mean)| value - mean).collect();
        for (value, target) in centered.iter().zip(covariance.chunks_exact_mut(length)) {
            target
                .iter_mut()
                .zip(&centered)
                .for_each(|(target, other)| *target += value * other / (count - 1.0));
        }
    }
    (mean, covariance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_found_and_the_same_vectors_are_none() {
        let mut rng = Rng::new(5);
        let data: Vec<f64> = (0..400).map(|_| rng.unit()).collect();
        let moved: Vec<f64> = data.iter().map(|value| value + 0.5).collect();
        let permutations = Permutations { count: 99, block: 1, seed: 1 };
        let sample = |data| Sample { data, length: 4 };
        let apart = Distances::new(sample(&data[..200]), sample(&moved[200..])).unwrap();
        let near = Distances::new(sample(&data[..200]), sample(&data[200..])).unwrap();
        for find in [
            |d: &Distances, p: &Permutations| d.discrepancy(d.median(), p),
            |d: &Distances, p: &Permutations| d.energy(p),
        ] {
            assert!((find(&apart, &permutations).p_value - 0.01).abs() < 1e-12);
            assert!(find(&near, &permutations).p_value > 0.05);
            assert_eq!(find(&near, &permutations), find(&near, &permutations));
        }
        // Blocks keep the size of the samples.
        let blocks = Permutations { block: 7, ..permutations };
        assert!((blocks.draw(3, 50, 100).iter().sum::<f64>() - 50.0).abs() < 1e-12);
        let same = Distances::new(sample(&[1.0; 8]), sample(&[1.0; 8])).unwrap();
        assert!((same.discrepancy(same.median(), &permutations).p_value - 1.0).abs() < 1e-12);
        assert!(Distances::new(sample(&data[..4]), sample(&data)).is_none());
        assert!(frechet(sample(&data), sample(&data)).is_some_and(|distance| distance.abs() < 1e-9));
    }
}
