//! Predicted values against their ground truth.

use crate::base::stats::quantile;

/// Pairs of ground truth and prediction of one named number; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Residuals {
    pairs: Vec<(f64, f64)>,
    /// Absolute errors, from small to large.
    absolute: Vec<f64>,
}

impl Residuals {
    /// Pairs of ground truth and prediction; those that are not finite are left out. `None` if none is left.
    pub fn new(pairs: &[(f64, f64)]) -> Option<Self> {
        let finite = |(truth, predicted): &(f64, f64)| truth.is_finite() && predicted.is_finite();
        let pairs: Vec<(f64, f64)> = pairs.iter().copied().filter(finite).collect();
        let mut absolute: Vec<f64> =
            pairs.iter().map(|(truth, predicted)| (predicted - truth).abs()).collect();
        absolute.sort_by(f64::total_cmp);
        (!pairs.is_empty()).then_some(Self { pairs, absolute })
    }

    /// Number of pairs.
    pub fn count(&self) -> usize {
        self.pairs.len()
    }

    /// Absolute errors, from small to large.
    pub fn absolute(&self) -> &[f64] {
        &self.absolute
    }

    /// Absolute error below which this part of the predictions is, 0 to 1.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        quantile(&self.absolute, part)
    }

    /// Mean of prediction minus ground truth.
    pub fn bias(&self) -> f64 {
        self.pairs.iter().map(|(truth, predicted)| predicted - truth).sum::<f64>() / self.count() as f64
    }

    /// Sum of the squared errors.
    pub fn squares(&self) -> f64 {
        self.pairs.iter().map(|(truth, predicted)| (predicted - truth) * (predicted - truth)).sum()
    }

    /// Explained fraction of the variance of the ground truth; `None` if that does not vary.
    pub fn explained(&self) -> Option<f64> {
        let mean = self.pairs.iter().map(|(truth, _)| truth).sum::<f64>() / self.count() as f64;
        let spread: f64 = self.pairs.iter().map(|(truth, _)| (truth - mean) * (truth - mean)).sum();
        (spread > 0.0).then(|| 1.0 - self.squares() / spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_are_not_finite_are_left_out() {
        assert_eq!(Residuals::new(&[(1.0, 2.0), (f64::NAN, 4.0)]).unwrap().count(), 1);
        assert_eq!(Residuals::new(&[(f64::INFINITY, 1.0)]), None);
        assert_eq!(Residuals::new(&[]), None);
    }
}
