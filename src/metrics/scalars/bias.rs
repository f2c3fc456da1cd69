//! Bias.

use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "bias",
    title: "bias",
    meaning: "mean of prediction minus ground truth",
    source: "",
    headline: false,
    of: Of::Values(|residuals| Some(residuals.bias())),
};
