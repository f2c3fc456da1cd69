//! Cut-in: another actor comes into our lane, close ahead.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::derived::Scene;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::path::{HALF_LANE, Lane, OnPath, in_lanes, least_ttc, ttc_claim};
use crate::tracks::criticality::cut_in::{R157, ttc_bound};

const LEADS: ParamSpec = ParamSpec::setting("leads", "Leads for", "s", [0.1, 10.0], 1.0);
const TURN: ParamSpec = ParamSpec::setting("turn", "Heading within", "degrees", [5.0, 90.0], 45.0);
const OUTSIDE: ParamSpec = ParamSpec::setting("outside", "Was outside within", "s", [0.5, 20.0], 5.0);

/// Seconds above the bound of Regulation 157 at which a cut-in is harmless.
const EASY: f64 = 2.0;

/// The near side comes 0.30 m over our marking, and it leads for a second.
pub(super) static KIND: FinderKind = FinderKind {
    id: "cut_in",
    title: "Cut-in",
    summary: "Another actor comes into our lane and leads",
    false_alarms: "bends without a map, boxes that jump sideways",
    source: "0.30 m over the marking, KBA on EU 2022/1426; bound of UN Regulation 157",
    params: &[LEADS, TURN, OUTSIDE],
    look: Look::Drive(|drive, params| in_lanes(drive, |scene, lane| find(scene, lane, params))),
    sensor: false,
    claim: Some(|finding| {
        let bound = finding.numbers.get("bound")?;
        ttc_claim(finding, *bound)
    }),
};

fn find(scene: &Scene, lane: &Lane, params: &Params) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, path) in lane.paths.iter().enumerate() {
        found.extend(
            entries(path, params)
                .into_iter()
                .filter(|at| leads_on(scene, &lane.leads, number, *at, params.value(&LEADS)))
                .filter_map(|at| finding(scene, number, at)),
        );
    }
    found
}

/// The moments at which an actor that was outside of our lane comes in.
fn entries(path: &[Option<OnPath>], params: &Params) -> Vec<OnPath> {
    let (turn, within) = (params.value(&TURN).to_radians(), Span::from_secs(params.value(&OUTSIDE)));
    let mut outside: Option<Time> = None;
    let mut found = Vec::new();
    for place in path.iter().flatten() {
        if place.near > HALF_LANE {
            outside = Some(place.time);
        } else if place.inside() {
            let came = outside.take().is_some_and(|time| place.time - time <= within);
            if came && place.gap > 0.0 && place.turn < turn && place.ego_speed > 1.0 {
                found.push(*place);
            }
        }
    }
    found
}

/// True if an actor is the nearest ahead from its entry on for some seconds.
fn leads_on(
    scene: &Scene,
    leads: &[Option<(usize, OnPath)>],
    number: usize,
    entry: OnPath,
    secs: f64,
) -> bool {
    let times = &scene.readings.times;
    let from = times.partition_point(|time| *time < entry.time);
    let to = times.partition_point(|time| *time <= entry.time + Span::from_secs(secs));
    let during = leads.get(from..to).unwrap_or_default();
    let own = during.iter().filter(|lead| lead.is_some_and(|(track, _)| track == number)).count();
    !during.is_empty() && own * 10 >= during.len() * 9 && times.get(to).is_some()
}

fn finding(scene: &Scene, number: usize, entry: OnPath) -> Option<Finding> {
    let track = scene.tracks.tracks.get(number)?;
    let bound = ttc_bound(entry.ego_speed - entry.speed, R157).ok()?;
    let ttc = entry.ttc();
    let severity = if ttc.is_finite() { (bound + EASY - ttc) / EASY } else { 0.0 };
    let verdict = if ttc > bound { "avoidable" } else { "not avoidable by Regulation 157" };
    let range = TimeRange { start: entry.time, end: entry.time };
    let time = if ttc.is_finite() { format!("{ttc:.1} s to collision") } else { "not closing".to_owned() };
    let sentence =
        format!("{} {} cuts in {:.1} m ahead, {time}, {verdict}", track.class(), track.id, entry.gap);
    let range = stretched(range, entry.time);
    let finding = KIND.finding(range, entry.time, severity, sentence);
    let finding = finding.with("least_ttc", least_ttc(scene, range).unwrap_or(f64::INFINITY));
    let finding = finding.about(&track.id).with("gap", entry.gap).with("ttc", ttc).with("bound", bound);
    Some(finding.with("closing", entry.ego_speed - entry.speed))
}
