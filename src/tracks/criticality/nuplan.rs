//! Time to collision by the convention of nuPlan: boxes moved in steps, actors in a field ahead of ego.
//!
//! After the metric `time_to_collision_within_bound` of nuplan-devkit 1.2 (Apache-2.0), whose constants are the
//! defaults here.

use std::collections::BTreeSet;

use crate::tracks::criticality::boxes::{MovingBox, OrientedBox, Placed, contact, dot, separation};
use crate::tracks::criticality::reading::{CriticalityError, Reading, finite, not_negative, positive};

/// Most steps of a horizon.
const MAX_STEPS: f64 = 1e6;
/// Contact this close to a step counts for it: rounding, as a share of a step or in seconds.
const ROUNDING: f64 = 1e-12;

/// Constants of the convention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NuPlanSettings {
    /// Step in seconds.
    pub step: f64,
    /// Horizon in seconds; the last step is before it.
    pub horizon: f64,
    /// Speed up to which ego stands, in m/s.
    pub standing: f64,
    /// Half angle of the field ahead, in degrees from the heading.
    pub ahead_degrees: f64,
    /// Half angle of the wide field, in degrees from the heading.
    pub wide_degrees: f64,
    /// Distance of the rear axle behind the center of the box, in meters.
    pub rear_axle: f64,
}

impl Default for NuPlanSettings {
    /// The constants of the devkit, with the rear axle of its vehicle.
    fn default() -> Self {
        Self {
            step: 0.1,
            horizon: 3.0,
            standing: 0.005,
            ahead_degrees: 30.0,
            wide_degrees: 150.0,
            rear_axle: 1.461,
        }
    }
}

/// Bound in seconds: a time to collision below it fails in nuPlan.
pub const BOUND: f64 = 0.95;

/// Ego at one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ego {
    /// The box of ego.
    pub body: OrientedBox,
    /// Speed in m/s, along the heading.
    pub speed: f64,
    /// The wide field applies: ego is in two lanes at once, off the road or on a junction.
    pub wide: bool,
    /// Ego has caused a collision at this sample: its time to collision is 0.
    pub at_fault: bool,
}

/// Time to collision over the samples of a drive; it remembers the actors with which ego has collided.
#[derive(Clone, Debug, Default)]
pub struct NuPlanTtc {
    settings: NuPlanSettings,
    collided: BTreeSet<u64>,
}

impl NuPlanTtc {
    /// A drive that has not begun.
    pub fn new(settings: NuPlanSettings) -> Self {
        Self { settings, collided: BTreeSet::new() }
    }

    /// Least time to collision of the next sample in seconds, over the other actors by track.
    ///
    /// Actors whose box overlaps that of ego leave from this sample on. Nobody in the field, ego stands, or no contact
    /// within the horizon: never.
    pub fn next(&mut self, ego: &Ego, others: &[(u64, MovingBox)]) -> Result<Reading, CriticalityError> {
        let placed = Placed::new(&ego.body)?;
        let speed = not_negative("speed of ego", ego.speed)?;
        for (track, other) in others {
            if separation(&placed, &Placed::new(&other.body)?) <= 0.0 {
                self.collided.insert(*track);
            }
        }
        if ego.at_fault {
            return Ok(Reading::Number(0.0));
        }
        let moving = MovingBox::along_heading(ego.body, speed);
        let mut least = Reading::Never;
        for (_, other) in others.iter().filter(|(track, _)| !self.collided.contains(track)) {
            if speed > self.settings.standing
                && in_field(&placed, [other.body.x, other.body.y], ego.wide, &self.settings)
            {
                let touch = first_touch(&moving, other, self.settings.step, self.settings.horizon)?;
                least = match (least, touch) {
                    (Reading::Number(a), Reading::Number(b)) => Reading::Number(a.min(b)),
                    (Reading::Number(a), _) => Reading::Number(a),
                    (_, touch) => touch,
                };
            }
        }
        Ok(least)
    }
}

/// First step before the horizon at which two moving boxes touch, in seconds; the first one is at `step`, not at 0.
///
/// No contact at any step: never. Equal to a test at each step: an interval of contact between two steps is passed over.
pub fn first_touch(
    a: &MovingBox,
    b: &MovingBox,
    step: f64,
    horizon: f64,
) -> Result<Reading, CriticalityError> {
    first_step(contact(a, b)?, step, horizon)
}

/// First step before the horizon within an interval of contact.
pub(crate) fn first_step(
    contact: Option<(f64, f64)>,
    step: f64,
    horizon: f64,
) -> Result<Reading, CriticalityError> {
    let (step, horizon) = (positive("step", step)?, finite("horizon", horizon)?);
    // Rounding must not add a step: 3 s in steps of 0.1 s are 29.
    let steps = (horizon / step - 1e-9).ceil() - 1.0;
    if steps > MAX_STEPS {
        return Err(CriticalityError::Steps { horizon, step });
    }
    let Some((from, to)) = contact else { return Ok(Reading::Never) };
    let index = (from / step - ROUNDING).ceil().max(1.0);
    let touches = index <= steps && index * step <= to + ROUNDING;
    Ok(if touches { Reading::Number(index * step) } else { Reading::Never })
}

/// Membership of an actor in the field of ego, by the direction from its rear axle to the actor's center.
pub(crate) fn in_field(ego: &Placed, other: [f64; 2], wide: bool, settings: &NuPlanSettings) -> bool {
    let [cos, sin] = ego.axis;
    let from = [
        other[0] - (ego.center[0] - settings.rear_axle * cos),
        other[1] - (ego.center[1] - settings.rear_axle * sin),
    ];
    let angle = libm::atan2(dot(from, [-sin, cos]).abs(), dot(from, ego.axis)).to_degrees();
    angle < settings.ahead_degrees || (wide && angle <= settings.wide_degrees)
}
