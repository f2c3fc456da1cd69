//! GPS drift: the position leaves the way that the odometry knows.

use glam::DVec2;

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::data::clip::ChannelKind;
use crate::data::geometry::place::Place;
use crate::mining::drive::Drive;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::odometry::{Waypoint, way_at};
use crate::mining::spread::{SIGMAS, spread};

const GROWTH: ParamSpec = ParamSpec::setting("growth", "Growth of the offset", "m", [0.1, 100.0], 1.0);
const OVER: ParamSpec = ParamSpec::setting("over", "Over", "m of way", [10.0, 10_000.0], 100.0);

/// The offset to the odometry, rigidly aligned over the first 100 m, grows by more than 1 m in 100 m, not in one step.
pub(super) static KIND: FinderKind = FinderKind {
    id: "gps_drift",
    title: "GPS drift",
    summary: "The position drifts away from the way of the coordinate frames",
    false_alarms: "odometry of wheels, which drifts itself",
    source: "proposed here: 1 m in 100 m",
    params: &[GROWTH, OVER],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let mut found = Found::default();
    let frames = drive.clip.frames();
    for (id, channel) in drive.info.of_kind(ChannelKind::Places) {
        let places = drive.places(id);
        let times: Vec<Time> = places.iter().map(|(time, _)| *time).collect();
        let way = way_at(&frames, &times);
        if way.len() != places.len() || way.is_empty() {
            let why = "no coordinate frame of the vehicle moves, so there is no odometry to compare with";
            found.not_looked_at.push(format!("{}: {why}", channel.name));
            continue;
        }
        match drifts(&places, &way, params) {
            Some(findings) => {
                found.looked_at.push(channel.name.clone());
                found.findings.extend(findings.into_iter().map(|finding| finding.on(&channel.name)));
            }
            None => found.not_looked_at.push(format!(
                "{}: the vehicle goes less than twice {:.0} m",
                channel.name,
                params.value(&OVER)
            )),
        }
    }
    if found.looked_at.is_empty() && found.not_looked_at.is_empty() {
        found.not_looked_at.push("the recording has no GPS".to_owned());
    }
    found
}

fn drifts(places: &[(Time, Place)], way: &[Waypoint], params: &Params) -> Option<Vec<Finding>> {
    let over = params.value(&OVER);
    let (_, origin) = places.first()?;
    let seen: Vec<DVec2> = places.iter().map(|(_, place)| DVec2::from(place.meters_from(origin))).collect();
    let mut gone = Vec::with_capacity(way.len());
    let mut sum = 0.0;
    for (at, point) in way.iter().enumerate() {
        sum += at.checked_sub(1).map_or(0.0, |before| (point.place - way[before].place).length());
        gone.push(sum);
    }
    let aligned = gone.partition_point(|way| *way < over);
    if aligned < 10 || sum < 2.0 * over {
        return None;
    }
    let odometry: Vec<DVec2> = way.iter().map(|point| point.place).collect();
    let placed = rigid(&odometry[..aligned], &seen[..aligned]);
    let offsets: Vec<f64> =
        odometry.iter().zip(&seen).map(|(own, seen)| (placed(*own) - *seen).length()).collect();
    let steps: Vec<f64> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // The noise of one offset is less than that of a difference by the root of two.
    let noise = spread(&steps).map_or(0.0, |(_, mad)| SIGMAS * mad / std::f64::consts::SQRT_2);
    let times: Vec<Time> = places.iter().map(|(time, _)| *time).collect();
    let mut from = 0;
    let grown: Vec<(f64, usize)> = (0..offsets.len())
        .map(|at| {
            while gone[from] + over < gone[at] {
                from += 1;
            }
            let growth = offsets[at] - offsets[from];
            let step = steps[from..at].iter().fold(0.0_f64, |most, step| most.max(step.abs()));
            // A jump is another finding.
            let jumps = step > 0.5 * growth + 3.0 * noise;
            (if at < aligned || jumps { f64::NAN } else { growth }, from)
        })
        .collect();
    let limit = params.value(&GROWTH) + 3.0 * noise;
    let terms = EventTerms::above(limit, 5.0 * limit, Span(0));
    let values: Vec<f64> = grown.iter().map(|(growth, _)| *growth).collect();
    let found = events(&times, &values, &terms).into_iter().map(|event| {
        let first = times.partition_point(|time| *time < event.range.start);
        let start = grown.get(first).map_or(event.range.start, |(_, from)| times[*from]);
        let range = stretched(TimeRange { start, end: event.range.end }, event.peak);
        let sentence =
            format!("the position drifts from the odometry by {:.1} m in {over:.0} m", event.value);
        KIND.finding(range, event.peak, terms.severity(event.value), sentence).with("growth", event.value)
    });
    Some(found.collect())
}

/// The rotation and translation that lay points onto others with the least squares.
fn rigid(from: &[DVec2], to: &[DVec2]) -> impl Fn(DVec2) -> DVec2 + use<> {
    let middle = |points: &[DVec2]| points.iter().sum::<DVec2>() / points.len().max(1) as f64;
    let (a, b) = (middle(from), middle(to));
    let (mut dot, mut cross) = (0.0, 0.0);
    for (own, other) in from.iter().zip(to) {
        dot += (*own - a).dot(*other - b);
        cross += (*own - a).perp_dot(*other - b);
    }
    let turn = DVec2::from_angle(libm::atan2(cross, dot));
    move |point| turn.rotate(point - a) + b
}
