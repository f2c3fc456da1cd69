//! Flash: a thing that is seen in one or two frames only, with nothing near before or after.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, TimeRange};
use crate::mining::boxes::{Boxes, in_boxes};
use crate::mining::carry::Near;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::tracks::track::Track;

const FRAMES: ParamSpec = ParamSpec::setting("frames", "Most frames", "", [1.0, 20.0], 2.0);
const AROUND: ParamSpec = ParamSpec::setting("around", "Nothing near within", "s", [0.1, 5.0], 0.5);
const NEAR: ParamSpec = ParamSpec::setting("near", "Near", "m", [0.1, 20.0], 2.0);
const IOU: ParamSpec = ParamSpec::setting("iou", "Near in images", "IoU", [0.01, 0.95], 0.3);
const SCORE: ParamSpec = ParamSpec::setting("score", "Minimum score", "", [0.0, 1.0], 0.35);

/// Seen in two frames at most.
pub(super) static KIND: FinderKind = FinderKind {
    id: "flash",
    title: "Flash",
    summary: "A thing is seen in one or two frames only, nothing is near before or after",
    false_alarms: "things that enter at the end of the recording, far things at the limit of the sensor",
    source: "Kang et al., MLSys 2020; limits are defaults of Hardcase",
    params: &[FRAMES, AROUND, NEAR, IOU, SCORE],
    look: Look::Drive(|drive, params| {
        in_boxes(drive, |boxes| {
            let samples = boxes.by_sample();
            let all = boxes.tracks.iter().enumerate();
            all.filter_map(|(number, track)| flash(boxes, &samples, (number, track), params)).collect()
        })
    }),
    sensor: false,
    claim: None,
};

fn flash(
    boxes: &Boxes<'_>,
    samples: &[Vec<(usize, usize)>],
    (number, track): (usize, &Track),
    params: &Params,
) -> Option<Finding> {
    let around = Span::from_secs(params.value(&AROUND));
    let (from, to) = (track.start() - around, track.end() + around);
    let whole = boxes.moments.first().zip(boxes.moments.last());
    let inside = whole.is_some_and(|(first, last)| *first <= from && to <= *last);
    let sure = track.states.iter().any(|state| state.score.is_none_or(|score| score >= params.value(&SCORE)));
    if track.states.len() as f64 > params.value(&FRAMES) || !inside || !sure {
        return None;
    }
    let near = Near { meters: params.value(&NEAR), iou: params.value(&IOU) };
    let range =
        boxes.moments.partition_point(|time| *time < from)..boxes.moments.partition_point(|time| *time <= to);
    let others = samples.get(range)?.iter().flatten().filter(|(other, _)| *other != number);
    let company = others.filter_map(|other| boxes.state(*other)).any(|other| {
        // Beside it at the same time is another thing, before or after it is the same.
        let other_time = other.time < track.start() || other.time > track.end();
        other_time && track.states.iter().any(|state| near.apart(&state.place, &other.place).is_some())
    });
    if company {
        return None;
    }
    let state = track.states.first()?;
    let weight = boxes.weight(&state.place, state.time, boxes.extent());
    let score = state.score.unwrap_or(1.0);
    let range = TimeRange { start: track.start(), end: track.end() };
    let sentence = format!("a {} is seen for {} frames only", state.class, track.states.len());
    Some(
        KIND.finding(stretched(range, state.time), state.time, score * weight, sentence)
            .about(&track.id)
            .with("frames", track.states.len() as f64)
            .with("score", score),
    )
}
