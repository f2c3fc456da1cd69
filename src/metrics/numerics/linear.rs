//! Linear algebra on small dense matrices in double precision, row by row.

use crate::base::rng::Rng;
use crate::metrics::neighbors::Vectors;

/// Vectors whose covariance is formed whole; for longer ones the products go through the vectors.
const WHOLE: usize = 512;
/// Extra directions of an orthogonal iteration, for speed.
const SPARE: usize = 8;
/// Most rounds of an orthogonal iteration.
const ROUNDS: usize = 2000;
/// Most sweeps of Jacobi rotations.
const SWEEPS: usize = 60;

/// Mean of some vectors.
pub fn mean(vectors: &Vectors, places: &[usize]) -> Vec<f64> {
    let mut mean = vec![0.0; vectors.length()];
    for at in places {
        mean.iter_mut().zip(vectors.at(*at)).for_each(|(mean, value)| *mean += f64::from(*value));
    }
    let count = places.len().max(1) as f64;
    for mean in &mut mean {
        *mean /= count;
    }
    mean
}

/// Covariance of rows of `length` numbers around `mean`, divided by their number minus one.
pub fn covariance(rows: &[Vec<f64>], mean: &[f64]) -> Vec<f64> {
    let length = mean.len();
    let mut sums = vec![0.0; length * length];
    let mut centered = vec![0.0; length];
    for row in rows {
        centered.iter_mut().zip(row).zip(mean).for_each(|((to, value), mean)| *to = value - mean);
        for (at, a) in centered.iter().enumerate() {
            let sums = &mut sums[(at * length)..=(at * length + at)];
            sums.iter_mut().zip(&centered).for_each(|(sum, b)| *sum += a * b);
        }
    }
    let count = (rows.len() as f64 - 1.0).max(1.0);
    for at in 0..length {
        for other in 0..=at {
            let value = sums[at * length + other] / count;
            sums[at * length + other] = value;
            sums[other * length + at] = value;
        }
    }
    sums
}

/// Lower triangle L of a symmetric positive definite matrix, L L' = matrix; `None` if it is singular to working precision.
pub fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let largest = (0..size).map(|at| matrix[at * size + at]).fold(0.0, f64::max);
    let least = largest * size as f64 * f64::EPSILON;
    let mut lower = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| lower[row * size + at] * lower[column * size + at]).sum();
            let left = matrix[row * size + column] - known;
            lower[row * size + column] = if row == column {
                if left.is_nan() || left <= least {
                    return None;
                }
                left.sqrt()
            } else {
                left / lower[column * size + column]
            };
        }
    }
    Some(lower)
}

/// Solves L x = b in place.
pub fn solve_lower(lower: &[f64], size: usize, b: &mut [f64]) {
    for row in 0..size {
        let known: f64 = (0..row).map(|at| lower[row * size + at] * b[at]).sum();
        b[row] = (b[row] - known) / lower[row * size + row];
    }
}

/// Eigenvalues of a symmetric matrix, largest first, and its eigenvectors as rows, by Jacobi rotations (Golub, Van Loan,
/// "Matrix Computations", 8.5).
pub fn eigen(matrix: &[f64], size: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|at| vectors[at * size + at] = 1.0);
    for _ in 0..SWEEPS {
        let off: f64 =
            (0..size).flat_map(|p| (0..p).map(move |q| (p, q))).map(|(p, q)| a[p * size + q].powi(2)).sum();
        let all: f64 = a.iter().map(|value| value * value).sum();
        if off <= all * 1e-30 {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut a, &mut vectors, size, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|x, y| a[y * size + y].total_cmp(&a[x * size + x]).then(x.cmp(y)));
    let values = order.iter().map(|at| a[at * size + at]).collect();
    let axis = |at: &usize| vectors[at * size..(at + 1) * size].to_vec();
    (values, order.iter().map(axis).collect())
}

/// Makes one element off the diagonal zero. `vectors` holds the eigenvectors as rows.
fn rotate(a: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let apq = a[p * size + q];
    if apq.abs() <= f64::MIN_POSITIVE {
        return;
    }
    let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta.abs() > 0.0 { t } else { 1.0 };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..size {
        let (x, y) = (a[k * size + p], a[k * size + q]);
        a[k * size + p] = c * x - s * y;
        a[k * size + q] = s * x + c * y;
    }
    for k in 0..size {
        let (x, y) = (a[p * size + k], a[q * size + k]);
        a[p * size + k] = c * x - s * y;
        a[q * size + k] = s * x + c * y;
        let (x, y) = (vectors[p * size + k], vectors[q * size + k]);
        vectors[p * size + k] = c * x - s * y;
        vectors[q * size + k] = s * x + c * y;
    }
}

/// Principal components of vectors: their mean, and the directions of the largest variance as rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    mean: Vec<f64>,
    axes: Vec<Vec<f64>>,
}

impl Components {
    /// The first `wanted` components; fewer if the vectors have fewer numbers.
    pub fn new(vectors: &Vectors, wanted: usize) -> Self {
        let (count, length) = (vectors.count(), vectors.length());
        let all: Vec<usize> = (0..count).collect();
        let mean = mean(vectors, &all);
        let centered = |at: usize| vectors.at(at).iter().zip(&mean).map(|(v, mean)| f64::from(*v) - mean);
        let whole = (length <= WHOLE).then(|| {
            let rows: Vec<Vec<f64>> = all.iter().map(|at| centered(*at).collect()).collect();
            covariance(&rows, &vec![0.0; length])
        });
        let product = |axis: &[f64]| -> Vec<f64> {
            if let Some(matrix) = &whole {
                return matrix.chunks_exact(length).map(|row| dot(row, axis)).collect();
            }
            let mut sum = vec![0.0; length];
            for at in 0..count {
                let along: f64 = centered(at).zip(axis).map(|(v, axis)| v * axis).sum();
                sum.iter_mut().zip(centered(at)).for_each(|(sum, v)| *sum += along * v);
            }
            let scale = (count as f64 - 1.0).max(1.0);
            for sum in &mut sum {
                *sum /= scale;
            }
            sum
        };
        Self { axes: leading(&product, length, wanted), mean }
    }

    /// A vector along the components.
    pub fn project(&self, vector: &[f32]) -> Vec<f64> {
        let centered: Vec<f64> =
            vector.iter().zip(&self.mean).map(|(value, mean)| f64::from(*value) - mean).collect();
        self.axes.iter().map(|axis| dot(axis, &centered)).collect()
    }
}

/// Eigenvectors of the largest eigenvalues of a symmetric operator, by orthogonal iteration with the Rayleigh-Ritz projection.
fn leading(product: &dyn Fn(&[f64]) -> Vec<f64>, length: usize, wanted: usize) -> Vec<Vec<f64>> {
    let size = (wanted + SPARE).min(length);
    let mut rng = Rng::new(0);
    let mut axes: Vec<Vec<f64>> =
        (0..size).map(|_| (0..length).map(|_| rng.unit() - 0.5).collect()).collect();
    orthogonal(&mut axes);
    for _ in 0..ROUNDS {
        let images: Vec<Vec<f64>> = axes.iter().map(|axis| product(axis)).collect();
        let size = axes.len();
        let inner: Vec<f64> =
            axes.iter().flat_map(|axis| images.iter().map(|image| dot(axis, image))).collect();
        let (values, turns) = eigen(&inner, size);
        let mix = |from: &[Vec<f64>], turn: &[f64]| {
            let mut sum = vec![0.0; length];
            for (weight, vector) in turn.iter().zip(from) {
                sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += weight * value);
            }
            sum
        };
        let turned: Vec<Vec<f64>> = turns.iter().map(|turn| mix(&axes, turn)).collect();
        let mut images: Vec<Vec<f64>> = turns.iter().map(|turn| mix(&images, turn)).collect();
        let scale = values.first().copied().unwrap_or_default().abs();
        let rest = turned.iter().zip(&images).zip(&values).take(wanted).map(|((axis, image), value)| {
            axis.iter().zip(image).map(|(a, b)| (b - value * a).powi(2)).sum::<f64>().sqrt()
        });
        let done = rest.fold(0.0, f64::max) <= 1e-11 * scale;
        axes = turned;
        if done {
            break;
        }
        orthogonal(&mut images);
        axes = images;
    }
    axes.truncate(wanted);
    axes
}

/// Gram-Schmidt, twice for accuracy; directions that vanish are left out.
fn orthogonal(axes: &mut Vec<Vec<f64>>) {
    let mut kept: Vec<Vec<f64>> = Vec::with_capacity(axes.len());
    for mut axis in std::mem::take(axes) {
        let before = dot(&axis, &axis).sqrt();
        for _ in 0..2 {
            for other in &kept {
                let along = dot(&axis, other);
                axis.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
        }
        let norm = dot(&axis, &axis).sqrt();
        if norm > before * 1e-12 && norm > 0.0 {
            for value in &mut axis {
                *value /= norm;
            }
            kept.push(axis);
        }
    }
    *axes = kept;
}

/// Scalar product.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Squared Euclidean distance of two vectors in single precision, summed in double.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symmetric_matrix_is_the_sum_of_its_parts() {
        let size = 5;
        let mut rng = Rng::new(3);
        let half: Vec<f64> = (0..size * size).map(|_| rng.unit() - 0.5).collect();
        let at = |row: usize, column: usize| {
            (0..size).map(|k| half[row * size + k] * half[column * size + k]).sum()
        };
        let matrix: Vec<f64> =
            (0..size).flat_map(|r| (0..size).map(move |c| (r, c))).map(|(r, c)| at(r, c)).collect();
        let (values, vectors) = eigen(&matrix, size);
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        for (place, expected) in matrix.iter().enumerate() {
            let (row, column) = (place / size, place % size);
            let found: f64 = values.iter().zip(&vectors).map(|(value, v)| value * v[row] * v[column]).sum();
            assert!((found - expected).abs() < 1e-12);
        }
        let lower = cholesky(&matrix, size).unwrap();
        let mut b = vec![1.0; size];
        solve_lower(&lower, size, &mut b);
        let exact: f64 =
            values.iter().zip(&vectors).map(|(value, v)| v.iter().sum::<f64>().powi(2) / value).sum();
        assert!((dot(&b, &b) - exact).abs() < 1e-8 * exact);
        assert!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2).is_none(), "singular");
    }

    #[test]
    fn long_vectors_have_the_same_components_as_short_ones() {
        let mut rng = Rng::new(5);
        let (count, length) = (30, 40);
        let data: Vec<f32> =
            (0..count * length).map(|at| (rng.unit() * (1 + at % length) as f64) as f32).collect();
        let short = Components::new(&Vectors::new(length, &data), 3);
        // The same numbers and zeros, so long that no covariance is formed.
        let long: Vec<f32> =
            data.chunks_exact(length).flat_map(|row| [row, &[0.0; WHOLE]].concat()).collect();
        let long = Components::new(&Vectors::new(length + WHOLE, &long), 3);
        for row in data.chunks_exact(length) {
            let other = [row, &[0.0; WHOLE]].concat();
            for (a, b) in short.project(row).iter().zip(long.project(&other)) {
                assert!((a.abs() - b.abs()).abs() < 1e-8, "{a} {b}");
            }
        }
    }
}
