//! Expected calibration error.

use crate::metrics::classification::calibration_error;
use crate::metrics::scalars::{MetricKind, Of};

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "calibration_error",
    title: "calibration error",
    meaning: "expected calibration error: mean distance of confidence and accuracy over 15 bins, by predictions",
    source: "Guo et al., On Calibration of Modern Neural Networks, ICML 2017",
    headline: true,
    of: Of::Classes(|classified| calibration_error(&classified.reliability)),
};
