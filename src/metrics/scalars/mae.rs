//! Mean absolute error.

use crate::metrics::regression::Residuals;
use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "mae",
    title: "MAE",
    meaning: "mean absolute error",
    source: "",
    headline: true,
    of: Of::Values(|residuals| Some(mae(residuals))),
};

/// Mean of the absolute errors.
pub fn mae(residuals: &Residuals) -> f64 {
    residuals.absolute().iter().sum::<f64>() / residuals.count() as f64
}
