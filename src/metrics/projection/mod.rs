//! Projections of many vectors to a map.

use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::metrics::neighbors::Vectors;

mod power;
pub mod umap;

/// Maximum number of iterations.
const ROUNDS: usize = 200;
/// Convergence threshold of the axes.
const STILL: f64 = 1e-6;

/// The vectors along the two directions of the largest variance, and the fractions of the variance along them.
///
/// Principal components (Pearson 1901; Hotelling 1933) by orthogonal iteration (Golub, Van Loan, "Matrix Computations", 8.2).
/// The sign of an axis is such that its largest component is positive.
pub fn principal(vectors: &Vectors, progress: &Progress) -> Result<(Vec<[f32; 2]>, [f64; 2]), Cancelled> {
    let (count, length) = (vectors.count(), vectors.length());
    if count == 0 {
        return Ok((Vec::new(), [0.0; 2]));
    }
    let mut mean = vec![0.0_f64; length];
    for at in 0..count {
        mean.iter_mut().zip(vectors.at(at)).for_each(|(mean, value)| *mean += f64::from(*value));
    }
    for mean in &mut mean {
        *mean /= count as f64;
    }
    // Centered, in single precision: the sums over them are in double.
    let centered: Vec<f32> = (0..count)
        .flat_map(|at| {
            vectors.at(at).iter().zip(&mean).map(|(value, mean)| (f64::from(*value) - mean) as f32)
        })
        .collect();
    let mut turned = Vec::with_capacity(centered.len());
    for axis in 0..length {
        turned.extend(centered.iter().skip(axis).step_by(length));
    }
    progress.check()?;
    let covariance = Vectors::new(count, &turned).products();
    drop(turned);
    let total: f64 = (0..length).map(|axis| f64::from(covariance[axis * (length + 1)])).sum();
    let mut rng = Rng::new(0);
    // Two additional axes speed up convergence.
    let mut axes: Vec<Vec<f64>> =
        (0..4.min(length)).map(|_| (0..length).map(|_| rng.unit() - 0.5).collect()).collect();
    orthogonal(&mut axes);
    for _ in 0..ROUNDS {
        progress.check()?;
        let along = |axis: &Vec<f64>| covariance.chunks_exact(length).map(|row| dot(row, axis)).collect();
        let mut next: Vec<Vec<f64>> = axes.iter().map(along).collect();
        orthogonal(&mut next);
        let turned = axes.iter().zip(&next).take(2).map(|(a, b)| 1.0 - inner(a, b).abs()).fold(0.0, f64::max);
        axes = next;
        if turned < STILL * STILL {
            break;
        }
    }
    axes.truncate(2);
    for axis in &mut axes {
        let largest = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0);
        if largest < 0.0 {
            for value in axis {
                *value = -*value;
            }
        }
    }
    let mut parts = [0.0_f64; 2];
    let map = centered
        .chunks_exact(length)
        .map(|row| {
            let mut point = [0.0; 2];
            for ((place, part), axis) in point.iter_mut().zip(&mut parts).zip(&axes) {
                let along = dot(row, axis);
                *part += along * along;
                *place = along as f32;
            }
            point
        })
        .collect();
    Ok((map, parts.map(|part| if total > 0.0 { part / total } else { 0.0 })))
}

fn dot(row: &[f32], axis: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    for (row, axis) in row.chunks(8).zip(axis.chunks(8)) {
        for ((lane, a), b) in lanes.iter_mut().zip(row).zip(axis) {
            *lane += f64::from(*a) * b;
        }
    }
    lanes.iter().sum()
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Orthonormalizes the axes (modified Gram-Schmidt).
fn orthogonal(axes: &mut [Vec<f64>]) {
    for at in 0..axes.len() {
        let (before, rest) = axes.split_at_mut(at);
        let own = &mut rest[0];
        for other in before {
            let along = inner(own, other);
            own.iter_mut().zip(other.iter()).for_each(|(own, other)| *own -= along * other);
        }
        let length = inner(own, own).sqrt();
        if length > f64::MIN_POSITIVE {
            for value in own.iter_mut() {
                *value /= length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directions_of_most_difference_are_found() {
        // Along (3, 4, 0) / 5 by 10, along (-4, 3, 0) / 5 by 2, along z by 0.1.
        let mut rng = Rng::new(5);
        let mut data = Vec::new();
        for _ in 0..400 {
            let [a, b, c] = [10.0, 2.0, 0.1].map(|by| by * (rng.unit() - 0.5));
            data.extend([0.6 * a - 0.8 * b + 7.0, 0.8 * a + 0.6 * b - 3.0, c].map(|value| value as f32));
        }
        let vectors = Vectors::new(3, &data);
        let (map, parts) = principal(&vectors, &Progress::default()).unwrap();
        assert!((parts[0] - 0.96).abs() < 0.02 && (parts[0] + parts[1]) > 0.999, "{parts:?}");
        for (at, place) in map.iter().enumerate() {
            let v = vectors.at(at);
            let along = 0.6 * (v[0] - 7.0) + 0.8 * (v[1] + 3.0);
            assert!((place[0] - along).abs() < 0.5, "{place:?} {along}");
        }
        assert_eq!(principal(&Vectors::new(3, &[]), &Progress::default()).unwrap().0.len(), 0);
    }
}
