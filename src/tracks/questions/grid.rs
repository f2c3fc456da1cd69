//! Moments at which a part of a question is judged.

use crate::base::time::Time;
use crate::tracks::questions::world::{held, longest};

/// True, false or unknown.
pub(super) type Tri = Option<bool>;

/// The moments of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grid {
    /// Those of the vehicle and of signals.
    Moments,
    /// The observations of a track.
    Of(usize),
}

pub(super) fn not(a: Tri) -> Tri {
    a.map(|a| !a)
}

pub(super) fn and(a: Tri, b: Tri) -> Tri {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

pub(super) fn or(a: Tri, b: Tri) -> Tri {
    not(and(not(a), not(b)))
}

/// Values of a series at other moments, each held until the next sample; `absent` where none holds.
pub(super) fn lifted<T: Copy>(times: &[Time], values: &[T], moments: &[Time], absent: T) -> Vec<T> {
    if times.len() == moments.len() && times == moments {
        return values.to_vec();
    }
    let longest = longest(times);
    let at = |moment: &Time| held(times, *moment, longest).and_then(|at| values.get(at)).copied();
    moments.iter().map(|moment| at(moment).unwrap_or(absent)).collect()
}
