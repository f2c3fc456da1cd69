//! State of an actor in the plane at one moment.

use crate::tracks::criticality::boxes::{OrientedBox, Placed};
use crate::tracks::criticality::reading::{CriticalityError, LARGEST};

/// State of an actor in the plane, in SI units and in one frame of reference that does not move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Center along x, in meters.
    pub x: f64,
    /// Center along y, in meters.
    pub y: f64,
    /// Direction of its length, in radians counterclockwise from x.
    pub heading: f64,
    /// Velocity along x, in m/s.
    pub vx: f64,
    /// Velocity along y, in m/s.
    pub vy: f64,
    /// Acceleration along the heading in m/s², if known.
    pub acceleration: Option<f64>,
    /// Length in meters.
    pub length: f64,
    /// Width in meters.
    pub width: f64,
    /// Yaw rate in rad/s counterclockwise, if known. The metrics here move actors straight; it is for their callers.
    pub yaw_rate: Option<f64>,
}

impl State {
    /// The rectangle of the actor.
    pub fn body(&self) -> OrientedBox {
        OrientedBox { x: self.x, y: self.y, heading: self.heading, length: self.length, width: self.width }
    }

    /// The box of the actor, if all its numbers make sense.
    pub(crate) fn placed(&self, actor: &'static str) -> Result<Placed, CriticalityError> {
        let numbers = [
            self.length,
            self.width,
            self.x,
            self.y,
            self.heading,
            self.vx,
            self.vy,
            self.acceleration.unwrap_or(0.0),
            self.yaw_rate.unwrap_or(0.0),
        ];
        let usable = numbers.map(|value| value.abs() <= LARGEST);
        if usable.iter().all(|usable| *usable) && self.length >= 0.0 && self.width >= 0.0 {
            return Ok(Placed::at(&self.body()));
        }
        let bad = (0..numbers.len()).find(|at| !usable[*at] || (*at < 2 && numbers[*at] < 0.0));
        let at = bad.unwrap_or_default();
        Err(CriticalityError::State { actor, field: FIELDS[at], value: numbers[at] })
    }
}

/// Names of the numbers of a state, sizes first.
const FIELDS: [&str; 9] = ["length", "width", "x", "y", "heading", "vx", "vy", "acceleration", "yaw rate"];
