//! Metrics that are one number for a whole evaluation.
//!
//! A metric is a kind: one file with a `static KIND`, and its line below. JSON, text, the window, confidence intervals and the
//! reference list what stands here.

use std::collections::BTreeMap;

use crate::metrics::classification::{Answer, Bin, Confusion, reliability};
use crate::metrics::regression::Residuals;
use crate::metrics::segmentation::Pixels;

pub mod balanced_accuracy;
pub mod bias;
pub mod calibration_error;
pub mod log_loss;
pub mod mae;
pub mod max_error;
pub mod mean_iou;
pub mod p90;
pub mod pixel_accuracy;
pub mod r2;
pub mod rmse;

/// Bins of confidence in a reliability diagram.
pub const BINS: usize = 15;

/// A metric that is one number.
#[derive(Debug)]
pub struct MetricKind {
    /// Key in JSON.
    pub id: &'static str,
    /// Name in the middle of a sentence.
    pub title: &'static str,
    /// Definition in a sentence.
    pub meaning: &'static str,
    /// Paper or benchmark that defines it, or "".
    pub source: &'static str,
    /// True for an overall number, which gets a confidence interval on request.
    pub headline: bool,
    /// Formula, by the kind of prediction.
    pub of: Of,
}

/// Formula of a metric; `None` where it is not defined.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// About classes and their probabilities.
    Classes(fn(&Classified) -> Option<f64>),
    /// About one named number.
    Values(fn(&Residuals) -> Option<f64>),
    /// About the pixels of each class.
    Segments(fn(&BTreeMap<String, Pixels>) -> Option<f64>),
}

/// Every metric, in the order in which they are shown.
pub static KINDS: &[&MetricKind] = &[
    &balanced_accuracy::KIND,
    &calibration_error::KIND,
    &log_loss::KIND,
    &mae::KIND,
    &rmse::KIND,
    &p90::KIND,
    &max_error::KIND,
    &bias::KIND,
    &r2::KIND,
    &mean_iou::KIND,
    &pixel_accuracy::KIND,
];

/// Classified samples, and what is derived from them once.
#[derive(Clone, Debug)]
pub struct Classified {
    /// Ground truth and prediction of each sample.
    pub answers: Vec<Answer>,
    /// Counts by class.
    pub confusion: Confusion,
    /// Confidence against accuracy.
    pub reliability: Vec<Bin>,
}

impl Classified {
    /// Samples with their confusion matrix.
    pub fn new(answers: Vec<Answer>, confusion: Confusion) -> Self {
        let reliability = reliability(&answers, BINS);
        Self { answers, confusion, reliability }
    }
}

/// Metrics with their values.
pub type Scores = Vec<(&'static MetricKind, Option<f64>)>;

/// Every metric of classes.
pub fn of_classes(classified: &Classified) -> Scores {
    scores(|of| if let Of::Classes(formula) = of { Some(formula(classified)) } else { None })
}

/// Every metric of one named number.
pub fn of_values(residuals: &Residuals) -> Scores {
    scores(|of| if let Of::Values(formula) = of { Some(formula(residuals)) } else { None })
}

/// Every metric of segments.
pub fn of_segments(pixels: &BTreeMap<String, Pixels>) -> Scores {
    scores(|of| if let Of::Segments(formula) = of { Some(formula(pixels)) } else { None })
}

fn scores(value: impl Fn(Of) -> Option<Option<f64>>) -> Scores {
    KINDS.iter().filter_map(|kind| Some((*kind, value(kind.of)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_an_id_and_a_definition_of_its_own() {
        for (i, kind) in KINDS.iter().enumerate() {
            let same = std::mem::discriminant(&kind.of);
            let rest = KINDS.iter().skip(i + 1).filter(|other| std::mem::discriminant(&other.of) == same);
            assert!(
                rest.clone().all(|other| other.id != kind.id && other.title != kind.title),
                "{}",
                kind.id
            );
            assert!(!kind.meaning.is_empty());
        }
    }

    #[test]
    fn errors_of_values_are_those_of_the_definitions() {
        let pairs = [(1.0, 2.0), (2.0, 2.0), (3.0, 1.0), (f64::NAN, 4.0)];
        let scores = of_values(&Residuals::new(&pairs).unwrap());
        let value = |id: &str| scores.iter().find(|(kind, _)| kind.id == id).unwrap().1.unwrap();
        for (id, expected) in [
            ("mae", 1.0),
            ("rmse", (5.0_f64 / 3.0).sqrt()),
            ("max", 2.0),
            ("bias", -1.0 / 3.0),
            ("r2", 1.0 - 5.0 / 2.0),
        ] {
            assert!((value(id) - expected).abs() < 1e-12, "{id} is {}, not {expected}", value(id));
        }
        let level = of_values(&Residuals::new(&[(1.0, 1.0)]).unwrap());
        assert!(level.iter().any(|(kind, value)| kind.id == "r2" && value.is_none()));
    }
}
