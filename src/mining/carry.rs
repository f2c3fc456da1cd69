//! Tracks carried on: the place of a thing at another time, at its speed.

use glam::{DVec2, DVec3};

use crate::base::time::Time;
use crate::data::geometry::box2::Box2;
use crate::tracks::track::{Place, Placed, State, Track};

/// Observations that a speed is fitted to, at most.
const WINDOW: usize = 5;
/// Time over which it is fitted, in seconds.
const REACH: f64 = 1.0;

/// The place at `time` of a thing whose observations end with `states[at]`: a straight line through the last five, within a
/// second. One observation alone goes on at its recorded velocity, else it stays.
pub fn carried(track: &Track, at: usize, time: Time) -> Option<Place> {
    let last = track.states.get(at)?;
    let states = recent(track, at);
    let line = |pick: &dyn Fn(&State) -> f64| {
        let points: Vec<(f64, f64)> =
            states.iter().map(|state| ((state.time - last.time).secs(), pick(state))).collect();
        Line::through(&points).at((time - last.time).secs())
    };
    Some(match &last.place {
        Place::Image(_) => {
            let edge = |pick: fn(&Box2) -> f32| {
                line(&|state| state.place.image().map_or(0.0, |b| f64::from(pick(b)))) as f32
            };
            Place::Image(Box2 {
                x0: edge(|b| b.x0),
                y0: edge(|b| b.y0),
                x1: edge(|b| b.x1),
                y1: edge(|b| b.y1),
            })
        }
        Place::World(placed) => {
            let center = if let (1, Some(velocity)) = (states.len(), placed.velocity) {
                placed.center + velocity * (time - last.time).secs()
            } else {
                let axis = |pick: fn(&Placed) -> f64| line(&|state| state.place.world().map_or(0.0, pick));
                DVec3::new(axis(|p| p.center.x), axis(|p| p.center.y), axis(|p| p.center.z))
            };
            Place::World(Placed { center, ..*placed })
        }
    })
}

/// Velocity of a thing in space in the plane in m/s, by the same line; `None` of a single observation, and in images.
pub fn velocity(track: &Track, at: usize) -> Option<DVec2> {
    let states = recent(track, at);
    let (first, _) = (states.first()?, states.get(1)?);
    let points = |pick: fn(&Placed) -> f64| -> Option<Vec<(f64, f64)>> {
        let point = |state: &State| Some(((state.time - first.time).secs(), pick(state.place.world()?)));
        states.iter().map(point).collect()
    };
    let slope = |points: Vec<(f64, f64)>| Line::through(&points).slope;
    Some(DVec2::new(slope(points(|p| p.center.x)?), slope(points(|p| p.center.y)?)))
}

/// The last observations up to one of them.
fn recent(track: &Track, at: usize) -> &[State] {
    let Some(last) = track.states.get(at) else { return &[] };
    let from = (at + 1).saturating_sub(WINDOW);
    let within = (from..=at).find(|other| (last.time - track.states[*other].time).secs() <= REACH);
    &track.states[within.unwrap_or(at)..=at]
}

/// A straight line by least squares.
pub struct Line {
    middle: (f64, f64),
    /// Its slope.
    pub slope: f64,
}

impl Line {
    /// The line through points; level where they have one place.
    pub fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len().max(1) as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (x, y) = (x / count, y / count);
        let (mut both, mut own) = (0.0, 0.0);
        for point in points {
            both += (point.0 - x) * (point.1 - y);
            own += (point.0 - x) * (point.0 - x);
        }
        Self { middle: (x, y), slope: if own > 1e-12 { both / own } else { 0.0 } }
    }

    /// The value at a place.
    pub fn at(&self, x: f64) -> f64 {
        self.middle.1 + self.slope * (x - self.middle.0)
    }
}

/// Distance of two places: in space that of the centers in the plane in meters, in images 1 minus the overlap. `None` between
/// both kinds.
pub fn apart(a: &Place, b: &Place) -> Option<f64> {
    match (a, b) {
        (Place::World(a), Place::World(b)) => Some((a.center - b.center).truncate().length()),
        (Place::Image(a), Place::Image(b)) => Some(1.0 - f64::from(a.iou(b))),
        (Place::World(_), Place::Image(_)) | (Place::Image(_), Place::World(_)) => None,
    }
}

/// Limits of places that are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Largest distance of the centers in meters, in space.
    pub meters: f64,
    /// Least intersection over union, in images.
    pub iou: f64,
}

impl Near {
    /// The distance of two places by [`apart`] if they are as near.
    pub fn apart(self, a: &Place, b: &Place) -> Option<f64> {
        let limit = if a.world().is_some() { self.meters } else { 1.0 - self.iou };
        apart(a, b).filter(|apart| *apart < limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_carried_on_at_its_speed() {
        let state = |i: usize, place: Place| State {
            time: Time::from_secs(i as f64 * 0.1),
            sample: i,
            class: "car".into(),
            score: None,
            place,
        };
        let world = |x: f64, velocity: Option<DVec3>| {
            Place::World(Placed { center: DVec3::X * x, heading: 0.0, size: DVec3::ONE, velocity })
        };
        let states = (0..9).map(|i| state(i, world(i as f64, None))).collect();
        let track = Track { id: "1".into(), states };
        let later = carried(&track, 8, Time::from_secs(1.3)).unwrap();
        assert!((later.world().unwrap().center.x - 13.0).abs() < 1e-9);
        assert!((velocity(&track, 8).unwrap().x - 10.0).abs() < 1e-9);
        let alone = Track { id: "2".into(), states: vec![state(0, world(0.0, Some(DVec3::X * 4.0)))] };
        let later = carried(&alone, 0, Time::from_secs(0.5)).unwrap();
        assert!((later.world().unwrap().center.x - 2.0).abs() < 1e-9);
        let bbox = |x: f32| Place::Image(Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 10.0 });
        let seen = Track { id: "3".into(), states: (0..4).map(|i| state(i, bbox(i as f32))).collect() };
        let later = carried(&seen, 3, Time::from_secs(0.5)).unwrap();
        assert!((later.image().unwrap().x0 - 5.0).abs() < 1e-4);
    }
}
