//! Box jump: a box that is not where its own speed leads, or that changes its size or turns around from one frame to the next.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::data::geometry::box2::Box2;
use crate::mining::boxes::{Boxes, in_boxes};
use crate::mining::carry::carried;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::tracks::track::{Place, Placed, Track};

const IOU: ParamSpec = ParamSpec::setting("iou", "1 - IoU with its prediction", "", [0.1, 1.0], 0.5);
const ACCELERATION: ParamSpec =
    ParamSpec::setting("acceleration", "Implied acceleration", "m/s²", [1.0, 100.0], 12.0);
const NOISE: ParamSpec = ParamSpec::setting("noise", "Noise of positions", "m", [0.0, 5.0], 0.5);
const SIZE: ParamSpec = ParamSpec::setting("size", "Change of size", "", [0.05, 2.0], 0.2);
const TURN: ParamSpec = ParamSpec::setting("turn", "Turn of the heading", "degrees", [10.0, 180.0], 150.0);

/// Change of a side in meters that measuring explains.
const SIDE_NOISE: f64 = 0.3;
/// Observations before one is judged.
const LEAST: usize = 3;

/// Overlap with its prediction below 0.5; in space beyond 12 m/s², a fifth of the size, or a turn by 150 degrees.
pub(super) static KIND: FinderKind = FinderKind {
    id: "box_jump",
    title: "Box jump",
    summary: "A box is not where its own speed leads, changes its size or turns around from one frame to the next",
    false_alarms: "a camera that shakes: the median motion of three and more boxes is taken off",
    source: "brakes reach 12 m/s² (ad-rss); other limits are defaults of Hardcase",
    params: &[IOU, ACCELERATION, NOISE, SIZE, TURN],
    look: Look::Drive(|drive, params| {
        in_boxes(drive, |boxes| {
            let shake = shake(boxes);
            boxes.tracks.iter().flat_map(|track| jumps(track, &shake, params)).collect()
        })
    }),
    sensor: false,
    claim: None,
};

/// Median motion of the boxes of a sample against their predictions, where there are three and more.
fn shake(boxes: &Boxes<'_>) -> BTreeMap<usize, (f32, f32)> {
    let mut motions: BTreeMap<usize, (Vec<f32>, Vec<f32>)> = BTreeMap::new();
    for track in boxes.tracks {
        for (at, state) in track.states.iter().enumerate().skip(LEAST) {
            let Some(Place::Image(expected)) = carried(track, at - 1, state.time) else { continue };
            let Some(seen) = state.place.image() else { continue };
            let (a, b) = (expected.center(), seen.center());
            let entry = motions.entry(state.sample).or_default();
            entry.0.push(b.0 - a.0);
            entry.1.push(b.1 - a.1);
        }
    }
    let median = |values: &mut Vec<f32>| {
        values.sort_by(f32::total_cmp);
        values[values.len() / 2]
    };
    let several = motions.into_iter().filter(|(_, (x, _))| x.len() >= 3);
    several.map(|(sample, (mut x, mut y))| (sample, (median(&mut x), median(&mut y)))).collect()
}

fn jumps(track: &Track, shake: &BTreeMap<usize, (f32, f32)>, params: &Params) -> Vec<Finding> {
    let (mut times, mut ratios, mut reasons): (Vec<Time>, Vec<f64>, Vec<&str>) = Default::default();
    for (at, state) in track.states.iter().enumerate().skip(LEAST) {
        let before = &track.states[at - 1];
        // After a gap the prediction is no better than a guess.
        let (gap, step) = (state.time - before.time, before.time - track.states[at - 2].time);
        let (ratio, reason) = match carried(track, at - 1, state.time) {
            _ if gap.secs() > 1.6 * step.secs() => (0.0, ""),
            Some(expected) => {
                let moved = shake.get(&state.sample).copied().unwrap_or_default();
                ratio((&before.place, &expected, &state.place), gap.secs(), moved, params)
            }
            None => (0.0, ""),
        };
        times.push(state.time);
        ratios.push(ratio);
        reasons.push(reason);
    }
    let terms = EventTerms::above(1.0, 4.0, Span(0));
    let found = events(&times, &ratios, &terms).into_iter();
    found
        .map(|event| {
            let at = times.partition_point(|time| *time < event.peak);
            let class = track.at(event.peak, Span::SECOND).and_then(|at| track.states.get(at));
            let class = class.map_or("box", |state| state.class.as_str());
            let reason = reasons.get(at).copied().unwrap_or_default();
            let sentence = format!("{class} {} {reason}, {:.1} times the limit", track.id, event.value);
            let range = stretched(event.range, event.peak);
            KIND.finding(range, event.peak, terms.severity(event.value), sentence)
                .about(&track.id)
                .with("times_limit", event.value)
        })
        .collect()
}

/// The worst change as a multiple of its limit, and its name.
fn ratio(
    (before, expected, seen): (&Place, &Place, &Place),
    secs: f64,
    moved: (f32, f32),
    params: &Params,
) -> (f64, &'static str) {
    match (before, expected, seen) {
        (_, Place::Image(expected), Place::Image(seen)) => {
            let steady = Box2 {
                x0: seen.x0 - moved.0,
                y0: seen.y0 - moved.1,
                x1: seen.x1 - moved.0,
                y1: seen.y1 - moved.1,
            };
            ((1.0 - f64::from(expected.iou(&steady))) / params.value(&IOU), "is not where its motion leads")
        }
        (Place::World(before), Place::World(expected), Place::World(seen)) => {
            let off = (expected.center - seen.center).truncate().length();
            let limit = 0.5 * params.value(&ACCELERATION) * secs * secs + params.value(&NOISE);
            let all = [
                (off / limit, "is not where its motion leads"),
                (grown(before, seen) / params.value(&SIZE), "changes its size"),
                (turned(before, seen).to_degrees() / params.value(&TURN), "turns around"),
            ];
            all.into_iter().fold((0.0, ""), |worst, one| if one.0 > worst.0 { one } else { worst })
        }
        _ => (0.0, ""),
    }
}

/// Largest relative change of length or width beyond noise.
fn grown(before: &Placed, seen: &Placed) -> f64 {
    let change = |a: f64, b: f64| if (a - b).abs() > SIDE_NOISE { (a - b).abs() / a.max(0.1) } else { 0.0 };
    change(before.size.x, seen.size.x).max(change(before.size.y, seen.size.y))
}

fn turned(before: &Placed, seen: &Placed) -> f64 {
    let turn = (seen.heading - before.heading).rem_euclid(TAU);
    turn.min(TAU - turn)
}
