//! Root of the mean squared error.

use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "rmse",
    title: "RMSE",
    meaning: "root of the mean squared error",
    source: "",
    headline: true,
    of: Of::Values(|residuals| Some((residuals.squares() / residuals.count() as f64).sqrt())),
};
