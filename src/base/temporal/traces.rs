//! Named signals that formulas speak of.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::temporal::error::Missing;
use crate::base::time::{Span, Time, TimeRange};

/// Values of a signal.
#[derive(Clone, Debug)]
pub enum Values<'a> {
    /// Numbers; NaN where one was lost.
    Numbers(&'a [f64]),
    /// Truths.
    Truths(&'a [bool]),
    /// Strings, such as the class of a track.
    Texts(Vec<&'a str>),
}

impl Values<'_> {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Truths(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A signal with its own stamps.
#[derive(Clone, Debug)]
pub(super) struct Trace<'a> {
    times: &'a [Time],
    pub(super) values: Values<'a>,
    /// True if some stamps are equal.
    pub(super) repeats: bool,
    fault: Option<Missing>,
}

/// Signals by name. One whose stamps are not usable is kept with its fault: formulas that use it are skipped.
#[derive(Clone, Debug, Default)]
pub struct Traces<'a> {
    all: BTreeMap<String, Trace<'a>>,
}

impl<'a> Traces<'a> {
    /// Adds a signal under its name, in the place of an earlier one with that name. `times` are in order, as many as
    /// there are values; of equal ones the last counts.
    pub fn insert(&mut self, name: &str, times: &'a [Time], values: Values<'a>) {
        let fault = if times.len() == values.len() {
            let later = times.iter().zip(times.iter().skip(1)).position(|(a, b)| b < a);
            later.map(|at| Missing::Backwards { name: name.to_owned(), sample: at + 1 })
        } else {
            Some(Missing::Lengths { name: name.to_owned(), times: times.len(), values: values.len() })
        };
        let repeats = times.iter().zip(times.iter().skip(1)).any(|(a, b)| a == b);
        self.all.insert(name.to_owned(), Trace { times, values, repeats, fault });
    }

    /// Names of the signals, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Trace<'a>> {
        self.all.get(name)
    }
}

impl Trace<'_> {
    /// The reason for which nothing can be said about an interval, if there is one.
    pub(super) fn missing(&self, name: &str, interval: TimeRange) -> Option<Missing> {
        if let Some(fault) = &self.fault {
            return Some(fault.clone());
        }
        let first = self.times.partition_point(|time| *time < interval.start);
        let inside = self.times.get(first).is_some_and(|time| *time < interval.end);
        (!inside).then(|| Missing::NoSamples { name: name.to_owned() })
    }

    /// Indices of the samples that hold at some moment of `range`, and true if the first of them holds from its beginning.
    pub(super) fn samples(&self, range: TimeRange, interval: TimeRange) -> (Range<usize>, bool) {
        let held = self.times.partition_point(|time| *time <= range.start);
        let first = held.saturating_sub(1);
        let early = held > 0 || self.is_punctual(interval);
        let last = self.times.partition_point(|time| *time < range.end);
        let least = if early { first + 1 } else { first };
        (first..last.max(least).min(self.times.len()), early)
    }

    /// Stamps of some samples.
    pub(super) fn stamps(&self, samples: Range<usize>) -> &[Time] {
        self.times.get(samples).unwrap_or_default()
    }

    /// Index of the sample whose value holds at a moment of the interval; none before the first one.
    pub(super) fn held(&self, time: Time, interval: TimeRange) -> Option<usize> {
        let after = self.times.partition_point(|sample| *sample <= time);
        after.checked_sub(1).or_else(|| self.is_punctual(interval).then_some(0))
    }

    /// True for a sample that is not a number.
    pub(super) fn is_lost(&self, at: usize) -> bool {
        matches!(&self.values, Values::Numbers(values) if values.get(at).is_none_or(|value| value.is_nan()))
    }

    /// True for a first sample so near to the beginning of the interval that its value counts from there on.
    fn is_punctual(&self, interval: TimeRange) -> bool {
        let (Some(first), Some(last)) = (self.times.first(), self.times.last()) else { return false };
        let periods = self.times.len().saturating_sub(1).max(1) as i64;
        let late = *first - interval.start;
        late <= Span(((*last - *first).0 / periods).saturating_mul(3) / 2)
    }
}
