//! Two tracks at the moments at which both are observed.

use glam::{DVec2, DVec3};

use crate::tracks::criticality::boxes::{OrientedBox, distance};
use crate::tracks::questions::actor::Actor;

/// Half of a lane without a map, in meters.
pub(super) const HALF_LANE: f64 = 1.75;

/// Two tracks with their common observations.
pub(super) struct Pair<'a> {
    pub(super) a: &'a Actor,
    pub(super) b: &'a Actor,
    /// Positions of the common observations in each.
    pub(super) common: Vec<(usize, usize)>,
    /// Positions of `b` in the frame of `a`, from its reference point.
    pub(super) seen: Vec<DVec3>,
    /// Velocities of `b` in the frame of `a`, over ground.
    pub(super) moving: Vec<DVec3>,
}

impl<'a> Pair<'a> {
    /// None where both are never observed at once, or not in space.
    pub(super) fn of(a: &'a Actor, b: &'a Actor) -> Option<Self> {
        if !a.in_space() || !b.in_space() {
            return None;
        }
        let common = common(a, b);
        if common.is_empty() {
            return None;
        }
        let own: Vec<usize> = common.iter().map(|(_, at)| *at).collect();
        let (positions, velocities) = b.of_some(&own);
        let seen = common.iter().zip(&positions).map(|((at, _), place)| a.seen(*at, *place)).collect();
        let moving = common.iter().zip(&velocities).map(|((at, _), v)| a.turned(*at, *v)).collect();
        Some(Self { a, b, common, seen, moving })
    }

    /// Distance of the centers at a common observation, in meters.
    pub(super) fn centers(&self, n: usize) -> f64 {
        let (at, other) = self.common[n];
        (self.a.places[at].center - self.b.places[other].center).truncate().length()
    }

    /// Distance of the boxes at a common observation, in meters.
    pub(super) fn distance(&self, n: usize) -> f64 {
        let (at, other) = self.common[n];
        distance(&body(self.a, at), &body(self.b, other)).unwrap_or(f64::INFINITY)
    }
}

fn body(actor: &Actor, at: usize) -> OrientedBox {
    let placed = &actor.places[at];
    OrientedBox {
        x: placed.center.x,
        y: placed.center.y,
        heading: placed.heading,
        length: placed.size.x,
        width: placed.size.y,
    }
}

/// Observations at the same time.
fn common(a: &Actor, b: &Actor) -> Vec<(usize, usize)> {
    let (Some(first), Some(last)) = (a.times.first(), a.times.last()) else { return Vec::new() };
    let start = b.times.partition_point(|time| time < first);
    let end = b.times.partition_point(|time| time <= last);
    let Some(begin) = b.times.get(start).filter(|_| start < end) else { return Vec::new() };
    let mut at = a.times.partition_point(|time| time < begin);
    let mut found = Vec::new();
    for other in start..end {
        while a.times.get(at).is_some_and(|time| *time < b.times[other]) {
            at += 1;
        }
        if a.times.get(at) == Some(&b.times[other]) {
            found.push((at, other));
        }
    }
    found
}

/// A direction of length 1; zero of nothing.
pub(super) fn unit(of: DVec2) -> DVec2 {
    of.normalize_or_zero()
}
