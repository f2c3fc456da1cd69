//! Closest encounter of two points, and the post-encroachment time of two paths through a conflict area.

use crate::tracks::criticality::boxes::{MovingBox, OrientedBox, Placed, across, dot, length, narrowed};
use crate::tracks::criticality::reading::{CriticalityError, Reading, Reason, finite};

/// Closest encounter of two points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Encounter {
    /// Time from now in seconds.
    pub time: f64,
    /// Distance at that time in meters.
    pub distance: f64,
}

/// Closest encounter at constant velocities: `t = max(0, -r·v / v·v)`, `d = |r + v t|`.
///
/// `r` in m and `v` in m/s are position and velocity of the other seen from ego. No relative velocity: now.
pub fn closest_encounter(r: [f64; 2], v: [f64; 2]) -> Result<Encounter, CriticalityError> {
    for (name, value) in
        [("relative x", r[0]), ("relative y", r[1]), ("relative vx", v[0]), ("relative vy", v[1])]
    {
        finite(name, value)?;
    }
    let squared = dot(v, v);
    let time = if squared > 0.0 { (-dot(r, v) / squared).max(0.0) } else { 0.0 };
    Ok(Encounter { time, distance: length([r[0] + v[0] * time, r[1] + v[1] * time]) })
}

/// Interval during which an actor is in a conflict area, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occupancy {
    /// First touch.
    pub enter: f64,
    /// Last touch.
    pub exit: f64,
}

/// Post-encroachment time in seconds: from the exit of the first to the entry of the second.
///
/// Negative where both are in the area at once, for which the metric is not defined otherwise; which one is first is
/// decided by the entry, `a` if both enter at once.
pub fn post_encroachment(a: Occupancy, b: Occupancy) -> Result<f64, CriticalityError> {
    for Occupancy { enter, exit } in [a, b] {
        if finite("entry", enter)? > finite("exit", exit)? {
            return Err(CriticalityError::Interval { enter, exit });
        }
    }
    Ok(if a.enter <= b.enter { b.enter - a.exit } else { a.enter - b.exit })
}

/// Post-encroachment time of two boxes that move straight through a conflict area, in seconds.
///
/// The motions are extended to the past too. One of them never touches the area: never. One that stands in it: undefined.
pub fn pet(a: &MovingBox, b: &MovingBox, area: &ConflictArea) -> Result<Reading, CriticalityError> {
    let (Some(a), Some(b)) = (occupancy(a, area)?, occupancy(b, area)?) else { return Ok(Reading::Never) };
    if [a, b].iter().any(|one| one.enter.is_infinite() || one.exit.is_infinite()) {
        return Ok(Reading::Undefined(Reason::Standing));
    }
    post_encroachment(a, b).map(Reading::Number)
}

/// A convex area that two paths share.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictArea(Vec<[f64; 2]>);

impl ConflictArea {
    /// A convex polygon by its corners in either order, in meters.
    pub fn new(corners: Vec<[f64; 2]>) -> Result<Self, CriticalityError> {
        let count = corners.len();
        let edge = |at: usize| {
            let (from, to) = (corners[at % count], corners[(at + 1) % count]);
            [to[0] - from[0], to[1] - from[1]]
        };
        if count < 3 || corners.iter().flatten().any(|value| !value.is_finite()) {
            return Err(CriticalityError::Area { corners: count });
        }
        let turns: Vec<f64> = (0..count).map(|at| dot(across(edge(at)), edge(at + 1))).collect();
        // A star turns to one side as well, but more than once around.
        let around: f64 = (0..count).map(|at| libm::atan2(turns[at], dot(edge(at), edge(at + 1)))).sum();
        let convex = turns.iter().all(|turn| *turn > 0.0) || turns.iter().all(|turn| *turn < 0.0);
        if !convex || around.abs() > 7.0 {
            return Err(CriticalityError::Area { corners: count });
        }
        Ok(Self(corners))
    }

    /// The area of a box.
    pub fn of_box(of: &OrientedBox) -> Result<Self, CriticalityError> {
        Self::new(of.corners()?.to_vec())
    }

    /// The area that the straight paths of two boxes share: a parallelogram, `None` if they do not cross.
    pub fn of_paths(a: &MovingBox, b: &MovingBox) -> Result<Option<Self>, CriticalityError> {
        let area = shared(&Placed::new(&a.body)?, a.velocity, &Placed::new(&b.body)?, b.velocity);
        area.map(|corners| Self::new(corners.to_vec())).transpose()
    }

    /// The corners in order, in meters.
    pub fn corners(&self) -> &[[f64; 2]] {
        &self.0
    }
}

/// Interval during which a box that moves straight touches an area, in seconds from now; infinite if it stands in it.
pub fn occupancy(of: &MovingBox, area: &ConflictArea) -> Result<Option<Occupancy>, CriticalityError> {
    let velocity = [finite("vx", of.velocity[0])?, finite("vy", of.velocity[1])?];
    Ok(occupancy_of(&Placed::new(&of.body)?, velocity, &area.0))
}

/// Interval during which a recorded path touches an area; times in seconds, strictly increasing.
///
/// Between two samples the box moves straight and has the heading of the first. A path that enters again counts from
/// the first touch to the last one.
pub fn occupancy_of_path(
    path: &[(f64, OrientedBox)],
    area: &ConflictArea,
) -> Result<Option<Occupancy>, CriticalityError> {
    let mut whole: Option<Occupancy> = None;
    for (index, (time, body)) in path.iter().enumerate() {
        finite("time", *time)?;
        let placed = Placed::new(body)?;
        let (mut velocity, mut lasts) = ([0.0, 0.0], 0.0);
        if let Some((next_time, next)) = path.get(index + 1) {
            lasts = next_time - time;
            if lasts.is_nan() || lasts <= 0.0 {
                return Err(CriticalityError::Order { index: index + 1 });
            }
            velocity = [(next.x - body.x) / lasts, (next.y - body.y) / lasts];
        }
        let Some(Occupancy { enter, exit }) = occupancy_of(&placed, velocity, &area.0) else { continue };
        let (enter, exit) = (enter.max(0.0), exit.min(lasts));
        if enter <= exit {
            let first = whole.map_or(time + enter, |whole| whole.enter);
            whole = Some(Occupancy { enter: first, exit: time + exit });
        }
    }
    Ok(whole)
}

/// Interval during which a box touches a convex polygon, by separating axes.
pub(crate) fn occupancy_of(of: &Placed, velocity: [f64; 2], area: &[[f64; 2]]) -> Option<Occupancy> {
    let mut touch = (f64::NEG_INFINITY, f64::INFINITY);
    let sides = area.iter().zip(area.iter().cycle().skip(1)).map(|(from, to)| {
        let along = [to[0] - from[0], to[1] - from[1]];
        let long = length(along);
        across(along.map(|part| part / long))
    });
    for axis in [of.axis, across(of.axis)].into_iter().chain(sides) {
        let shadow = area.iter().map(|corner| dot(*corner, axis));
        let (low, high) =
            shadow.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        let reach = of.reach(axis);
        touch = narrowed(touch, low - reach, high + reach, dot(of.center, axis), dot(velocity, axis))?;
    }
    Some(Occupancy { enter: touch.0, exit: touch.1 })
}

/// Corners of the parallelogram that two straight paths share, unless one stands or both are parallel.
pub(crate) fn shared(a: &Placed, v_a: [f64; 2], b: &Placed, v_b: [f64; 2]) -> Option<[[f64; 2]; 4]> {
    let (speed_a, speed_b) = (length(v_a), length(v_b));
    let (along_a, along_b) = (v_a.map(|part| part / speed_a), v_b.map(|part| part / speed_b));
    let (normal_a, normal_b) = (across(along_a), across(along_b));
    let sine = dot(normal_a, along_b);
    if !(sine.is_finite() && sine.abs() > 1e-9) {
        return None;
    }
    let (reach_a, reach_b) = (a.reach(normal_a), b.reach(normal_b));
    // From the center of a: how far to either side of both center lines.
    let to_b = dot(normal_b, [b.center[0] - a.center[0], b.center[1] - a.center[1]]);
    Some([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]].map(|[of_a, of_b]| {
        let (side_a, side_b) = (of_a * reach_a, to_b + of_b * reach_b);
        // Solves normal_a·p = side_a and normal_b·p = side_b.
        let (p_a, p_b) = (-side_b / sine, side_a / sine);
        [a.center[0] + along_a[0] * p_a + along_b[0] * p_b, a.center[1] + along_a[1] * p_a + along_b[1] * p_b]
    }))
}
