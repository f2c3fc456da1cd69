//! Largest error.

use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "max",
    title: "max",
    meaning: "largest absolute error",
    source: "",
    headline: false,
    of: Of::Values(|residuals| residuals.quantile(1.0)),
};
