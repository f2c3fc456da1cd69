//! Least and greatest values in windows that slide, and `until`.

use std::collections::VecDeque;

use crate::base::temporal::pieces::Pieces;
use crate::base::time::{Span, Time, TimeRange};

/// The smaller of two margins; -0 is smaller than 0.
#[inline]
pub(super) fn lesser(a: f64, b: f64) -> f64 {
    if b.total_cmp(&a).is_lt() { b } else { a }
}

/// The greater of two margins; -0 is smaller than 0.
#[inline]
pub(super) fn greater(a: f64, b: f64) -> f64 {
    if b.total_cmp(&a).is_gt() { b } else { a }
}

/// The value of a window that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extreme {
    /// The smallest one, for `always`.
    Least,
    /// The largest one, for `eventually`.
    Greatest,
}

impl Extreme {
    /// Value of a window without a moment.
    pub(super) fn of_nothing(self) -> f64 {
        match self {
            Self::Least => f64::INFINITY,
            Self::Greatest => f64::NEG_INFINITY,
        }
    }

    /// True if `a` decides rather than `b`.
    #[inline]
    pub(super) fn decides(self, a: f64, b: f64) -> bool {
        match self {
            Self::Least => a.total_cmp(&b).is_lt(),
            Self::Greatest => a.total_cmp(&b).is_gt(),
        }
    }

    /// Index of the first value that decides.
    pub(super) fn index(self, values: &[f64]) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for (index, value) in values.iter().enumerate() {
            if best.is_none_or(|(_, old)| self.decides(*value, old)) {
                best = Some((index, *value));
            }
        }
        best.map(|(index, _)| index)
    }
}

/// A window relative to a moment, with both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Its beginning.
    pub(super) from: Span,
    /// Its end; none is that of the interval.
    pub(super) to: Option<Span>,
}

impl Window {
    /// The end, or an end beyond all times.
    pub(super) fn far(self) -> Span {
        self.to.unwrap_or(Span(i64::MAX))
    }
}

/// The extreme of `pieces` in the window of each moment of `range`, by a monotone queue (Lemire 2006).
pub(super) fn sliding(pieces: &Pieces, range: TimeRange, window: Window, extreme: Extreme) -> Pieces {
    let mut out = Pieces::until(range.end);
    out.reserve(pieces.len());
    let mut queue: VecDeque<(f64, Time)> = VecDeque::new();
    let mut entering = pieces.iter().enumerate().peekable();
    let mut time = range.start;
    while time < range.end {
        while let Some((index, (_, value))) =
            entering.next_if(|(_, (start, _))| *start - window.far() <= time)
        {
            while queue.back().is_some_and(|(old, _)| extreme.decides(value, *old)) {
                queue.pop_back();
            }
            queue.push_back((value, pieces.end_of(index) - window.from));
        }
        while queue.front().is_some_and(|(_, leaves)| *leaves <= time) {
            queue.pop_front();
        }
        let front = queue.front();
        out.push(time, front.map_or_else(|| extreme.of_nothing(), |(value, _)| *value));
        let leaves = front.map_or(range.end, |(_, leaves)| *leaves);
        let enters = entering.peek().map_or(range.end, |(_, (start, _))| *start - window.far());
        time = leaves.min(enters);
    }
    out
}

/// `until` without bounds over the range of both: the greatest of what comes, as far as the first one lasts before it.
pub(super) fn until(first: &Pieces, second: &Pieces) -> Pieces {
    let (mut values, starts) = both(first, second);
    let mut later = f64::NEG_INFINITY;
    for (holds, comes) in values.iter_mut().rev() {
        later = greater(*comes, lesser(*holds, later));
        *comes = later;
    }
    let mut out = Pieces::until(first.end.min(second.end));
    out.reserve(starts.len());
    for (start, (_, value)) in starts.into_iter().zip(values) {
        out.push(start, value);
    }
    out
}

/// Values of two over the same range wherever one of them changes, with the moments of change.
pub(super) fn both(first: &Pieces, second: &Pieces) -> (Vec<(f64, f64)>, Vec<Time>) {
    let most = first.len() + second.len();
    let (mut values, mut starts) = (Vec::with_capacity(most), Vec::with_capacity(most));
    let (mut i, mut k) = (0, 0);
    while let (Some(a), Some(b)) = (first.values.get(i), second.values.get(k)) {
        if let (Some(x), Some(y)) = (first.starts.get(i), second.starts.get(k)) {
            starts.push(*x.max(y));
        }
        values.push((*a, *b));
        let (a_end, b_end) = (first.end_of(i), second.end_of(k));
        i += usize::from(a_end <= b_end);
        k += usize::from(b_end <= a_end);
    }
    (values, starts)
}
