//! The 90 % quantile of the absolute error.

use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "p90",
    title: "90 %",
    meaning: "absolute error below which 90 % of the predictions are",
    source: "",
    headline: false,
    of: Of::Values(|residuals| residuals.quantile(0.9)),
};
