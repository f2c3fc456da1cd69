//! Geometry of two actors seen from ego: what the metrics of a pair share.

use crate::tracks::criticality::boxes::{Placed, across, contact_of, dot};
use crate::tracks::criticality::reading::{CriticalityError, Reason};
use crate::tracks::criticality::state::State;

/// Speed below which an actor stands, in m/s: that of objects which only seem to move.
pub(crate) const STANDING: f64 = 0.1;

/// Two actors in ego's frame: x along ego's heading, y to its left.
pub(crate) struct Relative {
    /// Boxes of ego and of the other, in the common frame.
    pub(crate) boxes: [Placed; 2],
    /// Velocities of both in the common frame, in m/s.
    pub(crate) velocities: [[f64; 2]; 2],
    /// Center of the other in ego's frame, in meters.
    pub(crate) offset: [f64; 2],
    /// Velocities of both in ego's frame, in m/s.
    pub(crate) local: [[f64; 2]; 2],
    /// Cosine of the angle between the headings.
    pub(crate) aligned: f64,
    /// Accelerations of both along ego's heading in m/s², if known.
    pub(crate) accelerations: [Option<f64>; 2],
    /// Gap from ego's front to the part of the other in ego's path, in meters; negative if they overlap.
    pub(crate) gap: Result<f64, Reason>,
    /// Interval of overlap at constant velocities, in seconds from now.
    pub(crate) contact: Option<(f64, f64)>,
}

impl Relative {
    pub(crate) fn new(ego: &State, other: &State) -> Result<Self, CriticalityError> {
        let boxes = [ego.placed("ego")?, other.placed("other")?];
        let velocities = [[ego.vx, ego.vy], [other.vx, other.vy]];
        let [own, its] = &boxes;
        let local = |vector: [f64; 2]| [dot(vector, own.axis), dot(vector, across(own.axis))];
        let aligned = dot(own.axis, its.axis);
        let seen = [0, 1].map(|at| velocities[1][at] - velocities[0][at]);
        Ok(Self {
            offset: local([its.center[0] - own.center[0], its.center[1] - own.center[1]]),
            local: velocities.map(local),
            aligned,
            accelerations: [ego.acceleration, other.acceleration.map(|along| along * aligned)],
            gap: gap(own, its),
            contact: contact_of(own, its, seen),
            boxes,
            velocities,
        })
    }

    /// Overlap of the boxes now.
    pub(crate) fn overlaps(&self) -> bool {
        self.contact.is_some_and(|(from, to)| from <= 0.0 && 0.0 <= to)
    }

    /// Half sizes of both along and across ego's heading, in meters.
    pub(crate) fn halves(&self) -> [[f64; 2]; 2] {
        let [own, its] = &self.boxes;
        [own.half, [its.reach(own.axis), its.reach(across(own.axis))]]
    }
}

/// Gap from the front of ego to what of the other is in its path: the strip as wide as ego along its heading.
fn gap(ego: &Placed, other: &Placed) -> Result<f64, Reason> {
    let [front, side] = ego.half;
    let corners = other.corners().map(|corner| {
        let from = [corner[0] - ego.center[0], corner[1] - ego.center[1]];
        [dot(from, ego.axis), dot(from, across(ego.axis))]
    });
    let (mut nearest, mut farthest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (from, to) in corners.into_iter().zip(corners.into_iter().cycle().skip(1)) {
        let (low, high) = (from[1].min(to[1]), from[1].max(to[1]));
        if high < -side || low > side {
            continue;
        }
        // Shares of the edge at which it enters and leaves the path.
        let share = |y: f64| if high > low { (y - from[1]) / (to[1] - from[1]) } else { 0.0 };
        let ends = if high > low { [share(low.max(-side)), share(high.min(side))] } else { [0.0, 1.0] };
        for x in ends.map(|share| from[0] + (to[0] - from[0]) * share) {
            (nearest, farthest) = (nearest.min(x), farthest.max(x));
        }
    }
    if nearest > farthest {
        Err(Reason::NotInPath)
    } else if farthest < -front {
        Err(Reason::NotAhead)
    } else {
        Ok(nearest - front)
    }
}
