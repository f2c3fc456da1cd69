//! Truths about other moments: durations, orders, edges.

use crate::base::time::{Span, Time};
use crate::tracks::questions::grid::Tri;
use crate::tracks::questions::world::longest;

/// First and last position of a run of true values; a gap of the series ends one.
pub(super) type Run = (usize, usize);

/// The runs of true values.
pub(super) fn runs(times: &[Time], values: &[Tri]) -> Vec<Run> {
    let longest = longest(times);
    let mut found: Vec<Run> = Vec::new();
    for at in (0..values.len()).filter(|at| values[*at] == Some(true)) {
        match found.last_mut() {
            Some((_, last)) if *last + 1 == at && times[at] - times[*last] <= longest => *last = at,
            _ => found.push((at, at)),
        }
    }
    found
}

/// Marks runs; what is unknown stays so elsewhere.
fn marked(values: &[Tri], runs: impl IntoIterator<Item = Run>) -> Vec<Tri> {
    let mut found: Vec<Tri> = values.iter().map(|value| value.map(|_| false)).collect();
    for (from, to) in runs {
        found[from..=to].fill(Some(true));
    }
    found
}

/// Inside of runs that last.
pub(super) fn lasting(times: &[Time], p: &[Tri], least: Span) -> Vec<Tri> {
    let long = runs(times, p).into_iter().filter(|(from, to)| times[*to] - times[*from] >= least);
    marked(p, long)
}

/// From each begin of `p` to the first moment of `q` within a time.
pub(super) fn then(times: &[Time], p: &[Tri], q: &[Tri], within: Option<Span>) -> Vec<Tri> {
    let spans = runs(times, p).into_iter().filter_map(|(from, _)| {
        let soon = |at: usize| within.is_none_or(|within| times[at] - times[from] <= within);
        let first = (from..times.len()).take_while(|at| soon(*at)).find(|at| q[*at] == Some(true))?;
        Some((from, first))
    });
    marked(p, spans.collect::<Vec<_>>())
}

/// Moments of `p` after which `q` begins within a time.
pub(super) fn before(times: &[Time], p: &[Tri], q: &[Tri], within: Option<Span>) -> Vec<Tri> {
    let begins: Vec<usize> = runs(times, q).into_iter().map(|(from, _)| from).collect();
    let comes = |at: usize| {
        let next = begins.get(begins.partition_point(|begin| *begin <= at));
        next.is_some_and(|next| within.is_none_or(|within| times[*next] - times[at] <= within))
    };
    p.iter().enumerate().map(|(at, value)| value.map(|value| value && comes(at))).collect()
}

/// The first moments of runs; a run from the very first moment on does not begin.
pub(super) fn rises(times: &[Time], p: &[Tri]) -> Vec<Tri> {
    let begins = runs(times, p).into_iter().filter(|(from, _)| *from > 0 && p[from - 1] == Some(false));
    marked(p, begins.map(|(from, _)| (from, from)).collect::<Vec<_>>())
}

/// The first moments after runs.
pub(super) fn falls(times: &[Time], p: &[Tri]) -> Vec<Tri> {
    let ends = runs(times, p).into_iter().map(|(_, to)| to + 1);
    let ends = ends.filter(|at| p.get(*at) == Some(&Some(false))).map(|at| (at, at));
    marked(p, ends.collect::<Vec<_>>())
}

/// Number of runs that began within a time up to each moment.
pub(super) fn times_of(times: &[Time], p: &[Tri], within: Option<Span>) -> Vec<f64> {
    let begins: Vec<Time> = runs(times, p).into_iter().map(|(from, _)| times[from]).collect();
    let count = |now: &Time| {
        let until = begins.partition_point(|begin| begin <= now);
        let since = within.map_or(0, |within| begins.partition_point(|begin| *begin < *now - within));
        (until - since) as f64
    };
    times.iter().map(count).collect()
}
