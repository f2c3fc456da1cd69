//! The way that the vehicle drove, and actors relative to it: how far ahead, how far aside.

use glam::DVec2;

use crate::base::time::{Time, TimeRange};
use crate::clips::derived::Scene;
use crate::mining::drive::Drive;
use crate::mining::finding::{Finding, Found};
use crate::tracks::criticality::metric::Metric;
use crate::tracks::kinematics::{Motion, motions};
use crate::tracks::track::{Placed, Track};

/// Half of a lane without a map, in meters.
pub const HALF_LANE: f64 = 1.75;
/// Way over the marking from which an actor is in the lane, in meters (KBA on EU 2022/1426).
pub const OVER: f64 = 0.30;
/// Distance in meters beyond which actors are left out (`RefAV`).
const REACH: f64 = 50.0;

/// An actor relative to the way that the vehicle drives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnPath {
    /// The moment.
    pub time: Time,
    /// Gap from bumper to bumper in meters along the way; negative beside and behind.
    pub gap: f64,
    /// Distance of the near side from the middle of the way in meters; negative where it reaches over.
    pub near: f64,
    /// Angle of its heading against the way in radians, 0 to π.
    pub turn: f64,
    /// Speed along the way in m/s.
    pub speed: f64,
    /// Speed of the vehicle in m/s.
    pub ego_speed: f64,
}

impl OnPath {
    /// True inside of our lane, by 0.30 m over the marking and more.
    pub fn inside(&self) -> bool {
        self.near < HALF_LANE - OVER
    }

    /// Time to collision along the way in seconds; infinite if the gap does not close.
    pub fn ttc(&self) -> f64 {
        let closing = self.ego_speed - self.speed;
        if closing > 0.0 { self.gap.max(0.0) / closing } else { f64::INFINITY }
    }
}

/// A track relative to the way of the vehicle, at each of its observations within 50 m; empty where the way is not known.
pub fn on_path(scene: &Scene, track: &Track) -> Vec<Option<OnPath>> {
    let readings = &scene.readings;
    if readings.ego.is_empty() {
        return Vec::new();
    }
    let moving = motions(track);
    let observed = track.states.iter().enumerate();
    observed
        .map(|(at, state)| {
            let placed = state.place.world()?;
            let now = readings.ego_times.partition_point(|time| *time < state.time);
            let (ego, motion) = readings.ego.get(now)?;
            if (placed.center - ego.center).truncate().length() > REACH {
                return None;
            }
            let way = nearest(&readings.ego[now..], placed.center.truncate())?;
            let motion_of = moving.get(at).copied().unwrap_or_default();
            Some(relative(state.time, (placed, motion_of), (ego, motion), way))
        })
        .collect()
}

/// A place on the way: how far along, how far aside, and its direction.
#[derive(Clone, Copy)]
struct Way {
    along: f64,
    aside: f64,
    direction: DVec2,
}

fn relative(
    time: Time,
    (other, moving): (&Placed, Motion),
    (ego, own): (&Placed, &Motion),
    way: Way,
) -> OnPath {
    let (sin, cos) = libm::sincos(other.heading);
    let heading = DVec2::new(cos, sin);
    let (with, across) = (heading.dot(way.direction).abs(), heading.perp_dot(way.direction).abs());
    let half_along = f64::midpoint(with * other.size.x, across * other.size.y);
    let half_aside = f64::midpoint(across * other.size.x, with * other.size.y);
    OnPath {
        time,
        gap: way.along - half_along - ego.size.x / 2.0,
        near: way.aside.abs() - half_aside,
        turn: libm::acos(heading.dot(way.direction).clamp(-1.0, 1.0)),
        speed: moving.velocity.dot(way.direction),
        ego_speed: own.speed(),
    }
}

/// The nearest place on the way from the first of these positions on; straight on behind the last.
fn nearest(ego: &[(Placed, Motion)], point: DVec2) -> Option<Way> {
    let (first, _) = ego.first()?;
    let straight = |placed: &Placed| {
        let (sin, cos) = libm::sincos(placed.heading);
        DVec2::new(cos, sin)
    };
    let mut best: Option<(f64, Way)> = None;
    let mut keep = |apart: f64, way: Way| {
        if best.is_none_or(|(least, _)| apart < least) {
            best = Some((apart, way));
        }
    };
    let (mut from, mut along, mut direction) = (first.center.truncate(), 0.0, straight(first));
    // What is behind is measured against the heading now.
    let behind = (point - from).dot(direction);
    if behind <= 0.0 {
        let aside = direction.perp_dot(point - from);
        return Some(Way { along: behind, aside, direction });
    }
    for (placed, _) in &ego[1..] {
        let to = placed.center.truncate();
        let length = (to - from).length();
        // Shorter steps are noise of a vehicle that stands.
        if length < 0.05 {
            continue;
        }
        direction = (to - from) / length;
        let part = (point - from).dot(direction);
        let foot = from + direction * part.clamp(0.0, length);
        let way = Way {
            along: along + part.clamp(0.0, length),
            aside: direction.perp_dot(point - from),
            direction,
        };
        keep((point - foot).length(), way);
        (from, along) = (to, along + length);
        if along > REACH + 10.0 {
            break;
        }
    }
    let part = (point - from).dot(direction);
    if part > 0.0 {
        let aside = direction.perp_dot(point - from);
        keep(aside.abs(), Way { along: along + part, aside, direction });
    }
    best.map(|(_, way)| way)
}

/// Actors on the way of the vehicle, and which of them lead.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Each track relative to the way, by its observations.
    pub paths: Vec<Vec<Option<OnPath>>>,
    /// The nearest one ahead in our lane at each moment of the vehicle, with its track.
    pub leads: Vec<Option<(usize, OnPath)>>,
}

impl Lane {
    fn of(scene: &Scene) -> Self {
        let paths: Vec<Vec<Option<OnPath>>> =
            scene.tracks.tracks.iter().map(|track| on_path(scene, track)).collect();
        let leads = leads(scene, &paths);
        Self { paths, leads }
    }
}

/// The same with the actors on the way.
pub fn in_lanes(drive: &Drive<'_>, find: impl Fn(&Scene, &Lane) -> Vec<Finding>) -> Found {
    in_scenes(drive, |scene| find(scene, &Lane::of(scene)))
}

/// Findings of every channel of boxes in space in which the way of the vehicle is known.
pub fn in_scenes(drive: &Drive<'_>, find: impl Fn(&Scene) -> Vec<Finding>) -> Found {
    let mut found = Found::default();
    for scene in &drive.scenes {
        if scene.readings.ego.is_empty() {
            found.not_looked_at.push(format!("{}: the way of the vehicle is not known", scene.channel));
            continue;
        }
        found.looked_at.push(scene.channel.clone());
        found.findings.extend(find(scene).into_iter().map(|finding| finding.on(&scene.channel)));
    }
    if drive.scenes.is_empty() {
        found.not_looked_at.push("the recording has no boxes in space".to_owned());
    }
    found
}

/// The least time to collision of the boxes in the plane over a stretch, in seconds; `None` where it is not known or infinite.
pub fn least_ttc(scene: &Scene, range: TimeRange) -> Option<f64> {
    let reading = scene.readings.series.iter().find(|reading| reading.metric == Metric::Ttc2d)?;
    let during = scene.readings.times.iter().zip(&reading.values).filter(|(time, _)| range.contains(**time));
    during.map(|(_, value)| *value).filter(|value| value.is_finite()).reduce(f64::min)
}

/// The formula that the time to collision stays above a bound, for a finding in whose stretch it did not; `None` where it did.
pub fn ttc_claim(finding: &Finding, bound: f64) -> Option<String> {
    let (channel, least) = (finding.channels.first()?, finding.numbers.get("least_ttc")?);
    (*least <= bound).then(|| format!("always(signal(\"{channel}/ttc_2d\") > {bound})"))
}

/// The nearest actor ahead in our lane at each moment of the vehicle, with its track.
fn leads(scene: &Scene, paths: &[Vec<Option<OnPath>>]) -> Vec<Option<(usize, OnPath)>> {
    let times = &scene.readings.times;
    let mut leads: Vec<Option<(usize, OnPath)>> = vec![None; times.len()];
    for (track, path) in paths.iter().enumerate() {
        for place in path.iter().flatten().filter(|place| place.inside() && place.gap > 0.0) {
            let now = times.partition_point(|time| *time < place.time);
            let Some(lead) = leads.get_mut(now) else { continue };
            if lead.is_none_or(|(_, known)| place.gap < known.gap) {
                *lead = Some((track, *place));
            }
        }
    }
    leads
}
