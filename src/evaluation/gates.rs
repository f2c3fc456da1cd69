//! Metrics of data sets for claims: a value with its interval, on any class and slice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::name::Name;
use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::base::stats::{Rate, quantile};
use crate::claims::gate::MetricClaim;
use crate::claims::metric_judgment::Estimate;
use crate::clips::Clip;
use crate::evaluation::gate_metrics::{GateMetric, METRICS, MeasureError, Over, definition, ids};
use crate::evaluation::query::Query;
use crate::evaluation::samples::{Evaluation, Sample};
use crate::evaluation::tracking::tracking;
use crate::metrics::detection_errors::Outcome;
use crate::metrics::scalars;

/// Resampling of intervals that have no formula.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    /// Number of resamples.
    pub count: usize,
    /// Seed of the resamples.
    pub seed: u64,
    /// Threads to use; the ends do not depend on it.
    pub threads: usize,
}

/// Measures the metric of a claim, other than a latency.
///
/// Shares have the Wilson interval; other metrics that of the percentile bootstrap over
/// samples (Efron, 1979), metrics of tracks none. Samples that follow each other in a recording are alike; then the true
/// interval is wider.
pub fn measure(
    evaluation: &Evaluation,
    clips: &BTreeMap<Name, Arc<dyn Clip>>,
    claim: &MetricClaim,
    draws: Draws,
    progress: &Progress,
) -> Result<Estimate, MeasureError> {
    let slice = |source| MeasureError::Slice { slice: claim.slice.clone(), source: Box::new(source) };
    let query = if claim.slice.is_empty() { None } else { Some(Query::parse(&claim.slice).map_err(slice)?) };
    let bound = query.as_ref().map(|query| query.bind(evaluation, clips)).transpose().map_err(slice)?;
    let metric = METRICS.iter().find(|metric| metric.id == claim.metric);
    let about_items =
        metric.is_some_and(|metric| matches!(metric.over, Over::Objects | Over::Predictions | Over::Both));
    if metric.is_none() && !scalars::KINDS.iter().any(|kind| kind.id == claim.metric) {
        return Err(MeasureError::Unknown { metric: claim.metric.clone(), known: ids().join(", ") });
    }
    if metric.is_some_and(|metric| matches!(metric.over, Over::Time)) {
        return Err(MeasureError::NoModel { metric: claim.metric.clone() });
    }
    if about_items {
        let items = match &bound {
            Some(bound) => bound.fitting(draws.threads).map_err(slice)?,
            None => (0..evaluation.items.len()).collect(),
        };
        let over = metric.map_or(Over::Objects, |metric| metric.over);
        return of_items(evaluation, claim, &items, over, draws, progress);
    }
    let samples: Vec<Sample> = match &bound {
        Some(bound) => {
            if let Some(field) = bound.names_of_items().first() {
                return Err(MeasureError::OfItems {
                    metric: claim.metric.clone(),
                    field: (*field).to_owned(),
                });
            }
            let chosen = bound.samples().map_err(slice)?;
            chosen.into_iter().filter_map(|at| evaluation.samples.get(at).cloned()).collect()
        }
        None => evaluation.samples.clone(),
    };
    of_samples(&Evaluation::new(samples, evaluation.threshold), claim, draws, progress)
}

/// Counts of one sample: true objects, found ones, predictions, correct ones.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    objects: usize,
    found: usize,
    predictions: usize,
    correct: usize,
}

impl Counts {
    fn and(self, other: &Self) -> Self {
        Self {
            objects: self.objects + other.objects,
            found: self.found + other.found,
            predictions: self.predictions + other.predictions,
            correct: self.correct + other.correct,
        }
    }

    /// 2 hits of both sides by all that both sides have.
    fn f1(self) -> Option<f64> {
        let all = self.objects + self.predictions;
        (all > 0).then(|| (self.found + self.correct) as f64 / all as f64)
    }
}

fn of_items(
    evaluation: &Evaluation,
    claim: &MetricClaim,
    items: &[usize],
    over: Over,
    draws: Draws,
    progress: &Progress,
) -> Result<Estimate, MeasureError> {
    if evaluation.items.is_empty() || !claim.of.is_empty() && !evaluation.classes.contains(&claim.of) {
        return Err(undefined(claim, evaluation.classes.clone()));
    }
    let wanted = |class: &str| claim.of.is_empty() || class == claim.of;
    let mut counts = vec![Counts::default(); evaluation.samples.len()];
    let mut objects = BTreeSet::new();
    for item in items.iter().filter_map(|at| evaluation.items.get(*at)) {
        let Some(own) = counts.get_mut(item.sample) else { continue };
        let correct = usize::from(item.outcome == Outcome::Right);
        if wanted(&item.truth) {
            own.found += correct;
            let new = item.object_at.is_some_and(|at| objects.insert((item.sample, at)));
            own.objects += usize::from(new);
        }
        if wanted(&item.answer) && item.outcome != Outcome::Missed {
            own.correct += correct;
            own.predictions += 1;
        }
    }
    let all = counts.iter().fold(Counts::default(), Counts::and);
    let estimate = |value, ends, support, counted| Estimate {
        value,
        ends,
        support,
        counted,
        definition: definition(&claim.metric),
        conditions: String::new(),
    };
    let share = |hits, of, counted| {
        let rate = Rate::wilson_at(hits, of, claim.confidence);
        Ok(estimate(rate.share(), Some([rate.low, rate.high]), of, counted))
    };
    match over {
        Over::Objects => share(all.found, all.objects, "objects"),
        Over::Predictions => share(all.correct, all.predictions, "predictions"),
        Over::Both | Over::Precision(_) | Over::Tracks(_) | Over::Time => {
            let value = all.f1().unwrap_or(0.0);
            let ends = bootstrap(counts.len(), claim.confidence, draws, progress, |drawn| {
                let drawn = drawn.iter().filter_map(|at| counts.get(*at));
                drawn.fold(Counts::default(), Counts::and).f1()
            })?;
            Ok(estimate(value, ends, all.objects, "objects"))
        }
    }
}

fn undefined(claim: &MetricClaim, known: Vec<String>) -> MeasureError {
    MeasureError::Undefined { metric: claim.metric.clone(), of: claim.of.clone(), known }
}

fn of_samples(
    chosen: &Evaluation,
    claim: &MetricClaim,
    draws: Draws,
    progress: &Progress,
) -> Result<Estimate, MeasureError> {
    let support = chosen.samples.len();
    let metric = METRICS.iter().find(|metric| metric.id == claim.metric);
    let estimate = |value, ends| {
        let (counted, definition) = ("samples", definition(&claim.metric));
        Ok(Estimate { value, ends, support, counted, definition, conditions: String::new() })
    };
    if support == 0 {
        return estimate(f64::NAN, None);
    }
    if let Some(GateMetric { over: Over::Tracks(number), .. }) = metric {
        let found = tracking(&chosen.samples, chosen.threshold)?;
        let found = found.ok_or_else(|| undefined(claim, Vec::new()))?;
        let known = || found.classes.keys().cloned().collect();
        let summary = if claim.of.is_empty() { found.all.as_ref() } else { found.classes.get(&claim.of) };
        return estimate(number(summary.ok_or_else(|| undefined(claim, known()))?), None);
    }
    let known = || {
        let names: Vec<String> = chosen.values(|_| true).into_keys().collect();
        if names.is_empty() { chosen.classes.clone() } else { names }
    };
    let value = value_of(chosen, claim, draws.threads).ok_or_else(|| undefined(claim, known()))?;
    let ends = bootstrap(support, claim.confidence, draws, progress, |drawn| {
        let samples = drawn.iter().filter_map(|at| chosen.samples.get(*at).cloned()).collect();
        value_of(&Evaluation::new(samples, chosen.threshold), claim, 1)
    })?;
    estimate(value, ends)
}

/// The metric of all samples of an evaluation.
fn value_of(evaluation: &Evaluation, claim: &MetricClaim, threads: usize) -> Option<f64> {
    let metric = METRICS.iter().find(|metric| metric.id == claim.metric);
    if let Some(GateMetric { over: Over::Precision(threshold), .. }) = metric {
        let found = evaluation.detections(|_| true, threads)?;
        if claim.of.is_empty() {
            return found.coco.ap(0, *threshold);
        }
        let class = evaluation.classes.iter().position(|class| *class == claim.of)?;
        return found.coco.classes.get(class)?.ap(0, *threshold);
    }
    let of = |scores: scalars::Scores| {
        scores.into_iter().find(|(kind, _)| kind.id == claim.metric).and_then(|(_, value)| value)
    };
    let values = evaluation.values(|_| true);
    let number = match claim.of.as_str() {
        "" if values.len() == 1 => values.values().next(),
        name => values.get(name),
    };
    if let Some(residuals) = number {
        return of(scalars::of_values(residuals));
    }
    // The metrics of classes and of areas are about all classes.
    if !claim.of.is_empty() {
        return None;
    }
    let classified = evaluation.classified(|_| true);
    classified
        .and_then(|classified| of(scalars::of_classes(&classified)))
        .or_else(|| of(scalars::of_segments(&evaluation.areas(|_| true))))
}

/// Ends of the percentile bootstrap over so many samples; none without draws.
fn bootstrap(
    samples: usize,
    confidence: f64,
    draws: Draws,
    progress: &Progress,
    value: impl Fn(&[usize]) -> Option<f64> + Sync,
) -> Result<Option<[f64; 2]>, Cancelled> {
    if samples == 0 || draws.count == 0 {
        return Ok(None);
    }
    progress.begin(draws.count as u64);
    let mut numbers = Vec::with_capacity(draws.count);
    let draw = |number: usize| {
        let mut rng = Rng::split(draws.seed, number as u64);
        let drawn: Vec<usize> = (0..samples).map(|_| (rng.bits() % samples as u64) as usize).collect();
        value(&drawn)
    };
    in_order(draws.count, draws.threads, draw, |_, value| {
        numbers.extend(value);
        progress.step()
    })?;
    numbers.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Ok(quantile(&numbers, tail).zip(quantile(&numbers, 1.0 - tail)).map(|(low, high)| [low, high]))
}
