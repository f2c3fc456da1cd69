//! Pixel accuracy.

use crate::metrics::scalars::{MetricKind, Of};
use crate::metrics::segmentation::accuracy;

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "accuracy",
    title: "pixel accuracy",
    meaning: "share of correct pixels",
    source: "",
    headline: true,
    of: Of::Segments(accuracy),
};
