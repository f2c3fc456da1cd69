//! Relations of two tracks without a map.

use glam::{DVec2, DVec3};

use crate::tracks::hidden::hidden;
use crate::tracks::questions::actor::Actor;
use crate::tracks::questions::pairs::{HALF_LANE, Pair, unit};
use crate::tracks::questions::passing::{crossed_by, cut_in, cut_out, overtaking};
use crate::tracks::questions::tree::{RelationKind, Side};

/// Speed in m/s above which a track moves in the direction of its velocity (`RefAV`).
const GOES: f64 = 0.5;
/// Cosine of the angle within which two go the same way, as one follows the other.
const SAME: f64 = 0.5;

/// The relation at each common observation of a pair: the subject is `pair.a`. `eye` is the place of the vehicle at an
/// observation of the subject.
pub(super) fn holds(kind: RelationKind, pair: &Pair<'_>, eye: &dyn Fn(usize) -> Option<DVec2>) -> Vec<bool> {
    let each = |truth: &dyn Fn(usize) -> bool| (0..pair.common.len()).map(truth).collect();
    match kind {
        RelationKind::Has(side, within, lateral) => {
            each(&|n| beside(pair.a, pair.seen[n], side, lateral) && pair.distance(n) <= within)
        }
        RelationKind::Is(side, within, lateral) => {
            let Some(turned) = Pair::of(pair.b, pair.a) else { return vec![false; pair.common.len()] };
            each(&|n| beside(pair.b, turned.seen[n], side, lateral) && turned.distance(n) <= within)
        }
        RelationKind::Near(within) => each(&|n| pair.distance(n) <= within),
        RelationKind::Facing(angle, within) => each(&|n| {
            let own = libm::atan2(pair.seen[n].y, pair.seen[n].x).to_degrees();
            own.abs() <= angle && pair.distance(n) <= within
        }),
        RelationKind::HeadingToward { angle, speed, within } => {
            let closing = closing(pair);
            each(&|n| {
                let (at, _) = pair.common[n];
                let own = pair.a.turned(at, pair.a.derived().velocities[at]);
                let toward = angle_of(own, pair.seen[n]);
                closing[n] >= speed
                    && toward <= angle
                    && (within == f64::INFINITY || pair.distance(n) <= within)
            })
        }
        RelationKind::SameWay => each(&|n| ways(pair, n).is_some_and(|angle| angle <= 45.0)),
        RelationKind::Oncoming => each(&|n| ways(pair, n).is_some_and(|angle| angle >= 135.0)),
        RelationKind::Crossing => each(&|n| ways(pair, n).is_some_and(|angle| angle > 45.0 && angle < 135.0)),
        RelationKind::Following(within) => each(&|n| follows(pair, n, within)),
        RelationKind::CrossedBy { side, within, aside } => crossed_by(pair, side, within, aside),
        RelationKind::Overtaking(aside) => {
            overtaking(pair, aside, &|n| ways(pair, n).is_some_and(|angle| angle <= 45.0))
        }
        RelationKind::CutIn => cut_in(pair),
        RelationKind::CutOut => cut_out(pair),
        RelationKind::OccludedBy(part) => each(&|n| {
            let (at, other) = pair.common[n];
            let (Some(own), Some(near), Some(eye)) = (pair.a.place(at), pair.b.place(other), eye(at)) else {
                return false;
            };
            hidden(&own, std::iter::once(&near), Some(eye)) >= part
        }),
    }
}

/// True if a place in the frame of an actor is at one of its sides.
fn beside(actor: &Actor, place: DVec3, side: Side, lateral: f64) -> bool {
    let half = actor.half();
    let (front, back) = (half.x + actor.ahead, actor.ahead - half.x);
    let along = place.x > back - lateral && place.x < front + lateral;
    let across = place.y.abs() < half.y + lateral;
    match side {
        Side::Front => place.x > front && across,
        Side::Back => place.x < back && across,
        Side::Left => place.y > half.y && along,
        Side::Right => place.y < -half.y && along,
    }
}

/// Angle between two directions in degrees.
fn angle_of(a: DVec3, b: DVec3) -> f64 {
    let cosine = a.normalize_or_zero().dot(b.normalize_or_zero());
    libm::acos(cosine.clamp(-1.0, 1.0)).to_degrees()
}

/// Speed at which the distance shrinks, in m/s: differences of the distance of the subject in the frame of the other.
fn closing(pair: &Pair<'_>) -> Vec<f64> {
    let own: Vec<usize> = pair.common.iter().map(|(at, _)| *at).collect();
    let (places, _) = pair.a.of_some(&own);
    let distances: Vec<f64> =
        pair.common.iter().zip(places).map(|((_, at), place)| pair.b.seen(*at, place).length()).collect();
    let last = distances.len().saturating_sub(1);
    let time = |n: usize| pair.a.times[pair.common[n].0];
    let at = |n: usize| {
        let (from, to) = (n.saturating_sub(1), (n + 1).min(last));
        let span = (time(to) - time(from)).secs();
        if span > 0.0 { (distances[from] - distances[to]) / span } else { 0.0 }
    };
    (0..distances.len()).map(at).collect()
}

/// Angle between both directions of travel in degrees; one that hardly moves has its heading if it may move by itself, none if
/// both stand.
fn ways(pair: &Pair<'_>, n: usize) -> Option<f64> {
    let (at, other) = pair.common[n];
    let (own, its) = (pair.a.derived().velocities[at], pair.b.derived().velocities[other]);
    let heading = |actor: &Actor, at: usize| actor.heading(at).extend(0.0);
    let (own, its) = if own.length() < 1.0 && moves_itself(pair.a, at) && its.length() > 1.0 {
        (heading(pair.a, at), its)
    } else if its.length() < 1.0 && moves_itself(pair.b, other) && own.length() > GOES {
        (own, heading(pair.b, other))
    } else if own.length() < 1.0 || its.length() < 1.0 {
        return None;
    } else {
        (own, its)
    };
    Some(angle_of(own, its))
}

/// False for things that only stand about, such as cones.
fn moves_itself(actor: &Actor, at: usize) -> bool {
    let class = actor.classes.get(at).map(|class| crate::tracks::classes::superclass(class));
    class.is_some_and(|class| matches!(class.as_str(), "vehicle" | "person" | "cycle" | "animal"))
}

/// `pair.b` is ahead of `pair.a` in its lane, without a map: its center within half a lane's width of the line ahead.
fn follows(pair: &Pair<'_>, n: usize, within: f64) -> bool {
    let (at, other) = pair.common[n];
    let place = pair.seen[n];
    let half = pair.a.half().x;
    if !(place.x > half + pair.a.ahead && place.x < within + half + pair.a.ahead && place.y.abs() < HALF_LANE)
    {
        return false;
    }
    let direction = |actor: &Actor, at: usize| {
        let velocity = actor.derived().velocities[at].truncate();
        if velocity.length() > GOES { unit(velocity) } else { actor.heading(at) }
    };
    direction(pair.a, at).dot(direction(pair.b, other)) > SAME
}
