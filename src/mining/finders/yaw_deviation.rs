//! Yaw deviation: a box does not point where it drives.

use glam::DVec2;

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::mining::boxes::in_space;
use crate::mining::carry::Line;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::tracks::classes::superclass;
use crate::tracks::track::{State, Track};

const ANGLE: ParamSpec = ParamSpec::setting("angle", "Angle to the way", "degrees", [1.0, 180.0], 15.0);
const SPEED: ParamSpec = ParamSpec::setting("speed", "Above a speed of", "m/s", [0.1, 20.0], 2.0);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.5);

/// Half of the time over which the way is smoothed, in seconds.
const REACH: f64 = 0.5;

/// More than 15 degrees from its smoothed way.
pub(super) static KIND: FinderKind = FinderKind {
    id: "yaw_deviation",
    title: "Yaw deviation",
    summary: "The heading of a vehicle or cycle differs from the direction in which it moves",
    false_alarms: "driving in reverse, drifting, slow things",
    source: "yaw deviation of Autoware's perception evaluator; limits are defaults of Hardcase",
    params: &[ANGLE, SPEED, HOLD],
    look: Look::Drive(|drive, params| {
        in_space(drive, |boxes| {
            let vehicles = boxes.tracks.iter().filter(|track| superclass(&track.class()) != "person");
            vehicles.flat_map(|track| deviations(track, params)).collect()
        })
    }),
    sensor: false,
    claim: None,
};

fn deviations(track: &Track, params: &Params) -> Vec<Finding> {
    let (mut times, mut angles): (Vec<Time>, Vec<f64>) = Default::default();
    for (at, state) in track.states.iter().enumerate() {
        let Some(placed) = state.place.world() else { return Vec::new() };
        let way = way(track, at);
        let (sin, cos) = libm::sincos(placed.heading);
        let fast = way.length() > params.value(&SPEED);
        let angle = if fast { DVec2::new(cos, sin).angle_to(way).abs().to_degrees() } else { 0.0 };
        times.push(state.time);
        angles.push(angle);
    }
    let limit = params.value(&ANGLE);
    let terms = EventTerms::above(limit, 90.0_f64.max(2.0 * limit), Span::from_secs(params.value(&HOLD)));
    let found = events(&times, &angles, &terms).into_iter();
    found
        .map(|event| {
            let sentence =
                format!("{} {} points {:.0} degrees off its way", track.class(), track.id, event.value);
            let range = stretched(event.range, event.peak);
            let finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
            finding.about(&track.id).with("degrees", event.value)
        })
        .collect()
}

/// Velocity over half a second to either side.
fn way(track: &Track, at: usize) -> DVec2 {
    let (now, reach) = (track.states[at].time, Span::from_secs(REACH));
    let from = track.states.partition_point(|state| state.time < now - reach);
    let to = track.states.partition_point(|state| state.time <= now + reach);
    let slope = |axis: usize| {
        let point = |state: &State| Some(((state.time - now).secs(), state.place.world()?.center[axis]));
        let points: Vec<(f64, f64)> = track.states[from..to].iter().filter_map(point).collect();
        if points.len() > 2 { Line::through(&points).slope } else { 0.0 }
    };
    DVec2::new(slope(0), slope(1))
}
