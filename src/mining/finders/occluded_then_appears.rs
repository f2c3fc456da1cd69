//! Occluded, then there: an actor that a nearer one hid appears close to our way.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::mining::boxes::Boxes;
use crate::mining::carry::{Near, velocity};
use crate::mining::drive::Drive;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::path::{OnPath, in_scenes, least_ttc, on_path, ttc_claim};
use crate::tracks::hidden::hidden;
use crate::tracks::track::{Place, Placed, Track};

const HIDDEN: ParamSpec = ParamSpec::setting("hidden", "Hidden from", "", [0.05, 1.0], 0.5);
const DISTANCE: ParamSpec = ParamSpec::setting("distance", "Largest distance", "m", [2.0, 100.0], 30.0);
const BACK: ParamSpec = ParamSpec::setting("back", "Hidden within the last", "s", [0.1, 5.0], 1.0);
const WAY: ParamSpec = ParamSpec::setting("way", "Distance of our way", "m", [0.5, 10.0], 3.0);
const WITHIN: ParamSpec = ParamSpec::setting("within", "Reaches it within", "s", [0.5, 10.0], 3.0);

/// A new track begins there if none was so near before.
const NEW: Near = Near { meters: 2.0, iou: 0.3 };

/// Time to collision in seconds that a case of a finding claims.
const CLOSE: f64 = 1.5;

/// Half hidden until a second ago, then within 30 m and 3 m of our way.
pub(super) static KIND: FinderKind = FinderKind {
    id: "occluded_then_appears",
    title: "Occluded, then appears",
    summary: "An actor that a nearer one hid appears close to our way",
    false_alarms: "tracks that begin late for another reason behind parked cars",
    source: "occlusion of half of the box; distances are defaults of Hardcase",
    params: &[HIDDEN, DISTANCE, BACK, WAY, WITHIN],
    look: Look::Drive(look),
    sensor: false,
    claim: Some(|finding| ttc_claim(finding, CLOSE)),
};

fn look(drive: &Drive<'_>, params: &Params) -> Found {
    let all = Boxes::of(drive);
    in_scenes(drive, |scene| {
        let Some(boxes) = all.iter().find(|boxes| boxes.channel == scene.channel) else { return Vec::new() };
        let samples = boxes.by_sample();
        let first = boxes.moments.first().copied().unwrap_or_default();
        let begins = |track: &&Track| track.start() > first + Span::SECOND && track.states.len() >= 3;
        let new = boxes.tracks.iter().filter(begins);
        new.filter_map(|track| appears(boxes, &samples, track, params)).collect()
    })
}

fn appears(
    boxes: &Boxes<'_>,
    samples: &[Vec<(usize, usize)>],
    track: &Track,
    params: &Params,
) -> Option<Finding> {
    let first = track.states.first()?;
    let placed = *first.place.world()?;
    let eye = boxes.eye(first.time)?;
    let distance = (placed.center.truncate() - eye).length();
    if distance > params.value(&DISTANCE) || !comes_near(boxes, track, params) {
        return None;
    }
    let speed = velocity(track, (track.states.len() - 1).min(4)).unwrap_or_default();
    let mut most = 0.0_f64;
    let earliest = first.time - Span::from_secs(params.value(&BACK));
    let from = boxes.moments.partition_point(|time| *time < earliest);
    for sample in from..first.sample {
        let time = *boxes.moments.get(sample)?;
        let place = back(placed, speed, first.time, time);
        let others = || {
            let all = samples.get(sample).into_iter().flatten();
            all.filter_map(|at| boxes.state(*at)).map(|state| &state.place)
        };
        // Under another id it was seen there.
        if others().any(|other| NEW.apart(&place, other).is_some()) {
            return None;
        }
        most = most.max(hidden(&place, others(), boxes.eye(time)));
    }
    if most < params.value(&HIDDEN) {
        return None;
    }
    let range = TimeRange { start: first.time, end: first.time };
    let sentence = format!("{} {} appears {distance:.1} m away, it was hidden", first.class, track.id);
    let severity = 1.0 - distance / params.value(&DISTANCE);
    let range = stretched(range, first.time);
    let finding = KIND.finding(range, first.time, severity, sentence);
    let least = boxes.scene.and_then(|scene| least_ttc(scene, range)).unwrap_or(f64::INFINITY);
    let finding = finding.with("least_ttc", least);
    Some(finding.about(&track.id).with("distance", distance).with("hidden", most))
}

/// True if an actor comes near our way soon after it appears, ahead of us.
fn comes_near(boxes: &Boxes<'_>, track: &Track, params: &Params) -> bool {
    let Some(scene) = boxes.scene else { return false };
    let within = Span::from_secs(params.value(&WITHIN));
    let early = track.states.iter().take_while(|state| state.time - track.start() <= within).count();
    let part = Track { id: track.id.clone(), states: track.states[..early].to_vec() };
    let path: Vec<OnPath> = on_path(scene, &part).into_iter().flatten().collect();
    let aside = |place: &OnPath| place.near.max(0.0);
    let comes =
        path.first().zip(path.last()).is_some_and(|(a, b)| aside(b) < aside(a) - 0.3 || aside(a) <= 0.0);
    comes && path.iter().any(|place| place.gap > -5.0 && place.near < params.value(&WAY))
}

fn back(placed: Placed, speed: glam::DVec2, from: Time, to: Time) -> Place {
    Place::World(Placed { center: placed.center + speed.extend(0.0) * (to - from).secs(), ..placed })
}
