//! Metrics of data sets that claims may be about, and reasons why one cannot be measured.

use crate::base::nearest::hint;
use crate::base::progress::Cancelled;
use crate::claims::gate::LATENCY;
use crate::evaluation::query::QueryError;
use crate::metrics::scalars;
use crate::tracks::metrics::hota;
use crate::tracks::metrics::sequence::TrackingError;
use crate::tracks::metrics::summary::TrackingSummary;

/// A metric that claims may be about.
#[derive(Clone, Copy, Debug)]
pub struct GateMetric {
    /// Id in a claim.
    pub id: &'static str,
    /// Definition in a sentence.
    pub definition: &'static str,
    pub(super) over: Over,
}

/// Data that a metric is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Over {
    /// Correct ones among the true objects, or the classes of samples.
    Objects,
    /// Correct ones among the predictions.
    Predictions,
    /// Harmonic mean of both shares.
    Both,
    /// Average precision by COCO, at one of its thresholds or over all.
    Precision(Option<usize>),
    /// A number of tracks.
    Tracks(fn(&TrackingSummary) -> f64),
    /// Time of the model.
    Time,
}

/// Metrics beside those of [`scalars::KINDS`].
pub static METRICS: &[GateMetric] = &[
    GateMetric {
        id: "recall",
        definition: "share of the true objects that are found with their class at IoU 0.5; of samples with one class the share \
                     that is classified correctly",
        over: Over::Objects,
    },
    GateMetric {
        id: "accuracy",
        definition: "share of the samples that are classified correctly",
        over: Over::Objects,
    },
    GateMetric {
        id: "precision",
        definition: "share of the predictions above the score threshold that are correct",
        over: Over::Predictions,
    },
    GateMetric { id: "f1", definition: "harmonic mean of precision and recall", over: Over::Both },
    GateMetric {
        id: "AP",
        definition: "average precision of COCO over IoU 0.50 to 0.95",
        over: Over::Precision(None),
    },
    GateMetric {
        id: "AP50",
        definition: "average precision of COCO at IoU 0.50",
        over: Over::Precision(Some(0)),
    },
    GateMetric {
        id: "AP75",
        definition: "average precision of COCO at IoU 0.75",
        over: Over::Precision(Some(5)),
    },
    GateMetric {
        id: "hota",
        definition: "higher order tracking accuracy, mean over its thresholds (Luiten et al., 2021)",
        over: Over::Tracks(|summary| hota::mean(&summary.hota.hota)),
    },
    GateMetric {
        id: "mota",
        definition: "1 minus misses, false positives and switches per true box (CLEAR)",
        over: Over::Tracks(|summary| summary.clear.mota),
    },
    GateMetric {
        id: "motp",
        definition: "mean similarity of matched boxes (CLEAR)",
        over: Over::Tracks(|summary| summary.clear.motp),
    },
    GateMetric {
        id: "idf1",
        definition: "F1 of boxes with the right identity (Ristani et al., 2016)",
        over: Over::Tracks(|summary| summary.identity.idf1),
    },
    GateMetric {
        id: LATENCY,
        definition: "percentile, by nearest rank, of the time from a decoded sample to its prediction in this process, one at a \
                     time after three runs that are not counted; the limit is one of the machine that runs the test",
        over: Over::Time,
    },
];

/// Reason why a metric cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// There is no such metric.
    #[error("{metric:?} is no metric{}, known are {known}", hint(metric, known.split(", ")))]
    Unknown {
        /// Its id.
        metric: String,
        /// All ids.
        known: String,
    },
    /// The query of the slice.
    #[error("the slice {slice:?} cannot be cut: {source}")]
    Slice {
        /// The query.
        slice: String,
        /// Reason.
        source: Box<QueryError>,
    },
    /// The query of the slice is about items, and the metric about samples.
    #[error("{metric} is about whole samples, its slice cannot name {field}, which is about single objects")]
    OfItems {
        /// Id of the metric.
        metric: String,
        /// Name in the query.
        field: String,
    },
    /// Nothing was evaluated that has the metric.
    #[error("{metric} is not defined for these predictions{}", of_what(of, known))]
    Undefined {
        /// Id of the metric.
        metric: String,
        /// The class or number that was asked for, or "".
        of: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A time is measured while the model runs.
    #[error("{metric} is the time of a model, the data set has predictions without one")]
    NoModel {
        /// Id of the metric.
        metric: String,
    },
    /// The tracks are not tracks.
    #[error(transparent)]
    Tracks(#[from] TrackingError),
    /// Somebody has seen enough.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn of_what(of: &str, known: &[String]) -> String {
    if of.is_empty() {
        return String::new();
    }
    format!(" of {of:?}{}, there is {}", hint(of, known.iter().map(String::as_str)), known.join(", "))
}

/// Ids of all metrics that a claim may name.
pub fn ids() -> Vec<&'static str> {
    METRICS.iter().map(|metric| metric.id).chain(scalars::KINDS.iter().map(|kind| kind.id)).collect()
}

/// Definition of a metric in a sentence; "" for one that there is not.
pub fn definition(id: &str) -> &'static str {
    let own = METRICS.iter().find(|metric| metric.id == id).map(|metric| metric.definition);
    let known = || scalars::KINDS.iter().find(|kind| kind.id == id).map(|kind| kind.meaning);
    own.or_else(known).unwrap_or_default()
}
