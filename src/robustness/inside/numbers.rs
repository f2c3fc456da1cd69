//! Conformal intervals of predicted numbers.

use crate::base::params::Params;
use crate::base::stats::{Rate, quantile as interpolated};
use crate::metrics::conformal::{ConformalKind, Estimate, Of, quantile};
use crate::metrics::neighbors::{Vectors, nearest};
use crate::robustness::inside::report::{Confidence, IntervalLine};
use crate::robustness::inside::request::Request;

/// Neighbors that tell the model's usual error at most.
const NEIGHBORS: usize = 20;
/// Fewest calibration inputs with a true number.
const LEAST: usize = 4;

/// Predicted and true numbers of one set of inputs.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Values of the layer by which inputs are alike.
    pub features: Vectors,
    /// Predicted numbers of each input.
    pub predicted: Vec<Vec<f64>>,
    /// True numbers of each input as far as they are known.
    pub truth: Vec<Vec<Option<f64>>>,
}

impl Numbers {
    fn known(&self, value: usize) -> Vec<(usize, f64, f64)> {
        let one = |at: usize| Some((at, *self.predicted[at].get(value)?, (*self.truth[at].get(value)?)?));
        (0..self.predicted.len()).filter_map(one).collect()
    }
}

/// The sentence about sets of classes for a model of another kind.
pub(super) fn not_for_classes(id: &str) -> String {
    format!("{id}: conformal sets are for models that give one class with its probability, this one does not")
}

/// Calibrates on the reference inputs: every second one tells the model's usual error near it, the others calibrate. The absolute
/// residual needs no such error and calibrates on all.
pub fn intervals(
    reference: &Numbers,
    tested: &[Numbers],
    names: &[String],
    request: &Request,
    found: &mut Confidence,
) {
    let makers = |(kind, params): &(&'static ConformalKind, Params)| match kind.of {
        Of::Values(make) => Some((kind.id, params.name(kind.id, kind.params), make(params))),
        Of::Classes(_) => None,
    };
    for (kind, _) in request.conformal.iter().filter(|(kind, _)| matches!(kind.of, Of::Classes(_))) {
        found.problems.push(not_for_classes(kind.id));
    }
    for (id, name, interval) in request.conformal.iter().filter_map(makers) {
        for (value, number) in names.iter().enumerate() {
            let known = reference.known(value);
            if known.len() < LEAST {
                found.problems.push(format!(
                    "{id}: {} reference inputs have a true {number}, intervals need at least {LEAST}",
                    known.len()
                ));
                continue;
            }
            let local = id != "residual";
            let even = |wanted: bool| known.iter().enumerate().filter(move |(at, _)| (at % 2 == 0) == wanted);
            let guides: Vec<(usize, f64, f64)> = even(true).map(|(_, one)| *one).collect();
            let calibrating: Vec<(usize, f64, f64)> =
                if local { even(false).map(|(_, one)| *one).collect() } else { known.clone() };
            found.calibration = calibrating.len();
            for alpha in &request.alphas {
                let near = local.then(|| Near::new(&reference.features, &guides, *alpha));
                let estimate = |features: &Vectors, rows: &[(usize, f64, f64)]| -> Vec<Estimate> {
                    let plain = |value: f64| Estimate { value, spread: 1.0, quantiles: [0.0; 2] };
                    match &near {
                        None => rows.iter().map(|(_, value, _)| plain(*value)).collect(),
                        Some(near) => near.estimates(features, rows, request.threads),
                    }
                };
                let scores: Vec<f64> = estimate(&reference.features, &calibrating)
                    .iter()
                    .zip(&calibrating)
                    .map(|(estimate, (_, _, truth))| interval.score(estimate, *truth))
                    .collect();
                let limit = quantile(&scores, *alpha);
                let coverage = tested.iter().map(|numbers| {
                    let rows = numbers.known(value);
                    let all = estimate(&numbers.features, &rows);
                    let ends = all.iter().map(|estimate| interval.interval(estimate, limit));
                    let pairs: Vec<([f64; 2], f64)> =
                        ends.zip(rows.iter().map(|(_, _, truth)| *truth)).collect();
                    let hits =
                        pairs.iter().filter(|([low, high], truth)| low <= truth && truth <= high).count();
                    let width: f64 = pairs.iter().map(|([low, high], _)| (high - low).max(0.0)).sum();
                    let count = pairs.len();
                    (count > 0).then(|| (Rate::wilson(hits, count), width / count as f64))
                });
                found.intervals.push(IntervalLine {
                    kind: name.clone(),
                    value: number.clone(),
                    alpha: *alpha,
                    quantile: limit,
                    coverage: coverage.collect(),
                });
            }
        }
    }
}

/// Errors of the model on guide inputs, looked up by similarity.
struct Near {
    points: Vectors,
    errors: Vec<f64>,
    alpha: f64,
}

impl Near {
    fn new(features: &Vectors, guides: &[(usize, f64, f64)], alpha: f64) -> Self {
        let data: Vec<f32> = guides.iter().flat_map(|(at, _, _)| features.at(*at).iter().copied()).collect();
        let errors = guides.iter().map(|(_, value, truth)| truth - value).collect();
        Self { points: Vectors::new(features.length(), &data), errors, alpha }
    }

    fn estimates(&self, features: &Vectors, rows: &[(usize, f64, f64)], threads: usize) -> Vec<Estimate> {
        let data: Vec<f32> = rows.iter().flat_map(|(at, _, _)| features.at(*at).iter().copied()).collect();
        let asked = Vectors::new(features.length(), &data);
        let found = nearest(&self.points, &asked, NEIGHBORS, threads);
        let one = |((_, value, _), near): (&(usize, f64, f64), &Vec<crate::metrics::neighbors::Neighbor>)| {
            let mut errors: Vec<f64> = near.iter().map(|near| self.errors[near.at]).collect();
            errors.sort_by(f64::total_cmp);
            let spread = errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len().max(1) as f64;
            let part = |part: f64| interpolated(&errors, part).unwrap_or_default();
            Estimate {
                value: *value,
                spread,
                quantiles: [part(self.alpha / 2.0), part(1.0 - self.alpha / 2.0)],
            }
        };
        rows.iter().zip(&found).map(one).collect()
    }
}
