//! Ranges of signals: seconds in each bin of two signals together, such as speed and curvature.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::nearest::hint;
use crate::base::time::Span;
use crate::mining::coverage::axis::Axis;
use crate::mining::coverage::record::Record;
use crate::mining::drive::Signal;

/// Longest time that a sample holds.
const HELD: Span = Span(1_000_000_000);
/// Bins of a signal whose steps are not given.
const BINS: usize = 10;

/// Seconds in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Ends of the bin of the first signal.
    pub x: [f64; 2],
    /// Ends of the bin of the second.
    pub y: [f64; 2],
    /// Seconds in it.
    pub seconds: f64,
    /// Recordings in it.
    pub recordings: usize,
}

/// An empty bin between occupied ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Empty {
    /// Ends of the bin of the first signal.
    pub x: [f64; 2],
    /// Ends of the bin of the second.
    pub y: [f64; 2],
    /// Product of the seconds of its row and its column, by which empty ones are ranked.
    pub expected: f64,
    /// The recording that comes nearest.
    pub nearest: Option<String>,
}

/// Coverage of two signals together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RangeCoverage {
    /// Names of both signals.
    pub signals: [String; 2],
    /// Bins with time in them, in order.
    pub bins: Vec<Bin>,
    /// Bins without, whose row and column were seen, the most expected first.
    pub holes: Vec<Empty>,
    /// Recordings without one of the signals.
    pub without: Vec<String>,
    /// A hint at a name that no recording has; "" if none is needed.
    pub hint: String,
}

/// The coverage of the signals `first` and `first + 1` of the recordings.
pub fn ranges(records: &[Record], axes: [&Axis; 2], first: usize, known: &[String]) -> RangeCoverage {
    let signals = |record: &Record| {
        let of = |at: usize| record.signals.get(at).cloned().flatten();
        of(first).zip(of(first + 1))
    };
    let steps = [0, 1].map(|at| {
        let values = records.iter().filter_map(|record| record.signals.get(first + at)?.as_ref());
        steps_of(axes[at], values)
    });
    let mut seconds: BTreeMap<[usize; 2], BTreeMap<usize, f64>> = BTreeMap::new();
    let mut without = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let Some((x, y)) = signals(record) else {
            without.push(record.name.clone());
            continue;
        };
        for (n, pair) in x.times.windows(2).enumerate() {
            let span = (pair[1] - pair[0]).min(HELD);
            let (own, other) = (x.values.get(n).copied(), y.at(pair[0]));
            let bins = own.zip(other).and_then(|(a, b)| bin(&steps[0], a).zip(bin(&steps[1], b)));
            if let Some((a, b)) = bins {
                *seconds.entry([a, b]).or_default().entry(number).or_default() += span.secs();
            }
        }
    }
    let ends = |axis: usize, at: usize| [steps[axis][at], steps[axis][at + 1]];
    let total = |by: &BTreeMap<usize, f64>| by.values().sum::<f64>();
    let bins = seconds.iter().map(|([a, b], by)| Bin {
        x: ends(0, *a),
        y: ends(1, *b),
        seconds: total(by),
        recordings: by.len(),
    });
    let bins: Vec<Bin> = bins.collect();
    let mut sums = [BTreeMap::<usize, f64>::new(), BTreeMap::new()];
    for (at, by) in &seconds {
        for (sum, bin) in sums.iter_mut().zip(at) {
            *sum.entry(*bin).or_default() += total(by);
        }
    }
    let mut holes = Vec::new();
    for (a, across) in &sums[0] {
        for (b, along) in sums[1].iter().filter(|(b, _)| !seconds.contains_key(&[*a, **b])) {
            let near = nearest([*a, *b], &seconds).and_then(|at| records.get(at));
            holes.push(Empty {
                x: ends(0, *a),
                y: ends(1, *b),
                expected: across * along,
                nearest: near.map(|record| record.name.clone()),
            });
        }
    }
    holes.sort_by(|a, b| {
        let place = |of: &Empty| (of.x[0], of.y[0]);
        b.expected.total_cmp(&a.expected).then_with(|| {
            let (a, b) = (place(a), place(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
    });
    let missing = |at: usize| {
        let seen = records.iter().any(|record| record.signals.get(first + at).is_some_and(Option::is_some));
        (!seen).then(|| hint(&axes[at].name, known.iter().map(String::as_str)))
    };
    RangeCoverage {
        signals: axes.map(|axis| axis.name.clone()),
        bins,
        holes,
        without,
        hint: [missing(0), missing(1)].into_iter().flatten().collect(),
    }
}

/// The ends of the bins.
fn steps_of<'a>(axis: &Axis, signals: impl Iterator<Item = &'a Signal>) -> Vec<f64> {
    if !axis.steps.is_empty() {
        return axis.steps.clone();
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in signals.flat_map(|signal| signal.values.iter()).filter(|value| value.is_finite()) {
        (low, high) = (low.min(*value), high.max(*value));
    }
    if low > high {
        return vec![0.0, 1.0];
    }
    let width = if high > low { (high - low) / BINS as f64 } else { 1.0 };
    (0..=BINS).map(|n| low + width * n as f64).collect()
}

/// The bin of a value; the first and the last one take what is beyond.
fn bin(steps: &[f64], value: f64) -> Option<usize> {
    if value.is_nan() || steps.len() < 2 {
        return None;
    }
    Some(steps.partition_point(|step| *step <= value).saturating_sub(1).min(steps.len() - 2))
}

/// The recording with the nearest occupied bin, of equals the one with more seconds there.
fn nearest(hole: [usize; 2], seconds: &BTreeMap<[usize; 2], BTreeMap<usize, f64>>) -> Option<usize> {
    let away = |at: &[usize; 2]| {
        let of = |axis: usize| at[axis].abs_diff(hole[axis]);
        of(0) * of(0) + of(1) * of(1)
    };
    let (_, by) = seconds.iter().min_by_key(|(at, _)| away(at))?;
    by.iter().rev().max_by(|a, b| a.1.total_cmp(b.1)).map(|(record, _)| *record)
}
