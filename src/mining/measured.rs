//! A number of every image over time, and the findings of its events.

use crate::base::time::Time;
use crate::data::image::Image;
use crate::mining::events::{EventTerms, events, events_below, stretched};
use crate::mining::finding::{FinderKind, Found};
use crate::mining::frames::{FrameWatcher, Watched};
use crate::mining::reduced::Reduced;

/// Side of the threshold on which an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Values above it.
    Above,
    /// Values below it.
    Below,
}

/// A watcher of one number.
pub(super) struct Measured<F> {
    pub(super) kind: &'static FinderKind,
    /// Name of the number in findings.
    pub(super) name: &'static str,
    /// The number of an image; NaN of an image that is not judged.
    pub(super) measure: F,
    pub(super) side: Side,
    pub(super) terms: EventTerms,
    /// The sentence of a value and its duration in seconds.
    pub(super) sentence: fn(f64, f64) -> String,
    pub(super) times: Vec<Time>,
    pub(super) values: Vec<f64>,
}

impl<F: Fn(&Reduced) -> f64 + Send> FrameWatcher for Measured<F> {
    fn see(&mut self, time: Time, _image: &Image, view: &Reduced) {
        self.times.push(time);
        self.values.push((self.measure)(view));
    }

    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found {
        let mut found = Found::default();
        let all = match self.side {
            Side::Above => events(&self.times, &self.values, &self.terms),
            Side::Below => events_below(&self.times, &self.values, &self.terms),
        };
        for event in all {
            let sentence = (self.sentence)(event.value, event.range.span().secs());
            let range = stretched(event.range, event.peak);
            let finding = self.kind.finding(range, event.peak, self.terms.severity(event.value), sentence);
            found.findings.push(finding.on(watched.channel).with(self.name, event.value));
        }
        found
    }
}
