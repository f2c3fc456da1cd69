//! Partners of signals: others that usually move with them.

use crate::base::time::{Span, Time, TimeRange};
use crate::mining::drive::Signal;

/// Moments at which signals are compared.
const MOMENTS: usize = 2048;
/// Least number of moments that both have.
const LEAST: usize = 50;
/// Part of its standard deviation by which a signal must range to count as moving.
const MOVES: f64 = 0.2;
/// Parts of a range whose means are compared, so that noise is no motion.
const PARTS: usize = 8;

/// All signals at the same moments, without the stretches in which they are suspected to be stuck.
pub(super) struct Partners<'a> {
    signals: &'a [Signal],
    grid: Vec<Vec<f64>>,
    deviations: Vec<f64>,
}

impl<'a> Partners<'a> {
    pub(super) fn new(signals: &'a [Signal], stuck: &[Vec<TimeRange>], range: TimeRange) -> Self {
        let step = range.span().0 / MOMENTS as i64;
        let moments: Vec<Time> =
            (0..MOMENTS as i64).map(|n| range.start + Span(step * n + step / 2)).collect();
        let grid: Vec<Vec<f64>> =
            signals.iter().zip(stuck).map(|(signal, stuck)| sampled(signal, stuck, &moments)).collect();
        let deviations = grid.iter().map(|values| deviation(values)).collect();
        Self { signals, grid, deviations }
    }

    /// The signal with the largest absolute correlation, of those above `least` that move during a range; with the correlation.
    pub(super) fn moving(&self, of: usize, range: TimeRange, least: f64) -> Option<(usize, f64)> {
        let others = (0..self.signals.len()).filter(|other| *other != of);
        let close = others.filter_map(|other| {
            let r = correlation(&self.grid[of], &self.grid[other])?;
            (r.abs() > least).then_some((other, r))
        });
        close
            .filter(|(other, _)| extent(&self.signals[*other], range) > MOVES * self.deviations[*other])
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()).then(b.0.cmp(&a.0)))
    }
}

/// Values of a signal at moments; NaN before the first and where it is suspected.
fn sampled(signal: &Signal, stuck: &[TimeRange], moments: &[Time]) -> Vec<f64> {
    let within = |moment: Time| stuck.iter().any(|range| range.start <= moment && moment <= range.end);
    let value = |moment: &Time| signal.at(*moment).filter(|_| !within(*moment)).unwrap_or(f64::NAN);
    moments.iter().map(value).collect()
}

fn deviation(values: &[f64]) -> f64 {
    let finite = || values.iter().filter(|value| value.is_finite());
    let n = finite().count().max(1) as f64;
    let mean = finite().sum::<f64>() / n;
    (finite().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt()
}

/// Correlation where both have a value; `None` of too few, or where one does not move.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let both = || a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite());
    let n = both().count();
    if n < LEAST {
        return None;
    }
    let (sum_a, sum_b) = both().fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
    let (mean_a, mean_b) = (sum_a / n as f64, sum_b / n as f64);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        let (a, b) = (a - mean_a, b - mean_b);
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    let spread: f64 = aa * bb;
    (spread > 0.0 && spread.is_finite()).then(|| ab / spread.sqrt())
}

/// Largest less smallest mean of the parts of a range; 0 of none.
fn extent(signal: &Signal, range: TimeRange) -> f64 {
    let first = signal.times.partition_point(|time| *time < range.start);
    let after = signal.times.partition_point(|time| *time <= range.end);
    let within = signal.values.get(first..after.min(signal.values.len())).unwrap_or_default();
    let means = within.chunks(within.len().div_ceil(PARTS).max(1)).map(|part| {
        let finite = || part.iter().filter(|value| value.is_finite());
        finite().sum::<f64>() / finite().count() as f64
    });
    let (low, high) = means
        .filter(|mean| mean.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| (low.min(mean), high.max(mean)));
    (high - low).max(0.0)
}
