//! Margins of the parts that compare signals, and numbers over time.

use crate::base::expression::{Binary, same};
use crate::base::temporal::judge::{Judge, infinite};
use crate::base::temporal::pieces::Pieces;
use crate::base::temporal::stretches;
use crate::base::temporal::traces::{Trace, Values};
use crate::base::temporal::tree::{Label, Number, Word};
use crate::base::time::{Span, TimeRange};

/// Margin of a comparison: above 0 it holds, below 0 it does not, and 0 and -0 say so for equal numbers. Not a number
/// for unknown ones.
#[inline]
fn margin(operator: Binary, a: f64, b: f64) -> f64 {
    if same(a, b) {
        return if matches!(operator, Binary::AtMost | Binary::AtLeast | Binary::Equal) { 0.0 } else { -0.0 };
    }
    match operator {
        Binary::Less | Binary::AtMost => b - a,
        Binary::Greater | Binary::AtLeast => a - b,
        Binary::Equal => -(a - b).abs(),
        Binary::Unequal => (a - b).abs(),
        Binary::Or | Binary::And | Binary::Plus | Binary::Minus | Binary::Times | Binary::Over => f64::NAN,
    }
}

impl<'a> Judge<'a> {
    /// Margins of a comparison; not a number where they are unknown.
    pub(super) fn compare(
        &self,
        operator: Binary,
        a: &Number<'a>,
        b: &Number<'a>,
        range: TimeRange,
    ) -> Pieces {
        match (a, b) {
            (Number::Constant(a), b) => self.number(b, range).map(|b| margin(operator, *a, b)),
            (a, Number::Constant(b)) => self.number(a, range).map(|a| margin(operator, a, *b)),
            (a, b) => self.number(a, range).zip(&self.number(b, range), |a, b| margin(operator, a, b)),
        }
    }

    /// Values of a number over `range`; not a number where they are unknown.
    pub(super) fn number(&self, number: &Number<'a>, range: TimeRange) -> Pieces {
        match number {
            Number::Constant(value) => Pieces::constant(range, *value),
            Number::Signal(trace) => match &trace.values {
                Values::Numbers(values) => {
                    self.signal(trace, range, |at| values.get(at).copied().unwrap_or(f64::NAN))
                }
                Values::Truths(_) | Values::Texts(_) => Pieces::constant(range, f64::NAN),
            },
            Number::Change(change, inner) => self.number(inner, range).map(change),
            Number::Join(join, a, b) => match (&**a, &**b) {
                (Number::Constant(a), b) => self.number(b, range).map(|b| join(*a, b)),
                (a, Number::Constant(b)) => self.number(a, range).map(|a| join(a, *b)),
                (a, b) => self.number(a, range).zip(&self.number(b, range), join),
            },
            Number::Count(window, inner) => stretches::count(self, *window, inner, range),
        }
    }

    /// Margins of a signal of truths.
    pub(super) fn truths(&self, trace: &Trace<'_>, range: TimeRange) -> Pieces {
        self.signal(trace, range, |at| match &trace.values {
            Values::Truths(values) => values.get(at).map_or(f64::NAN, |truth| infinite(*truth)),
            Values::Numbers(_) | Values::Texts(_) => f64::NAN,
        })
    }

    /// Margins of two strings or truths that are to be equal.
    pub(super) fn matching(&self, a: Label<'_>, b: Label<'_>, range: TimeRange) -> Pieces {
        match (a, b) {
            (Label::Constant(a), Label::Constant(b)) => Pieces::constant(range, infinite(a == b)),
            (Label::Constant(word), Label::Signal(trace)) | (Label::Signal(trace), Label::Constant(word)) => {
                self.signal(trace, range, |at| {
                    word_at(trace, at).map_or(f64::NAN, |other| infinite(word == other))
                })
            }
            (Label::Signal(a), Label::Signal(b)) => {
                let places = |trace| self.signal(trace, range, |at| at as f64);
                places(a).zip(&places(b), |i, k| {
                    if i.is_nan() || k.is_nan() {
                        return f64::NAN;
                    }
                    infinite(word_at(a, i as usize) == word_at(b, k as usize))
                })
            }
        }
    }

    /// Values of a signal by the index of the sample; not a number before the first one and beyond the interval.
    fn signal(&self, trace: &Trace<'_>, range: TimeRange, value: impl Fn(usize) -> f64) -> Pieces {
        let mut out = Pieces::until(range.end);
        // The last value still holds at the first moment after the interval, which windows with both ends may touch.
        let last = self.interval.end;
        if range.start <= last {
            let start = range.start.min(last - Span(1));
            let known = TimeRange { start, end: range.end.min(last).max(start + Span(1)) };
            let (samples, early) = trace.samples(known, self.interval);
            let stamps = trace.stamps(samples.clone());
            if !early {
                out.push(range.start, f64::NAN);
            }
            if trace.repeats || !early {
                for (stamp, at) in stamps.iter().zip(samples) {
                    out.push((*stamp).max(range.start), value(at));
                }
            } else {
                out.starts.extend_from_slice(stamps);
                out.values.extend(samples.map(value));
            }
            if let Some(first) = out.starts.first_mut() {
                *first = range.start;
            }
        }
        if out.len() == 0 {
            out.push(range.start, f64::NAN);
        }
        let unknown = last + Span(1);
        if range.end > unknown {
            out.push(range.start.max(unknown), f64::NAN);
        }
        out
    }
}

fn word_at<'a>(trace: &Trace<'a>, at: usize) -> Option<Word<'a>> {
    match &trace.values {
        Values::Truths(values) => values.get(at).map(|truth| Word::Truth(*truth)),
        Values::Texts(values) => values.get(at).map(|text| Word::Text(text)),
        Values::Numbers(_) => None,
    }
}
