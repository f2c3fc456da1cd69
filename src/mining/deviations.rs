//! Deviations over time as findings: what two finders of predictions share.

use crate::base::time::{Span, Time};
use crate::mining::boxes::Boxes;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding};
use crate::tracks::track::Track;

/// A deviation in meters over time, with the track that it is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Deviations {
    times: Vec<Time>,
    values: Vec<f64>,
    tracks: Vec<usize>,
}

impl Deviations {
    /// Adds a moment.
    pub(super) fn push(&mut self, time: Time, value: f64, track: usize) {
        self.times.push(time);
        self.values.push(value);
        self.tracks.push(track);
    }

    /// The events above a limit, of severity 1 at four times of it.
    pub(super) fn findings(
        &self,
        kind: &FinderKind,
        boxes: &Boxes<'_>,
        (limit, hold): (f64, Span),
        sentence: impl Fn(&Track, f64) -> String,
    ) -> Vec<Finding> {
        let terms = EventTerms::above(limit, 4.0 * limit, hold);
        let found = events(&self.times, &self.values, &terms).into_iter();
        found
            .filter_map(|event| {
                let at = self.times.partition_point(|time| *time < event.peak);
                let track = boxes.tracks.get(*self.tracks.get(at)?)?;
                let range = stretched(event.range, event.peak);
                let severity = terms.severity(event.value);
                let finding = kind.finding(range, event.peak, severity, sentence(track, event.value));
                Some(finding.about(&track.id).with("deviation", event.value))
            })
            .collect()
    }
}
