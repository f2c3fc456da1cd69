//! Late reaction: a collision course was there to see, and the vehicle took long to act.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::derived::Scene;
use crate::mining::drive::{Drive, Role, Signal};
use crate::mining::events::{Event, EventTerms, events_below, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::sides::{Side, side};
use crate::tracks::criticality::metric::Metric;
use crate::tracks::scene::EgoMotion;

const TTC: ParamSpec = ParamSpec::setting("ttc", "Course of collision below", "s", [1.0, 20.0], 6.0);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.3);
const REACTION: ParamSpec = ParamSpec::setting("reaction", "Time of reaction", "s", [0.1, 5.0], 1.15);
const DEMAND: ParamSpec =
    ParamSpec::setting("demand", "Braking that is a reaction", "m/s²", [0.1, 10.0], 1.0);
const ASIDE: ParamSpec = ParamSpec::setting("aside", "Steering that is a reaction", "m/s²", [0.1, 10.0], 0.7);
const SOLVED: ParamSpec = ParamSpec::setting("solved", "Solved by the other above", "s", [0.5, 20.0], 4.5);
const BAD: ParamSpec = ParamSpec::setting("bad", "Delay of severity 1", "s", [0.1, 20.0], 2.0);

/// Least time to collision without any reaction that counts, in seconds.
const CLOSE: f64 = 1.5;

/// More than 1.15 s from the first course of collision to the first action.
pub(super) static KIND: FinderKind = FinderKind {
    id: "late_reaction",
    title: "Late reaction",
    summary: "The vehicle was on a course of collision for long before it braked or steered away",
    false_alarms: "solved by the other, a planned stop under way",
    source: "careful driver of UN Regulation 157, 0.4 s + 0.75 s",
    params: &[TTC, HOLD, REACTION, DEMAND, ASIDE, SOLVED, BAD],
    look: Look::Drive(find),
    sensor: false,
    claim: Some(|finding| {
        let [boxes, demand] = finding.channels.as_slice() else { return None };
        let number = |name: &str| finding.numbers.get(name).copied();
        let (course, braking, reaction) = (number("course")?, number("demand")?, number("reaction")?);
        // A reaction in time that was too late all the same is no violation of this formula.
        (number("delay")? > reaction).then(|| {
            format!(
                "then(signal(\"{boxes}/ttc_2d\") < {course}, signal(\"{demand}\") < {braking}, {reaction})"
            )
        })
    }),
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let mut found = Found::default();
    for scene in &drive.scenes {
        let why = match &scene.ego {
            EgoMotion::Unknown(why) => Some(why.as_str()),
            EgoMotion::Known(_) | EgoMotion::Relative => None,
        };
        let demand = demand(drive, scene);
        let (None, Some(demand)) = (why, demand) else {
            let why = why.unwrap_or("no demand and no acceleration of the vehicle is recorded");
            found.not_looked_at.push(format!("{}: {why}", scene.channel));
            continue;
        };
        found.looked_at.push(format!("{} with {}", scene.channel, demand.name));
        found.findings.extend(late(scene, &demand, params));
    }
    if drive.scenes.is_empty() {
        found.not_looked_at.push("the recording has no boxes in space".to_owned());
    }
    found
}

/// The demand of the stack, else the measured acceleration, else that of the coordinate frames.
fn demand(drive: &Drive<'_>, scene: &Scene) -> Option<Signal> {
    let all = drive.signals(Role::Acceleration);
    let stack = all.iter().find(|signal| side(&signal.name) == Some(Side::Stack)).cloned();
    // In another unit the threshold of the demand would mean another one.
    let measured =
        || drive.measured(Role::Acceleration).filter(|measured| (measured.scale - 1.0).abs() < 1e-9);
    stack.or_else(|| measured().map(|measured| measured.signal)).or_else(|| {
        let readings = &scene.readings;
        let values = readings.ego.iter().map(|(_, motion)| motion.acceleration).collect();
        (!readings.ego.is_empty()).then(|| Signal {
            name: "ego/acceleration".to_owned(),
            times: std::sync::Arc::new(readings.ego_times.clone()),
            values: std::sync::Arc::new(values),
        })
    })
}

fn late(scene: &Scene, demand: &Signal, params: &Params) -> Vec<Finding> {
    let readings = &scene.readings;
    let Some(ttc) = readings.series.iter().find(|reading| reading.metric == Metric::Ttc2d) else {
        return Vec::new();
    };
    let terms = EventTerms {
        cool_down: Span(0),
        ..EventTerms::above(params.value(&TTC), 0.0, Span::from_secs(params.value(&HOLD)))
    };
    let mut found = Vec::new();
    for conflict in events_below(&readings.times, &ttc.values, &terms) {
        if conflict.value > params.value(&SOLVED) {
            continue;
        }
        let (start, end) = (conflict.range.start, conflict.range.end);
        let acted = acted(scene, demand, conflict.range, params);
        let delay = (acted.unwrap_or(end) - start).secs();
        let late = delay > params.value(&REACTION) || acted.is_some_and(|at| too_late(scene, at));
        let ignored = acted.is_none() && conflict.value > CLOSE;
        if late && !ignored {
            found.push(finding(scene, demand, (&conflict, acted, delay), params, &ttc.actors));
        }
    }
    found
}

/// The first action from the beginning of a conflict on: a demand to brake, or a change of the lateral acceleration.
fn acted(scene: &Scene, demand: &Signal, conflict: TimeRange, params: &Params) -> Option<Time> {
    let least = -params.value(&DEMAND);
    let began = demand.at(conflict.start).filter(|value| *value < least).map(|_| conflict.start);
    let during = |time: &Time| *time >= conflict.start && *time <= conflict.end;
    let demands = demand.times.iter().zip(demand.values.iter());
    let brakes = began
        .or_else(|| demands.filter(|(time, value)| during(time) && **value < least).map(|(t, _)| *t).next());
    let readings = &scene.readings;
    let lateral =
        |at: usize| readings.ego.get(at).map_or(0.0, |(_, motion)| motion.speed() * motion.yaw_rate);
    let first = readings.ego_times.partition_point(|time| *time < conflict.start);
    let steers = (first..readings.ego.len())
        .take_while(|at| readings.ego_times[*at] <= conflict.end)
        .find(|at| (lateral(*at) - lateral(first)).abs() > params.value(&ASIDE))
        .map(|at| readings.ego_times[at]);
    match (brakes, steers) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// True if full braking no longer helped at a moment.
fn too_late(scene: &Scene, time: Time) -> bool {
    let ttb = scene.readings.series.iter().find(|reading| reading.metric == Metric::Ttb);
    let at = scene.readings.times.partition_point(|other| *other < time);
    ttb.and_then(|ttb| ttb.values.get(at)).is_some_and(|value| *value < 0.0)
}

fn finding(
    scene: &Scene,
    demand: &Signal,
    (conflict, acted, delay): (&Event, Option<Time>, f64),
    params: &Params,
    actors: &[Option<u32>],
) -> Finding {
    let at = scene.readings.times.partition_point(|time| *time < conflict.peak);
    let track = actors.get(at).copied().flatten().and_then(|actor| scene.tracks.tracks.get(actor as usize));
    let whom = track.map_or_else(|| "another".to_owned(), |track| format!("{} {}", track.class(), track.id));
    let did = if acted.is_some() { "acts" } else { "does not act" };
    let sentence = format!(
        "on a course of collision with {whom} the vehicle {did} for {delay:.2} s, the time to collision falls to {:.2} s",
        conflict.value
    );
    let sentence =
        if acted.is_some() { sentence.replacen(" acts for ", " acts only after ", 1) } else { sentence };
    let range = TimeRange { start: conflict.range.start, end: acted.unwrap_or(conflict.range.end) };
    let severity = (delay - params.value(&REACTION)) / params.value(&BAD);
    let finding = KIND.finding(stretched(range, range.end), range.end, severity, sentence);
    let finding =
        finding.on(&scene.channel).on(&demand.name).with("delay", delay).with("ttc", conflict.value);
    let finding = finding
        .with("course", params.value(&TTC))
        .with("demand", -params.value(&DEMAND))
        .with("reaction", params.value(&REACTION));
    track.iter().fold(finding, |finding, track| finding.about(&track.id))
}
