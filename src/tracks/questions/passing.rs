//! Relations that take their time: crossing, overtaking, cutting in and out.

use glam::DVec3;

use crate::base::time::Span;
use crate::tracks::questions::pairs::{HALF_LANE, Pair};
use crate::tracks::questions::tree::Side;

/// Least speed across in m/s (`RefAV`).
const ACROSS: f64 = 0.2;
/// Way over the marking from which an actor is in the lane, in meters (KBA on EU 2022/1426).
const OVER: f64 = 0.30;
/// Time after being outside in which an actor comes in.
const OUTSIDE: Span = Span(5_000_000_000);
/// Time that it stays.
const STAYS: Span = Span(1_000_000_000);
/// Cosine of the largest angle of a cut-in, 45 degrees.
const SAME: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// Distance in meters before and after the middle of an overtaking.
const AROUND: f64 = 10.0;

/// A place as if the subject looked to one of its sides.
fn toward(side: Side, place: DVec3) -> DVec3 {
    match side {
        Side::Front => place,
        Side::Left => DVec3::new(place.y, -place.x, place.z),
        Side::Right => DVec3::new(-place.y, place.x, place.z),
        Side::Back => DVec3::new(-place.x, -place.y, place.z),
    }
}

/// The other's center crosses a line of the subject's sides within this distance of its end, until it is `aside` (`RefAV`).
pub(super) fn crossed_by(pair: &Pair<'_>, side: Side, within: f64, aside: f64) -> Vec<bool> {
    let places: Vec<DVec3> = pair.seen.iter().map(|place| toward(side, *place)).collect();
    let speeds: Vec<f64> = pair.moving.iter().map(|velocity| toward(side, *velocity).y).collect();
    let half = pair.a.half();
    let (bound, near, far) = (half.y, half.x, half.x + within);
    let mut found = vec![false; places.len()];
    for n in 1..places.len() {
        let (from, to) = (places[n - 1].y, places[n].y);
        let over = |line: f64| (from < line && line < to) || (to < line && line < from);
        let inside = near <= places[n].x && places[n].x <= far;
        if !(inside && speeds[n].abs() > ACROSS && (over(bound) || over(-bound))) {
            continue;
        }
        let sign = (to - from).signum();
        let goes = |n: usize| sign * places[n].y < aside && sign * speeds[n] > ACROSS;
        for at in (0..n).rev().take_while(|at| goes(*at)) {
            found[at] = true;
        }
        for at in (n..places.len()).take_while(|at| goes(*at)) {
            found[at] = true;
        }
    }
    found
}

/// The subject gets ahead of the other: it was behind its middle and is before it, no further aside than this.
pub(super) fn overtaking(pair: &Pair<'_>, aside: f64, same_way: &dyn Fn(usize) -> bool) -> Vec<bool> {
    let x = |n: usize| pair.seen[n].x;
    let beside = |n: usize| pair.seen[n].y.abs() <= aside && same_way(n);
    let mut found = vec![false; pair.seen.len()];
    for n in 1..pair.seen.len() {
        if !(x(n - 1) > 0.0 && x(n) <= 0.0 && beside(n - 1) && beside(n)) {
            continue;
        }
        let goes = |n: usize| x(n).abs() <= AROUND && beside(n);
        for at in (0..n).rev().take_while(|at| goes(*at)) {
            found[at] = true;
        }
        for at in (n..found.len()).take_while(|at| goes(*at)) {
            found[at] = true;
        }
    }
    found
}

/// The subject ahead of the other: how far its near side is from the middle of the other's lane, by common observation.
fn ahead(pair: &Pair<'_>) -> Option<(Vec<f64>, Vec<bool>)> {
    let turned = Pair::of(pair.b, pair.a)?;
    let own = pair.a.half();
    let near = |n: usize| {
        let (at, other) = turned.common[n];
        let (ahead, heading) = (turned.a.heading(at), turned.b.heading(other));
        let reach = heading.perp_dot(ahead).abs() * own.x + heading.dot(ahead).abs() * own.y;
        turned.seen[n].y.abs() - reach
    };
    let front = turned.a.half().x + turned.a.ahead;
    let straight = |n: usize| {
        let (at, other) = turned.common[n];
        turned.seen[n].x - own.x > front && turned.a.heading(at).dot(turned.b.heading(other)) > SAME
    };
    let count = turned.common.len();
    Some(((0..count).map(near).collect(), (0..count).map(straight).collect()))
}

/// The subject comes into the other's lane ahead of it, from the last moment outside to a second inside.
pub(super) fn cut_in(pair: &Pair<'_>) -> Vec<bool> {
    let mut found = vec![false; pair.common.len()];
    let Some((near, straight)) = ahead(pair) else { return found };
    let time = |n: usize| pair.a.times[pair.common[n].0];
    let inside = |n: usize| near[n] < HALF_LANE - OVER && straight[n];
    let mut outside: Option<usize> = None;
    for (n, aside) in near.iter().copied().enumerate() {
        if aside > HALF_LANE {
            outside = Some(n);
        } else if inside(n)
            && let Some(from) = outside.take()
            && time(n) - time(from) <= OUTSIDE
        {
            let end = (n..near.len()).take_while(|at| inside(*at)).last().unwrap_or(n);
            if time(end) - time(n) >= STAYS {
                let until = (n..=end).find(|at| time(*at) - time(n) >= STAYS).unwrap_or(end);
                found[from..=until].fill(true);
            }
        }
    }
    found
}

/// The subject leaves the other's lane ahead of it after a second in it.
pub(super) fn cut_out(pair: &Pair<'_>) -> Vec<bool> {
    let mut found = vec![false; pair.common.len()];
    let Some((near, straight)) = ahead(pair) else { return found };
    let time = |n: usize| pair.a.times[pair.common[n].0];
    let inside = |n: usize| near[n] < HALF_LANE - OVER && straight[n];
    let mut run: Option<(usize, usize)> = None;
    for (n, aside) in near.iter().copied().enumerate() {
        if inside(n) {
            run = Some((run.map_or(n, |(from, _)| from), n));
        } else if aside > HALF_LANE
            && let Some((from, last)) = run.take()
            && time(last) - time(from) >= STAYS
            && time(n) - time(last) <= OUTSIDE
        {
            found[last..=n].fill(true);
        }
    }
    found
}
