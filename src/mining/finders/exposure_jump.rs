//! Exposure jump: the brightness of the whole image changes from one frame to the next.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::data::image::Image;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::frames::{FrameWatcher, Watched};
use crate::mining::reduced::Reduced;
use crate::mining::spread::spread;

const LIMIT: ParamSpec = ParamSpec::setting("jump", "Jump of the mean luma", "", [0.01, 1.0], 0.15);
const MADS: ParamSpec = ParamSpec::setting("mads", "Or median absolute deviations", "", [1.0, 100.0], 6.0);
const LEAST: ParamSpec = ParamSpec::setting("least", "Of at least", "", [0.0, 1.0], 0.05);

/// More than 0.15, or more than six median absolute deviations of the jumps in the recording and 0.05.
pub(super) static KIND: FinderKind = FinderKind {
    id: "exposure_jump",
    title: "Exposure jump",
    summary: "The brightness of the whole image jumps from one frame to the next",
    false_alarms: "tunnels, bridges, the sun, a cut of the recording: other cameras jump as well",
    source: "proposed here: 0.15 of the range or 6 MAD",
    params: &[LIMIT, MADS, LEAST],
    look: Look::Frames(|params| Box::new(Jumps { params: params.clone(), ..Jumps::default() })),
    sensor: true,
    claim: None,
};

#[derive(Default)]
struct Jumps {
    params: Params,
    last: Option<f64>,
    times: Vec<Time>,
    changes: Vec<f64>,
}

impl FrameWatcher for Jumps {
    fn see(&mut self, time: Time, _image: &Image, view: &Reduced) {
        // To black and back is a black frame.
        let mean = Some(view.mean()).filter(|_| !view.is_black());
        if let (Some(last), Some(mean)) = (self.last, mean) {
            self.times.push(time);
            self.changes.push((mean - last).abs());
        }
        self.last = mean;
    }

    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found {
        let usual = spread(&self.changes).map_or(f64::INFINITY, |(median, mad)| {
            (median + self.params.value(&MADS) * mad).max(self.params.value(&LEAST))
        });
        let limit = self.params.value(&LIMIT).min(usual);
        let terms = EventTerms::above(limit, 3.0 * limit, Span(0));
        let mut found = Found::default();
        for event in events(&self.times, &self.changes, &terms) {
            let sentence = format!("the mean brightness jumps by {:.0} % of the range", event.value * 100.0);
            let range = stretched(event.range, event.peak);
            let finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
            found.findings.push(finding.on(watched.channel).with("jump", event.value).with("limit", limit));
        }
        found
    }
}
