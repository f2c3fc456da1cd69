//! The state of a judgment: the interval, and what was found to be unknown.

use std::cell::Cell;
use std::fmt;

use crate::base::expression::Expr;
use crate::base::temporal::pieces::Pieces;
use crate::base::temporal::tree::Truth;
use crate::base::temporal::windows::{Extreme, Window};
use crate::base::time::{Span, Time, TimeRange};

/// The rule by which a truth gets its margins at each moment of a range, which is not empty.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a>(pub(super) fn(&Judge<'a>, &Truth<'a>, TimeRange, f64) -> Pieces);

impl fmt::Debug for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rule")
    }
}

/// Treatment of windows that reach beyond the end of the interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// They are cut there.
    Cut,
    /// They go on, and signals are unknown there.
    Unknown,
}

/// Judges parts of a formula on an interval.
///
/// Each part is judged with a `fill`, the margin of unknown parts: -∞ gives the least and ∞ the greatest margin that
/// is possible. A negation turns it around.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    pub(super) interval: TimeRange,
    pub(super) tail: Tail,
    /// The first part without a value that was met, and its moment.
    pub(super) unknown: Cell<Option<(&'a Expr, Time)>>,
    /// True as soon as a window was cut.
    pub(super) cut: Cell<bool>,
    rule: Rule<'a>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(interval: TimeRange, tail: Tail, rule: Rule<'a>) -> Self {
        Self { interval, tail, unknown: Cell::new(None), cut: Cell::new(false), rule }
    }

    /// Notes that a part has no value.
    pub(super) fn miss(&self, part: &'a Expr, moment: Time) {
        if self.unknown.get().is_none() {
            self.unknown.set(Some((part, moment)));
        }
    }

    /// Margins of a truth at each moment of `range`, which is not empty.
    pub(super) fn margins(&self, truth: &Truth<'a>, range: TimeRange, fill: f64) -> Pieces {
        (self.rule.0)(self, truth, range, fill)
    }

    /// The moments that the windows of all moments of `range` reach; none if they lie beyond the end.
    pub(super) fn needed(&self, range: TimeRange, window: Window) -> Option<TimeRange> {
        let limit = self.interval.end;
        let start = range.start + window.from;
        let mut end = range.end + window.far();
        if window.to.is_none() {
            end = end.min(limit);
        } else if self.tail == Tail::Cut {
            // A window that ends with the interval touches the first moment after it, nothing is missing for that.
            if end > limit + Span(1) || start >= limit {
                self.cut.set(true);
            }
            end = end.min(limit);
        }
        (start < end).then_some(TimeRange { start, end })
    }

    /// Margin of a window without a moment: unknown if the interval only has no end.
    pub(super) fn of_nothing(&self, truth: &Truth<'a>, extreme: Extreme, fill: f64) -> f64 {
        match self.tail {
            Tail::Cut => extreme.of_nothing(),
            Tail::Unknown => {
                self.miss(truth.expr, self.interval.end);
                fill
            }
        }
    }

    /// Values of windows up to the end of the interval, unknown for moments after it.
    pub(super) fn open_end(
        &self,
        truth: &Truth<'a>,
        mut margins: Pieces,
        window: Window,
        fill: f64,
    ) -> Pieces {
        let limit = self.interval.end;
        if window.to.is_none() && self.tail == Tail::Unknown && margins.end > limit {
            let inside = margins.starts.partition_point(|start| *start < limit);
            margins.starts.truncate(inside);
            margins.values.truncate(inside);
            self.miss(truth.expr, limit);
            margins.push(limit, fill);
        }
        margins
    }

    /// The margin of a truth at one moment.
    pub(super) fn margin_at(&self, truth: &Truth<'a>, time: Time, fill: f64) -> f64 {
        self.margins(truth, moment(time), fill).at(time)
    }
}

/// The range of one moment.
pub(super) fn moment(time: Time) -> TimeRange {
    TimeRange { start: time, end: time + Span(1) }
}

/// The margin of something that has none but true and false.
pub(super) fn infinite(truth: bool) -> f64 {
    if truth { f64::INFINITY } else { f64::NEG_INFINITY }
}
