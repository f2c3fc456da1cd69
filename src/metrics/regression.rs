//! Errors of predicted values.

use serde::Serialize;

use crate::base::stats::quantile;

/// Errors of one named number.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Errors {
    /// Number of pairs.
    pub count: usize,
    /// Mean of prediction minus ground truth.
    pub bias: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Largest absolute error.
    pub max: f64,
    /// Median, 90 % and 99 % quantile of the absolute error.
    pub quantiles: [f64; 3],
    /// Explained fraction of the variance of the ground truth; `None` if that does not vary.
    pub r2: Option<f64>,
}

/// The errors of pairs of ground truth and prediction; `None` without pairs. Pairs that are not finite are left out.
pub fn errors(pairs: &[(f64, f64)]) -> Option<Errors> {
    let pairs: Vec<(f64, f64)> =
        pairs.iter().copied().filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    if pairs.is_empty() {
        return None;
    }
    let n = pairs.len() as f64;
    let mut absolute: Vec<f64> = pairs.iter().map(|(truth, answer)| (answer - truth).abs()).collect();
    absolute.sort_by(f64::total_cmp);
    let squares: f64 = pairs.iter().map(|(truth, answer)| (answer - truth) * (answer - truth)).sum();
    let mean = pairs.iter().map(|(truth, _)| truth).sum::<f64>() / n;
    let spread: f64 = pairs.iter().map(|(truth, _)| (truth - mean) * (truth - mean)).sum();
    Some(Errors {
        count: pairs.len(),
        bias: pairs.iter().map(|(truth, answer)| answer - truth).sum::<f64>() / n,
        mae: absolute.iter().sum::<f64>() / n,
        rmse: (squares / n).sqrt(),
        max: absolute.last().copied().unwrap_or(0.0),
        quantiles: [0.5, 0.9, 0.99].map(|part| quantile(&absolute, part).unwrap_or(0.0)),
        r2: (spread > 0.0).then(|| 1.0 - squares / spread),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_the_definitions() {
        let found = errors(&[(1.0, 2.0), (2.0, 2.0), (3.0, 1.0), (f64::NAN, 4.0)]).unwrap();
        assert_eq!((found.count, found.max), (3, 2.0));
        assert!((found.mae - 1.0).abs() < 1e-12 && (found.rmse - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((found.bias + 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.r2, Some(1.0 - 5.0 / 2.0));
        assert_eq!(errors(&[]), None);
        assert_eq!(errors(&[(1.0, 1.0)]).unwrap().r2, None);
    }
}
