//! Cut-out: the lead leaves our lane and uncovers a much slower one.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::derived::Scene;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::path::{Lane, OnPath, in_lanes, least_ttc, ttc_claim};

const SLOWER: ParamSpec = ParamSpec::setting("slower", "Slower by", "m/s", [0.5, 40.0], 5.0);
const WITHIN: ParamSpec = ParamSpec::setting("within", "Within", "s", [0.1, 10.0], 3.0);
const LED: ParamSpec = ParamSpec::setting("led", "Led for", "s", [0.1, 10.0], 1.0);

/// Time to collision with the uncovered one, in seconds: harmless and of severity 1.
const TTC: [f64; 2] = [5.0, 1.5];

/// Within 3 s a lead slower by 5 m/s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "cut_out",
    title: "Cut-out",
    summary: "The lead leaves our lane and uncovers a much slower one",
    false_alarms: "bends without a map",
    source: "UN Regulation 157, Annex on critical scenarios; 5 m/s and 3 s are defaults of Hardcase",
    params: &[SLOWER, WITHIN, LED],
    look: Look::Drive(|drive, params| in_lanes(drive, |scene, lane| find(scene, lane, params))),
    sensor: false,
    claim: Some(|finding| ttc_claim(finding, TTC[1])),
};

fn find(scene: &Scene, lane: &Lane, params: &Params) -> Vec<Finding> {
    let times = &scene.readings.times;
    let (led, within) = (Span::from_secs(params.value(&LED)), Span::from_secs(params.value(&WITHIN)));
    let mut found = Vec::new();
    // The one that leads, since when and until when.
    let mut run: Option<(usize, usize, usize)> = None;
    for (now, lead) in lane.leads.iter().enumerate() {
        let Some((track, place)) = lead else { continue };
        match &mut run {
            Some((own, _, last)) if own == track => *last = now,
            _ => {
                let before = run.replace((*track, now, now));
                let Some((left, from, last)) = before else { continue };
                let long = times[last] - times[from] >= led && times[now] - times[last] <= within;
                let slower = place.ego_speed - place.speed > params.value(&SLOWER);
                if long && slower && went_aside(&lane.paths[left], times[last]) {
                    found.extend(finding(scene, (left, *track), *place, times[last]));
                }
            }
        }
    }
    found
}

/// True if an actor is beside our lane after it led, still ahead.
fn went_aside(path: &[Option<OnPath>], last: Time) -> bool {
    let after = path.iter().flatten().find(|place| place.time > last);
    after.is_some_and(|place| !place.inside() && place.gap > 0.0)
}

fn finding(scene: &Scene, (left, uncovered): (usize, usize), place: OnPath, last: Time) -> Option<Finding> {
    let (left, slow) = (scene.tracks.tracks.get(left)?, scene.tracks.tracks.get(uncovered)?);
    let ttc = place.ttc();
    let range = TimeRange { start: last, end: place.time };
    let sentence = format!(
        "{} {} leaves the lane and uncovers {} {}, slower by {:.1} m/s, {ttc:.1} s to collision",
        left.class(),
        left.id,
        slow.class(),
        slow.id,
        place.ego_speed - place.speed
    );
    let severity = (TTC[0] - ttc) / (TTC[0] - TTC[1]);
    let range = stretched(range, place.time);
    let finding = KIND.finding(range, place.time, severity, sentence);
    let finding = finding.with("least_ttc", least_ttc(scene, range).unwrap_or(f64::INFINITY));
    Some(finding.about(&left.id).about(&slow.id).with("ttc", ttc).with("gap", place.gap))
}
