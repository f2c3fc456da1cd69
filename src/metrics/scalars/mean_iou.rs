//! Mean intersection over union.

use crate::metrics::scalars::{MetricKind, Of};
use crate::metrics::segmentation::mean_iou;

/// The metric.
pub static KIND: MetricKind = MetricKind {
    id: "mean_iou",
    title: "mean IoU",
    meaning: "intersection over union of each class over the pixels of all frames, and the mean over classes that occur",
    source: "Everingham et al., Pascal VOC, IJCV 2015",
    headline: true,
    of: Of::Segments(mean_iou),
};
