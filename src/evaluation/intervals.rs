//! Confidence intervals of the numbers of an evaluation.

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::base::stats::quantile;
use crate::evaluation::samples::Evaluation;
use crate::metrics::scalars::{self, Scores};

/// A number with its 95 % interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Name of the number.
    pub name: String,
    /// For all samples.
    pub value: f64,
    /// Lower and upper end.
    pub ends: [f64; 2],
}

/// The overall numbers of an evaluation, by name.
pub fn headline(evaluation: &Evaluation, threads: usize) -> Vec<(String, f64)> {
    let mut all: Vec<(String, Option<f64>)> = Vec::new();
    if let Some(found) = evaluation.detections(|_| true, threads) {
        // The thresholds go from 0.5 in steps of 0.05.
        for (name, threshold) in [("AP", None), ("AP50", Some(0)), ("AP75", Some(5))] {
            all.push((name.to_owned(), found.coco.ap(0, threshold)));
        }
    }
    let named = |scores: Scores, of: &str| -> Vec<(String, Option<f64>)> {
        let headline = scores.into_iter().filter(|(kind, _)| kind.headline);
        headline.map(|(kind, value)| (format!("{of}{}", kind.title), value)).collect()
    };
    if let Some(classified) = evaluation.classified(|_| true) {
        all.push(("accuracy".to_owned(), Some(classified.confusion.accuracy().share())));
        all.extend(named(scalars::of_classes(&classified), ""));
    }
    let areas = evaluation.areas(|_| true);
    if !areas.is_empty() {
        all.extend(named(scalars::of_segments(&areas), ""));
    }
    for (name, residuals) in evaluation.values(|_| true) {
        all.extend(named(scalars::of_values(&residuals), &format!("{name} ")));
    }
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Each of [`headline`] with its interval by the percentile bootstrap over samples (Efron, 1979).
///
/// Samples that follow each other in a recording are alike; then the true interval is wider. The same seed gives the same ends
/// on every number of threads.
pub fn bootstrap(
    evaluation: &Evaluation,
    draws: usize,
    seed: u64,
    threads: usize,
    progress: &Progress,
) -> Result<Vec<Interval>, Cancelled> {
    let whole = headline(evaluation, threads);
    let count = evaluation.samples.len();
    let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); whole.len()];
    progress.begin(draws as u64);
    let draw = |number: usize| {
        let mut rng = Rng::split(seed, number as u64);
        let samples = (0..count).map(|_| evaluation.samples[(rng.bits() % count as u64) as usize].clone());
        headline(&Evaluation::new(samples.collect(), evaluation.threshold), 1)
    };
    if count > 0 {
        in_order(draws, threads, draw, |_, numbers| {
            for (name, value) in numbers {
                if let Some(at) = whole.iter().position(|(known, _)| *known == name) {
                    drawn[at].push(value);
                }
            }
            progress.step()
        })?;
    }
    let interval = |((name, value), mut numbers): ((String, f64), Vec<f64>)| {
        numbers.sort_by(f64::total_cmp);
        let end = |part: f64| quantile(&numbers, part).unwrap_or(value);
        Interval { name, value, ends: [end(0.025), end(0.975)] }
    };
    Ok(whole.into_iter().zip(drawn).map(interval).collect())
}
