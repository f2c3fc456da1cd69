//! Subject of a question: tracks, the vehicle, signals, tags and findings of one recording, as plain values.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::time::{Span, Time, TimeRange};
use crate::tracks::track::Placed;

pub use crate::tracks::questions::actor::Actor;

/// Longest distance of two tracks in meters that relations are looked for over (`RefAV`).
pub const REACH: f64 = 50.0;

/// A signal: it holds its value until its next sample.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Times of the samples.
    pub times: Arc<Vec<Time>>,
    /// The values.
    pub values: Arc<Vec<f64>>,
}

/// A stretch of time, about some tracks or about everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The stretch, both ends included.
    pub range: TimeRange,
    /// Ids of the tracks that it is about; none for all.
    pub tracks: Vec<String>,
}

/// A recording as questions see it, with the tracks of one channel.
#[derive(Debug, Default)]
pub struct World {
    /// The tracks, and the vehicle among them.
    pub(super) actors: Vec<Actor>,
    /// Position of the vehicle.
    pub(super) ego: Option<usize>,
    /// The signals that the question names.
    pub signals: BTreeMap<String, Signal>,
    /// Names of all signals, for hints.
    pub signal_names: Vec<String>,
    /// Stretches of the tags by their name.
    pub tags: BTreeMap<String, Vec<Stretch>>,
    /// Findings of the finders that the question names.
    pub findings: BTreeMap<String, Vec<Stretch>>,
    /// True if places are in the frame of the vehicle, whose own motion is not known: only where things are is known then.
    pub relative: bool,
    /// Longest distance of centers in meters over which relations are looked for.
    pub reach: f64,
}

impl World {
    /// A world of tracks, and the vehicle by the middles of its box where its motion is known; `ahead` is the distance of the
    /// middle ahead of its reference point.
    pub fn new(tracks: Vec<Actor>, ego: Option<(&[(Time, Placed)], f64)>) -> Self {
        let mut actors = Vec::with_capacity(tracks.len() + 1);
        let known = ego.filter(|(places, _)| !places.is_empty());
        if let Some((places, ahead)) = known {
            actors.push(Actor::ego(places, ahead));
        }
        actors.extend(tracks);
        let ego = known.map(|_| 0);
        Self { actors, ego, reach: REACH, ..Self::default() }
    }

    /// The vehicle, where its places are known.
    pub fn ego(&self) -> Option<&Actor> {
        self.actors.get(self.ego?)
    }

    /// The tracks, and the vehicle among them.
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// Moments at which the vehicle is judged: those of its places, and those of signals and stretches.
    pub(super) fn moments(&self, signals: &[&str]) -> Vec<Time> {
        let mut all: Vec<Time> = match self.ego.and_then(|ego| self.actors.get(ego)) {
            Some(ego) => ego.times.clone(),
            None => self.actors.iter().flat_map(|actor| actor.times.iter().copied()).collect(),
        };
        for signal in signals.iter().filter_map(|name| self.signals.get(*name)) {
            all.extend(signal.times.iter());
        }
        for stretch in self.tags.values().chain(self.findings.values()).flatten() {
            // Between samples a stretch has its ends at least.
            all.extend([stretch.range.start, stretch.range.end]);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Longest time that a sample holds after itself where no later one is.
pub(super) const HELD: Span = Span(500_000_000);

/// Index of the sample that holds at a time: the last one at or before it, unless the next one is much later than usual.
pub(super) fn held(times: &[Time], time: Time, longest: Span) -> Option<usize> {
    let at = times.partition_point(|own| *own <= time).checked_sub(1)?;
    (time - times[at] <= longest).then_some(at)
}

/// Longest time that a sample of such a series holds: one and a half of its mean periods, and half a second at least.
pub(super) fn longest(times: &[Time]) -> Span {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return HELD };
    let periods = times.len().saturating_sub(1).max(1) as i64;
    Span(((*last - *first).0 / periods).saturating_mul(3) / 2).max(HELD)
}
