//! Intervals as wide as the model's error on similar inputs.

use crate::metrics::conformal::{ConformalKind, Estimate, Interval, Of};

/// Smallest spread that a residual is divided by.
const LEAST: f64 = 1e-9;

/// Distance from the model's number in units of the usual error.
pub static KIND: ConformalKind = ConformalKind {
    id: "weighted",
    title: "Locally weighted residual",
    meaning: "distance of the true number from the model's, divided by the mean error on the nearest reference inputs",
    source: "Lei et al., Distribution-Free Predictive Inference for Regression, JASA 2018",
    params: &[],
    of: Of::Values(|_| Box::new(Weighted)),
};

struct Weighted;

impl Interval for Weighted {
    fn score(&self, estimate: &Estimate, truth: f64) -> f64 {
        (truth - estimate.value).abs() / estimate.spread.max(LEAST)
    }

    fn interval(&self, estimate: &Estimate, quantile: f64) -> [f64; 2] {
        let half = quantile * estimate.spread.max(LEAST);
        [estimate.value - half, estimate.value + half]
    }
}
