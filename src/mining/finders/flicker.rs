//! Flicker: a thing that is seen, not seen for a few frames, and seen again where it should be.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, TimeRange};
use crate::data::geometry::box2::Box2;
use crate::mining::boxes::{Boxes, in_boxes};
use crate::mining::carry::{Near, carried};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::tracks::hidden::hidden;
use crate::tracks::track::{Place, Track};

const GONE: ParamSpec = ParamSpec::setting("gone", "Longest gap", "s", [0.05, 3.0], 0.5);
const SEEN: ParamSpec = ParamSpec::setting("seen", "Least frames before", "", [1.0, 100.0], 3.0);
const IOU: ParamSpec = ParamSpec::setting("iou", "Least overlap in images", "IoU", [0.05, 0.95], 0.5);
const NEAR: ParamSpec = ParamSpec::setting("near", "Largest distance", "m", [0.1, 20.0], 1.0);
const HIDDEN: ParamSpec = ParamSpec::setting("hidden", "Hidden from", "", [0.05, 1.0], 0.5);
const SCORE: ParamSpec = ParamSpec::setting("score", "Minimum score", "", [0.0, 1.0], 0.35);
const BAD: ParamSpec = ParamSpec::setting("bad", "Frames of severity 1", "", [1.0, 100.0], 5.0);

/// Part of the image at its edge in which boxes come and go.
const EDGE: f32 = 0.005;

/// Seen in three frames, gone for 0.5 s at most.
pub(super) static KIND: FinderKind = FinderKind {
    id: "flicker",
    title: "Flicker",
    summary: "A track is not seen for a few frames and then again where it should be",
    false_alarms: "occlusion, the border of the image, scores near the threshold; those told apart are left out",
    source: "Kang et al., MLSys 2020; limits are defaults of Hardcase",
    params: &[GONE, SEEN, IOU, NEAR, HIDDEN, SCORE, BAD],
    look: Look::Drive(|drive, params| {
        in_boxes(drive, |boxes| {
            let shared = Shared { boxes, samples: boxes.by_sample(), extent: boxes.extent() };
            // A gap of one frame is two periods long.
            let longest = Span(Span::from_secs(params.value(&GONE)).0 + boxes.period().0);
            boxes.tracks.iter().flat_map(|track| gaps(&shared, track, longest, params)).collect()
        })
    }),
    sensor: false,
    claim: None,
};

/// Things that all tracks of a channel share.
struct Shared<'a> {
    boxes: &'a Boxes<'a>,
    samples: Vec<Vec<(usize, usize)>>,
    extent: Option<Box2>,
}

fn gaps(shared: &Shared<'_>, track: &Track, longest: Span, params: &Params) -> Vec<Finding> {
    let Shared { boxes, samples, extent } = shared;
    let near = Near { meters: params.value(&NEAR), iou: params.value(&IOU) };
    let seen = params.value(&SEEN) as usize;
    let mut found = Vec::new();
    let mut run = 1;
    for (at, pair) in track.states.windows(2).enumerate() {
        let (before, after) = (&pair[0], &pair[1]);
        let missing = after.sample.saturating_sub(before.sample + 1);
        let enough = run >= seen;
        run = if missing == 0 { run + 1 } else { 1 };
        let sure =
            [before, after].iter().all(|state| state.score.is_none_or(|score| score >= params.value(&SCORE)));
        if missing == 0 || !enough || after.time - before.time > longest || !sure {
            continue;
        }
        let Some(expected) = carried(track, at, after.time) else { continue };
        let back = near.apart(&expected, &after.place).is_some();
        if !back || at_edge(&before.place, *extent) || at_edge(&after.place, *extent) {
            continue;
        }
        let first = before.sample + 1;
        let Some(gap) = boxes.moments.get(first..after.sample).filter(|gap| !gap.is_empty()) else {
            continue;
        };
        let covered = gap.iter().enumerate().any(|(n, time)| {
            let others = samples.get(first + n).into_iter().flatten();
            let places = others.filter_map(|other| boxes.state(*other)).map(|state| &state.place);
            carried(track, at, *time)
                .is_some_and(|place| hidden(&place, places, boxes.eye(*time)) > params.value(&HIDDEN))
        });
        if covered {
            continue;
        }
        let range = TimeRange { start: gap[0], end: after.time };
        let peak = gap[gap.len() / 2];
        let weight = boxes.weight(&after.place, peak, *extent);
        let sentence = format!("{} {} is not seen in {missing} frames and then again", after.class, track.id);
        let severity = missing as f64 / params.value(&BAD) * weight;
        found.push(
            KIND.finding(stretched(range, peak), peak, severity, sentence)
                .about(&track.id)
                .with("frames", missing as f64)
                .with("weight", weight),
        );
    }
    found
}

fn at_edge(place: &Place, extent: Option<Box2>) -> bool {
    let (Place::Image(b), Some(extent)) = (place, extent) else { return false };
    let edge = (EDGE * extent.width().max(extent.height())).max(2.0);
    let sides = b.x0 <= extent.x0 + edge || b.x1 >= extent.x1 - edge;
    sides || b.y0 <= extent.y0 + edge || b.y1 >= extent.y1 - edge
}
