//! Balanced accuracy.

use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "balanced_accuracy",
    title: "balanced accuracy",
    meaning: "mean of the recall of each class",
    source: "",
    headline: true,
    of: Of::Classes(|classified| classified.confusion.balanced_accuracy()),
};
