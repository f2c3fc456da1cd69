//! Recorded numbers over time.

use crate::base::time::Time;

/// One recorded number over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name in the recording.
    pub name: String,
    /// Time of each value, in order.
    pub times: Vec<Time>,
    /// The values, as many as there are times; NaN where one was lost.
    pub values: Vec<f64>,
}

/// Signals that are used together, each with times of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals {
    /// One for each signal.
    pub series: Vec<Series>,
}

impl Series {
    /// Value at a time: that of the last sample at or before it.
    pub fn at(&self, time: Time) -> Option<f64> {
        let after = self.times.partition_point(|sample| *sample <= time);
        after.checked_sub(1).and_then(|last| self.values.get(last)).copied()
    }
}

impl Signals {
    /// The signal called `name`.
    pub fn named(&self, name: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.name == name)
    }

    /// First and last time of all signals.
    pub fn span(&self) -> Option<(Time, Time)> {
        let first = self.series.iter().filter_map(|series| series.times.first()).min()?;
        let last = self.series.iter().filter_map(|series| series.times.last()).max()?;
        Some((*first, *last))
    }
}
