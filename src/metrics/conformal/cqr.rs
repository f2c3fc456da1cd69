//! Conformalized quantiles.

use crate::metrics::conformal::{ConformalKind, Estimate, Interval, Of};

/// Distance outside of the estimated quantiles.
pub static KIND: ConformalKind = ConformalKind {
    id: "cqr",
    title: "Conformalized quantiles",
    meaning: "distance of the true number outside of the quantiles of the error on the nearest reference inputs, negative inside",
    source: "Romano, Patterson, Candes, Conformalized Quantile Regression, NeurIPS 2019",
    params: &[],
    of: Of::Values(|_| Box::new(Quantiles)),
};

struct Quantiles;

impl Interval for Quantiles {
    fn score(&self, estimate: &Estimate, truth: f64) -> f64 {
        let [low, high] = estimate.quantiles.map(|quantile| estimate.value + quantile);
        (low - truth).max(truth - high)
    }

    fn interval(&self, estimate: &Estimate, quantile: f64) -> [f64; 2] {
        let [low, high] = estimate.quantiles.map(|own| estimate.value + own);
        [low - quantile, high + quantile]
    }
}
