//! Disagreement: two channels of boxes do not show the same things, models or labels.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::mining::boxes::Boxes;
use crate::mining::carry::{Near, carried};
use crate::mining::drive::Drive;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::tracks::classes::superclass;
use crate::tracks::track::State;

const SCORE: ParamSpec = ParamSpec::setting("score", "Minimum score", "", [0.0, 1.0], 0.5);
const IOU: ParamSpec = ParamSpec::setting("iou", "Matched in images from", "IoU", [0.05, 0.95], 0.5);
const NEAR: ParamSpec = ParamSpec::setting("near", "Matched in space within", "m", [0.1, 10.0], 2.0);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.3);
const REACH: ParamSpec = ParamSpec::setting("reach", "Largest distance", "m", [5.0, 300.0], 50.0);
const BAD: ParamSpec = ParamSpec::setting("bad", "Unmatched score of severity 1", "s", [0.1, 60.0], 3.0);

/// Unmatched with a score of 0.5, or of another class, for 0.3 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "disagreement",
    title: "Disagreement",
    summary: "Two channels of boxes do not show the same things: unmatched, or of another class",
    false_alarms: "wrong labels, channels that look elsewhere",
    source: "IoU 0.5, center distance 2 m as nuScenes; hold is a default of Hardcase",
    params: &[SCORE, IOU, NEAR, HOLD, REACH, BAD],
    look: Look::Drive(find),
    sensor: false,
    claim: None,
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let all = Boxes::of(drive);
    let mut found = Found::default();
    for (number, a) in all.iter().enumerate() {
        for b in &all[number + 1..] {
            if !comparable(drive, a, b, all.len()) {
                continue;
            }
            if a.tracks.is_empty() || b.tracks.is_empty() {
                found.not_looked_at.push(format!("{} against {}: no boxes with ids", a.channel, b.channel));
                continue;
            }
            found.looked_at.push(format!("{} against {}", a.channel, b.channel));
            found.findings.extend(unmatched(a, b, params));
            found.findings.extend(unmatched(b, a, params));
        }
    }
    if found.looked_at.is_empty() && found.not_looked_at.is_empty() {
        let why = "no two channels of boxes in one coordinate frame, or of one camera by their names";
        found.not_looked_at.push(why.to_owned());
    }
    found
}

/// Boxes in space in one frame; boxes in images below one name, or the only two.
fn comparable(drive: &Drive<'_>, a: &Boxes<'_>, b: &Boxes<'_>, all: usize) -> bool {
    match (a.scene, b.scene) {
        (Some(a), Some(b)) => {
            a.tracks.frame == b.tracks.frame || a.tracks.tracks.is_empty() || b.tracks.tracks.is_empty()
        }
        (None, None) => {
            let parent = |name: &str| name.rsplit_once('/').map(|(parent, _)| parent.to_owned());
            let same = parent(a.channel).filter(|parent| !parent.is_empty());
            (same.is_some() && same == parent(b.channel)) || all - drive.scenes.len() == 2
        }
        _ => false,
    }
}

/// A track of `a` beside what `b` has there.
#[derive(Default)]
struct Beside {
    times: Vec<Time>,
    /// Its scores where `b` has nothing, else 0.
    missing: Vec<f64>,
    /// Its scores where `b` has another class, else 0.
    class: Vec<f64>,
}

fn unmatched(a: &Boxes<'_>, b: &Boxes<'_>, params: &Params) -> Vec<Finding> {
    let terms = EventTerms::above(params.value(&SCORE) * 0.999, 1.0, Span::from_secs(params.value(&HOLD)));
    let mut found = Vec::new();
    for (number, beside) in matched(a, b, params) {
        let Some(track) = a.tracks.get(number) else { continue };
        let times = &beside.times;
        for (values, class) in [(&beside.missing, false), (&beside.class, true)] {
            for event in events(times, values, &terms) {
                let inside = times.iter().zip(values).filter(|(time, _)| event.range.contains(**time));
                let sum: f64 = inside.map(|(_, score)| *score).sum::<f64>() * a.period().secs();
                let secs = event.range.span().secs();
                let what = if class { "of another class" } else { "not there" };
                let sentence = format!(
                    "{} {} of {} is {what} in {} for {secs:.1} s",
                    track.class(),
                    track.id,
                    a.channel,
                    b.channel
                );
                let range = stretched(event.range, event.peak);
                found.push(
                    KIND.finding(range, event.peak, sum / params.value(&BAD), sentence)
                        .on(a.channel)
                        .on(b.channel)
                        .about(&track.id)
                        .with("seconds", secs)
                        .with("class_differs", f64::from(u8::from(class))),
                );
            }
        }
    }
    found
}

fn matched(a: &Boxes<'_>, b: &Boxes<'_>, params: &Params) -> BTreeMap<usize, Beside> {
    let near = Near { meters: params.value(&NEAR), iou: params.value(&IOU) };
    let (ours, theirs) = (a.by_sample(), b.by_sample());
    let late = Span(b.period().0 * 6 / 10);
    let mut series: BTreeMap<usize, Beside> = BTreeMap::new();
    for (sample, time) in a.moments.iter().enumerate() {
        let Some(at) = nearest(&b.moments, *time).filter(|at| {
            let off = (b.moments[*at] - *time).0.abs();
            off <= late.0
        }) else {
            continue;
        };
        let own: Vec<(usize, &State)> =
            ours[sample].iter().filter_map(|at| a.state(*at).map(|state| (at.0, state))).collect();
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        let others = &theirs[at];
        for (n, (_, state)) in own.iter().enumerate() {
            for (m, (track, index)) in others.iter().enumerate() {
                let place = b.tracks.get(*track).and_then(|track| carried(track, *index, *time));
                pairs.extend(
                    place.and_then(|place| near.apart(&state.place, &place)).map(|apart| (apart, n, m)),
                );
            }
        }
        pairs.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        let (mut mates, mut taken) = (vec![None; own.len()], BTreeSet::new());
        for (_, n, m) in pairs {
            if mates[n].is_none() && taken.insert(m) {
                mates[n] = Some(m);
            }
        }
        for ((track, state), mate) in own.iter().zip(mates) {
            let score = state.score.unwrap_or(1.0);
            let far = state.place.world().zip(a.eye(*time)).is_some_and(|(placed, eye)| {
                (placed.center.truncate() - eye).length() > params.value(&REACH)
            });
            let other = mate.and_then(|m| b.state(others[m]));
            let differs = other.is_some_and(|other| superclass(&other.class) != superclass(&state.class));
            let beside = series.entry(*track).or_default();
            beside.times.push(*time);
            beside.missing.push(if other.is_none() && !far { score } else { 0.0 });
            beside.class.push(if differs && !far { score } else { 0.0 });
        }
    }
    series
}

fn nearest(times: &[Time], time: Time) -> Option<usize> {
    let after = times.partition_point(|other| *other < time);
    let candidates = [after.checked_sub(1), Some(after)].into_iter().flatten();
    candidates.filter(|at| *at < times.len()).min_by_key(|at| (times[*at] - time).0.abs())
}
