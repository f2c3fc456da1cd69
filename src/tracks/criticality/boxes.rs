//! Boxes in the plane: distance, and time to collision by separating axes swept in time.
//!
//! Boxes are closed: boxes that touch overlap.

use crate::tracks::criticality::reading::{CriticalityError, Reading, finite, not_negative};

/// Relative speeds along an axis below it count as none, in m/s.
const STILL: f64 = 1e-12;

/// A rectangle in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrientedBox {
    /// Center along x, in meters.
    pub x: f64,
    /// Center along y, in meters.
    pub y: f64,
    /// Direction of its length, in radians counterclockwise from x.
    pub heading: f64,
    /// Length along the heading, in meters.
    pub length: f64,
    /// Width across the heading, in meters.
    pub width: f64,
}

/// A rectangle that moves straight at a constant velocity, without turning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovingBox {
    /// The rectangle now.
    pub body: OrientedBox,
    /// Velocity along x and y, in m/s.
    pub velocity: [f64; 2],
}

/// Time until two moving boxes first touch, in seconds (time to collision in two dimensions).
///
/// Separating axes swept in time: on each axis of both boxes the shadows overlap during one interval, contact is where
/// all four do. Overlap now: 0. No contact until `horizon` seconds, which may be infinite: never.
pub fn ttc_2d(a: &MovingBox, b: &MovingBox, horizon: f64) -> Result<Reading, CriticalityError> {
    if horizon.is_nan() || horizon < 0.0 {
        return Err(CriticalityError::Negative { name: "horizon", value: horizon });
    }
    let contact = contact(a, b)?;
    Ok(contact.map_or(Reading::Never, |interval| first_contact(interval, horizon)))
}

/// Distance of two boxes in meters; 0 where they touch or overlap.
pub fn distance(a: &OrientedBox, b: &OrientedBox) -> Result<f64, CriticalityError> {
    Ok(separation(&Placed::new(a)?, &Placed::new(b)?))
}

/// Interval in seconds from now during which two moving boxes overlap; it may begin in the past, and be infinite.
pub fn contact(a: &MovingBox, b: &MovingBox) -> Result<Option<(f64, f64)>, CriticalityError> {
    let velocity = [
        finite("velocity", b.velocity[0])? - finite("velocity", a.velocity[0])?,
        finite("velocity", b.velocity[1])? - finite("velocity", a.velocity[1])?,
    ];
    Ok(contact_of(&Placed::new(&a.body)?, &Placed::new(&b.body)?, velocity))
}

impl OrientedBox {
    /// The corners in order, in meters.
    pub fn corners(&self) -> Result<[[f64; 2]; 4], CriticalityError> {
        Ok(Placed::new(self)?.corners())
    }
}

impl MovingBox {
    /// A box that moves along its heading at a speed in m/s.
    pub fn along_heading(body: OrientedBox, speed: f64) -> Self {
        let (sin, cos) = libm::sincos(body.heading);
        Self { body, velocity: [speed * cos, speed * sin] }
    }
}

/// A box by center, direction and half sizes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) center: [f64; 2],
    /// Cosine and sine of the heading.
    pub(crate) axis: [f64; 2],
    /// Half of length and width.
    pub(crate) half: [f64; 2],
}

impl Placed {
    pub(crate) fn new(of: &OrientedBox) -> Result<Self, CriticalityError> {
        for (name, value) in [("x", of.x), ("y", of.y), ("heading", of.heading)] {
            finite(name, value)?;
        }
        not_negative("length", of.length)?;
        not_negative("width", of.width)?;
        Ok(Self::at(of))
    }

    /// A box whose numbers are checked.
    pub(crate) fn at(of: &OrientedBox) -> Self {
        let (sin, cos) = libm::sincos(of.heading);
        Self { center: [of.x, of.y], axis: [cos, sin], half: [of.length / 2.0, of.width / 2.0] }
    }

    pub(crate) fn corners(&self) -> [[f64; 2]; 4] {
        let [cos, sin] = self.axis;
        [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]].map(|[along, across]| {
            let (along, across) = (along * self.half[0], across * self.half[1]);
            [self.center[0] + cos * along - sin * across, self.center[1] + sin * along + cos * across]
        })
    }

    /// Half of its shadow on a direction of length 1.
    pub(crate) fn reach(&self, direction: [f64; 2]) -> f64 {
        let [cos, sin] = self.axis;
        self.half[0] * dot(direction, [cos, sin]).abs() + self.half[1] * dot(direction, [-sin, cos]).abs()
    }

    /// Square of the distance of a point, 0 inside.
    fn squared_distance(&self, point: [f64; 2]) -> f64 {
        let from = [point[0] - self.center[0], point[1] - self.center[1]];
        let [cos, sin] = self.axis;
        let along = (dot(from, [cos, sin]).abs() - self.half[0]).max(0.0);
        let across = (dot(from, [-sin, cos]).abs() - self.half[1]).max(0.0);
        along * along + across * across
    }
}

/// Distance of two boxes in meters.
pub(crate) fn separation(a: &Placed, b: &Placed) -> f64 {
    if contact_of(a, b, [0.0, 0.0]).is_some() { 0.0 } else { separation_apart(a, b) }
}

/// Distance of two boxes that do not overlap, in meters.
pub(crate) fn separation_apart(a: &Placed, b: &Placed) -> f64 {
    // The nearest points of convex polygons that are apart include a corner of one of them.
    let of = |corners: [[f64; 2]; 4], other: &Placed| {
        corners.into_iter().map(|corner| other.squared_distance(corner)).fold(f64::INFINITY, f64::min)
    };
    of(a.corners(), b).min(of(b.corners(), a)).sqrt()
}

/// Interval of overlap of two boxes, for the velocity of `b` seen from `a`.
pub(crate) fn contact_of(a: &Placed, b: &Placed, velocity: [f64; 2]) -> Option<(f64, f64)> {
    let from = [b.center[0] - a.center[0], b.center[1] - a.center[1]];
    let mut overlap = (f64::NEG_INFINITY, f64::INFINITY);
    for axis in [a.axis, across(a.axis), b.axis, across(b.axis)] {
        let reach = a.reach(axis) + b.reach(axis);
        overlap = narrowed(overlap, -reach, reach, dot(from, axis), dot(velocity, axis))?;
    }
    Some(overlap)
}

/// Part of an interval during which `low <= place + speed t <= high`.
pub(crate) fn narrowed(
    interval: (f64, f64),
    low: f64,
    high: f64,
    place: f64,
    speed: f64,
) -> Option<(f64, f64)> {
    if speed.abs() < STILL {
        return (low <= place && place <= high).then_some(interval);
    }
    let (one, two) = ((low - place) / speed, (high - place) / speed);
    let (from, to) = (interval.0.max(one.min(two)), interval.1.min(one.max(two)));
    (from <= to).then_some((from, to))
}

/// First moment of an interval that is not in the past, up to a horizon.
pub(crate) fn first_contact((from, to): (f64, f64), horizon: f64) -> Reading {
    let first = from.max(0.0);
    if first <= to && first <= horizon { Reading::time(first) } else { Reading::Never }
}

pub(crate) fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

/// Length of a vector. The square root is exact on every machine, `hypot` is not.
pub(crate) fn length(of: [f64; 2]) -> f64 {
    dot(of, of).sqrt()
}

/// A direction turned by 90 degrees.
pub(crate) fn across([cos, sin]: [f64; 2]) -> [f64; 2] {
    [-sin, cos]
}
