//! Stretches in which something holds: their beginnings and their number.

use crate::base::temporal::judge::{Judge, Tail, infinite};
use crate::base::temporal::pieces::Pieces;
use crate::base::temporal::tree::Truth;
use crate::base::temporal::windows::{Window, lesser};
use crate::base::time::{Span, Time, TimeRange};

/// One moment.
const MOMENT: Span = Span(1);

/// Margins with the least and the greatest margin of unknown parts; once for both if nothing is unknown.
fn bounds<'a>(judge: &Judge<'a>, inner: &Truth<'a>, range: TimeRange) -> (Pieces, Pieces) {
    let before = judge.unknown.take();
    let least = judge.margins(inner, range, f64::NEG_INFINITY);
    let greatest = if judge.unknown.get().is_some() {
        judge.margins(inner, range, f64::INFINITY)
    } else {
        least.clone()
    };
    judge.unknown.set(before.or_else(|| judge.unknown.get()));
    (least, greatest)
}

/// Margins of the beginnings of `inner`: the lesser of its margin and of the negated one of the moment before.
///
/// Between two samples that is the negative amount of the margin, whatever the number of samples.
pub(super) fn edges<'a>(
    judge: &Judge<'a>,
    inner: &Truth<'a>,
    at_first: bool,
    range: TimeRange,
    fill: f64,
) -> Pieces {
    let first = judge.interval.start;
    let wide = TimeRange { start: (range.start - MOMENT).max(first), end: range.end };
    let (least, greatest) = bounds(judge, inner, wide);
    let (now, earlier) = if fill < 0.0 { (least, greatest) } else { (greatest, least) };
    // The moment before the first one is like it, unless everything begins there.
    let start = earlier.at(wide.start);
    let mut before = earlier.later(MOMENT);
    before.end = range.end;
    if range.start == first {
        before.starts.insert(0, first);
        before.values.insert(0, if at_first { f64::NEG_INFINITY } else { start });
    }
    let inside = before.starts.partition_point(|start| *start < range.end);
    before.starts.truncate(inside);
    before.values.truncate(inside);
    from(&now, range.start).zip(&before, |now, before| lesser(now, -before))
}

/// The same values from `start` on.
fn from(pieces: &Pieces, start: Time) -> Pieces {
    let mut out = Pieces::until(pieces.end);
    for (at, value) in pieces.iter() {
        out.push(at.max(start), value);
    }
    out
}

/// Number of stretches of `inner` in the window of each moment of `range`; not a number where it is unknown.
pub(super) fn count<'a>(judge: &Judge<'a>, window: Window, inner: &Truth<'a>, range: TimeRange) -> Pieces {
    let Some(needed) = judge.needed(range, window) else {
        let none = if judge.tail == Tail::Cut { 0.0 } else { f64::NAN };
        return Pieces::constant(range, none);
    };
    let (least, greatest) = bounds(judge, inner, needed);
    let unknown = least
        .zip(&greatest, |least, greatest| infinite(least.is_sign_positive() != greatest.is_sign_positive()));
    let known = overlapping(&stretches(&least), window, range);
    let count = known.zip(&overlapping(&stretches(&unknown), window, range), |count, unknown| {
        if unknown > 0.0 { f64::NAN } else { count }
    });
    judge.open_end(inner, count, window, f64::NAN)
}

/// Beginning and end of each stretch that is not negative.
pub(super) fn stretches(margins: &Pieces) -> Vec<TimeRange> {
    let mut all: Vec<TimeRange> = Vec::new();
    for (index, (start, margin)) in margins.iter().enumerate() {
        if margin.is_sign_negative() {
            continue;
        }
        let end = margins.end_of(index);
        match all.last_mut().filter(|last| last.end == start) {
            Some(last) => last.end = end,
            None => all.push(TimeRange { start, end }),
        }
    }
    all
}

/// Number of stretches that share a moment with the window of each moment of `range`.
fn overlapping(stretches: &[TimeRange], window: Window, range: TimeRange) -> Pieces {
    let mut out = Pieces::until(range.end);
    let (mut begun, mut ended) = (0, 0);
    let mut time = range.start;
    while time < range.end {
        let enters = |begun: usize| stretches.get(begun).map(|stretch| stretch.start - window.far());
        let leaves = |ended: usize| stretches.get(ended).map(|stretch| stretch.end - window.from);
        while enters(begun).is_some_and(|start| start <= time) {
            begun += 1;
        }
        while ended < begun && leaves(ended).is_some_and(|end| end <= time) {
            ended += 1;
        }
        out.push(time, (begun - ended) as f64);
        let next = [enters(begun), leaves(ended).filter(|_| ended < begun)];
        time = next.into_iter().flatten().min().unwrap_or(range.end);
    }
    out
}
