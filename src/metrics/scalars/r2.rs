//! Explained variance.

use crate::metrics::regression::Residuals;
use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "r2",
    title: "R²",
    meaning: "share of the variance of the ground truth that is explained",
    source: "",
    headline: false,
    of: Of::Values(Residuals::explained),
};
