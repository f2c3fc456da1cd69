//! Numbers over time that are constant from piece to piece.

use crate::base::time::{Span, Time, TimeRange};

/// A number over a range of time: each value holds from its start to the next start, the last one to the end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pieces {
    pub(super) starts: Vec<Time>,
    pub(super) values: Vec<f64>,
    pub(super) end: Time,
}

impl Pieces {
    /// Nothing yet, to be filled from the beginning to `end`.
    pub(super) fn until(end: Time) -> Self {
        Self { starts: Vec::new(), values: Vec::new(), end }
    }

    /// Makes room for more pieces.
    pub(super) fn reserve(&mut self, more: usize) {
        self.starts.reserve(more);
        self.values.reserve(more);
    }

    /// One value throughout.
    pub(super) fn constant(range: TimeRange, value: f64) -> Self {
        Self { starts: vec![range.start], values: vec![value], end: range.end }
    }

    /// Adds a value that holds from `start` on, which is not before the last start; one at the same start replaces it.
    #[inline]
    pub(super) fn push(&mut self, start: Time, value: f64) {
        if let (Some(last), Some(old)) = (self.starts.last(), self.values.last_mut()) {
            if *last == start {
                *old = value;
                return;
            }
            // By bits, since 0 and -0 mean different things.
            if old.to_bits() == value.to_bits() {
                return;
            }
        }
        self.starts.push(start);
        self.values.push(value);
    }

    /// Number of pieces.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// End of the piece at `index`.
    #[inline]
    pub(super) fn end_of(&self, index: usize) -> Time {
        self.starts.get(index + 1).copied().unwrap_or(self.end)
    }

    /// Start and value of each piece.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Time, f64)> {
        self.starts.iter().copied().zip(self.values.iter().copied())
    }

    /// The value at a time inside; the first one before it; not a number if there are none.
    pub(super) fn at(&self, time: Time) -> f64 {
        let after = self.starts.partition_point(|start| *start <= time);
        self.values.get(after.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// Each value by `change`.
    pub(super) fn map(mut self, change: impl Fn(f64) -> f64) -> Self {
        for value in &mut self.values {
            *value = change(*value);
        }
        self
    }

    /// The same values `span` later.
    pub(super) fn later(mut self, span: Span) -> Self {
        for start in &mut self.starts {
            *start = *start + span;
        }
        self.end = self.end + span;
        self
    }

    /// Values of two over the same range, joined by `join`.
    pub(super) fn zip(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        let mut joined = Self::until(self.end.min(other.end));
        joined.reserve(self.len() + other.len());
        let (mut i, mut k) = (0, 0);
        while let (Some(a), Some(b)) = (self.values.get(i), other.values.get(k)) {
            if let (Some(first), Some(second)) = (self.starts.get(i), other.starts.get(k)) {
                joined.push(*first.max(second), join(*a, *b));
            }
            let (a_end, b_end) = (self.end_of(i), other.end_of(k));
            i += usize::from(a_end <= b_end);
            k += usize::from(b_end <= a_end);
        }
        joined
    }
}
