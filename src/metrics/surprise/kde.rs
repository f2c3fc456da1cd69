//! Kernel density estimation with a Gaussian of the data's own covariance.

use crate::metrics::numerics::linear::{cholesky, covariance, dot, solve_lower};

/// Estimate of a density from points, with the bandwidth of Scott ("Multivariate Density Estimation", 1992): n^(-1/(d+4)).
pub(super) struct Density {
    lower: Vec<f64>,
    size: usize,
    /// The points in coordinates in which the kernel is round.
    points: Vec<Vec<f64>>,
    /// Logarithm of the number of points and of the kernel's height.
    norm: f64,
}

impl Density {
    /// From points of one length; `None` if their covariance is singular.
    pub(super) fn new(points: &[Vec<f64>]) -> Option<Self> {
        let (count, size) = (points.len(), points.first()?.len());
        if count < 2 || size == 0 {
            return None;
        }
        let mut mean = vec![0.0; size];
        for point in points {
            mean.iter_mut().zip(point).for_each(|(mean, value)| *mean += value / count as f64);
        }
        let factor = libm::pow(count as f64, -1.0 / (size as f64 + 4.0));
        let scaled: Vec<f64> =
            covariance(points, &mean).iter().map(|value| value * factor * factor).collect();
        let lower = cholesky(&scaled, size)?;
        let round = |point: &Vec<f64>| {
            let mut point = point.clone();
            solve_lower(&lower, size, &mut point);
            point
        };
        let points = points.iter().map(round).collect();
        let half_log_determinant: f64 = (0..size).map(|at| libm::log(lower[at * size + at])).sum();
        let norm = libm::log(count as f64)
            + half_log_determinant
            + 0.5 * size as f64 * libm::log(2.0 * std::f64::consts::PI);
        Some(Self { lower, size, points, norm })
    }

    /// Logarithm of the density at a point. Sums of exponentials are taken relative to the largest, so that nothing underflows.
    pub(super) fn log(&self, mut point: Vec<f64>) -> f64 {
        solve_lower(&self.lower, self.size, &mut point);
        let mut away = vec![0.0; self.size];
        let powers: Vec<f64> = self
            .points
            .iter()
            .map(|known| {
                away.iter_mut().zip(known).zip(&point).for_each(|((away, a), b)| *away = a - b);
                -0.5 * dot(&away, &away)
            })
            .collect();
        let largest = powers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = powers.iter().map(|power| libm::exp(power - largest)).sum();
        largest + libm::log(sum) - self.norm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_one_dimension_it_is_the_sum_of_bells() {
        let points = [0.0_f64, 1.0, 3.0];
        let density = Density::new(&points.map(|p| vec![p])).unwrap();
        let variance = 7.0 / 3.0 * 3.0_f64.powf(-0.2).powi(2);
        let bell = |x: f64| (-0.5 * x * x / variance).exp() / (2.0 * std::f64::consts::PI * variance).sqrt();
        let exact = points.iter().map(|p| bell(2.0 - p)).sum::<f64>() / 3.0;
        assert!((density.log(vec![2.0]) - exact.ln()).abs() < 1e-12);
        assert!(density.log(vec![1e6]).is_finite(), "nothing underflows");
        assert!(Density::new(&[vec![1.0, 2.0], vec![2.0, 4.0], vec![3.0, 6.0]]).is_none(), "singular");
    }
}
