//! Disagreement with a constant-velocity tracker: the stack says another speed than the places of a thing do.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::mining::boxes::{Boxes, in_space};
use crate::mining::carry::{Line, velocity};
use crate::mining::deviations::Deviations;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::links::{LinkTerms, links, merged, things};
use crate::tracks::track::{Placed, State, Track};

const HORIZON: ParamSpec = ParamSpec::setting("horizon", "Horizon", "s", [0.1, 10.0], 2.0);
const DEVIATION: ParamSpec = ParamSpec::setting("deviation", "Difference there", "m", [0.2, 50.0], 2.0);
const WINDOW: ParamSpec = ParamSpec::setting("window", "Speed over", "s", [0.2, 5.0], 1.0);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.2);

/// Least observations of the tracker.
const LEAST: usize = 5;

/// Two seconds on, both are 2 m apart.
pub(super) static KIND: FinderKind = FinderKind {
    id: "constant_velocity",
    title: "Disagreement with constant velocity",
    summary: "The stack predicts a thing elsewhere than a constant-velocity tracker that keeps its history",
    false_alarms: "places that jump",
    source: "simple tracker beside the stack, NTSB/HAR-19/03; horizon and distance are defaults of Hardcase",
    params: &[HORIZON, DEVIATION, WINDOW, HOLD],
    look: Look::Drive(|drive, params| in_space(drive, |boxes| find(boxes, params))),
    sensor: false,
    claim: None,
};

fn find(boxes: &Boxes<'_>, params: &Params) -> Vec<Finding> {
    let links = links(boxes, &LinkTerms { seen: 1, ..LinkTerms::default() });
    let things = things(boxes, &links);
    things.iter().flat_map(|thing| differences(boxes, thing, params)).collect()
}

fn differences(boxes: &Boxes<'_>, thing: &[usize], params: &Params) -> Vec<Finding> {
    let Some(whole) = merged(boxes, thing) else { return Vec::new() };
    let (horizon, window) = (params.value(&HORIZON), Span::from_secs(params.value(&WINDOW)));
    let mut deviations = Deviations::default();
    let mut at = 0;
    let mut said: Vec<(Time, glam::DVec2)> = Vec::new();
    for number in thing {
        let Some(track) = boxes.tracks.get(*number) else { continue };
        for own in 0..track.states.len() {
            let time = whole.states[at].time;
            said.extend(told(track, own).map(|velocity| (time, velocity)));
            // Over the same second, so that who brakes or turns does not disagree.
            let mean = mean(&said, time - window);
            let kept = steady(&whole, at, window);
            let off = kept.zip(mean).map_or(0.0, |(kept, mean)| (kept - mean).length() * horizon);
            deviations.push(time, off, *number);
            at += 1;
        }
    }
    let limit = (params.value(&DEVIATION), Span::from_secs(params.value(&HOLD)));
    deviations.findings(&KIND, boxes, limit, |track, value| {
        let (class, id) = (track.class(), &track.id);
        format!("{class} {id} is predicted {value:.1} m from where it goes at its speed, {horizon} s on")
    })
}

/// Velocity that the stack says: as recorded, else of what it knows under this id; none at first.
pub(super) fn told(track: &Track, at: usize) -> Option<glam::DVec2> {
    let recorded = track.states.get(at)?.place.world()?.velocity;
    recorded.map(glam::DVec3::truncate).or_else(|| velocity(track, at))
}

/// Mean of the velocities that were said since a time.
fn mean(said: &[(Time, glam::DVec2)], since: Time) -> Option<glam::DVec2> {
    let recent =
        said.get(said.partition_point(|(time, _)| *time < since)..).filter(|recent| !recent.is_empty())?;
    Some(recent.iter().map(|(_, velocity)| *velocity).sum::<glam::DVec2>() / recent.len() as f64)
}

/// Velocity of a thing over all its ids: the line through its places of the last second.
fn steady(whole: &Track, at: usize, window: Span) -> Option<glam::DVec2> {
    let last = whole.states.get(at)?;
    let from = whole.states[..=at].partition_point(|state| state.time < last.time - window);
    let states = &whole.states[from..=at];
    if states.len() < LEAST {
        return None;
    }
    let slope = |pick: fn(&Placed) -> f64| {
        let point = |state: &State| Some(((state.time - last.time).secs(), pick(state.place.world()?)));
        states.iter().map(point).collect::<Option<Vec<_>>>().map(|points| Line::through(&points).slope)
    };
    Some(glam::DVec2::new(slope(|p| p.center.x)?, slope(|p| p.center.y)?))
}
