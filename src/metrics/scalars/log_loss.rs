//! Log loss.

use crate::metrics::classification::log_loss;
use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "log_loss",
    title: "log loss",
    meaning: "mean of minus the logarithm of the probability of the ground truth, cut at 1e-15",
    source: "",
    headline: true,
    of: Of::Classes(|classified| log_loss(&classified.answers)),
};
