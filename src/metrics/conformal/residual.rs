//! Intervals of one width.

use crate::metrics::conformal::{ConformalKind, Estimate, Interval, Of};

/// Distance from the model's number.
pub static KIND: ConformalKind = ConformalKind {
    id: "residual",
    title: "Absolute residual",
    meaning: "distance of the true number from the model's; all intervals are equally wide",
    source: "Lei et al., Distribution-Free Predictive Inference for Regression, JASA 2018",
    params: &[],
    of: Of::Values(|_| Box::new(Residual)),
};

struct Residual;

impl Interval for Residual {
    fn score(&self, estimate: &Estimate, truth: f64) -> f64 {
        (truth - estimate.value).abs()
    }

    fn interval(&self, estimate: &Estimate, quantile: f64) -> [f64; 2] {
        [estimate.value - quantile, estimate.value + quantile]
    }
}
