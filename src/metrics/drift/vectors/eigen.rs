//! Eigenvalues of symmetric matrices, by the rotations of Jacobi, 1846.

/// Most sweeps over all pairs.
const SWEEPS: usize = 64;

/// Eigenvalues, and eigenvectors as columns, of a symmetric matrix.
pub(super) fn eigen(matrix: &[f64], length: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; length * length];
    (0..length).for_each(|at| vectors[at * length + at] = 1.0);
    let scale: f64 = a.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        let outside: f64 = (0..length)
            .flat_map(|i| (i + 1..length).map(move |j| (i, j)))
            .map(|(i, j)| a[i * length + j] * a[i * length + j])
            .sum();
        if outside <= scale * 1e-32 {
            break;
        }
        for i in 0..length {
            for j in i + 1..length {
                rotate(&mut a, &mut vectors, length, i, j);
            }
        }
    }
    ((0..length).map(|at| a[at * length + at]).collect(), vectors)
}

/// Turns rows and columns `i` and `j` so that their element is zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], length: usize, i: usize, j: usize) {
    let element = a[i * length + j];
    if element.abs() <= 0.0 {
        return;
    }
    let ratio = (a[j * length + j] - a[i * length + i]) / (2.0 * element);
    let tangent = ratio.signum() / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turned = |p: f64, q: f64| (cosine * p - sine * q, sine * p + cosine * q);
    for k in 0..length {
        (a[k * length + i], a[k * length + j]) = turned(a[k * length + i], a[k * length + j]);
        (vectors[k * length + i], vectors[k * length + j]) =
            turned(vectors[k * length + i], vectors[k * length + j]);
    }
    for k in 0..length {
        (a[i * length + k], a[j * length + k]) = turned(a[i * length + k], a[j * length + k]);
    }
}
