//! A track as questions see it: its motion after `RefAV`.

use std::cell::OnceCell;

use glam::{DVec2, DVec3};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::tracks::kinematics::{Motion, motions_of};
use crate::tracks::track::{Place, Placed, Track};

/// Samples of the running median.
const MEDIAN: usize = 7;

/// A track, or the vehicle that recorded.
#[derive(Debug)]
pub struct Actor {
    /// Its id; `ego` for the vehicle.
    pub id: String,
    /// Name of its channel; "" for the vehicle.
    pub channel: String,
    /// Times of its observations.
    pub times: Vec<Time>,
    /// Class at each.
    pub(super) classes: Vec<Name>,
    /// Confidence at each.
    pub(super) scores: Vec<Option<f64>>,
    /// Places in space; empty for a track in images.
    pub(super) places: Vec<Placed>,
    /// Distance of the middle of its box ahead of its reference point in meters; 0 for tracks.
    pub(super) ahead: f64,
    /// True for the vehicle that recorded.
    pub is_ego: bool,
    derived: OnceCell<Derived>,
    motions: OnceCell<Vec<Motion>>,
}

/// Motion in the coordinate frame of the places.
#[derive(Clone, Debug, Default)]
pub(super) struct Derived {
    /// Positions after the median.
    pub(super) positions: Vec<DVec3>,
    /// m/s.
    pub(super) velocities: Vec<DVec3>,
    /// m/s².
    pub(super) accelerations: Vec<DVec3>,
    /// m/s³.
    pub(super) jerks: Vec<DVec3>,
    /// rad/s to the left, without the median.
    pub(super) yaw_rates: Vec<f64>,
}

impl Actor {
    /// A track of a channel.
    pub fn of(channel: &str, track: &Track) -> Self {
        let places: Option<Vec<Placed>> =
            track.states.iter().map(|state| state.place.world().copied()).collect();
        Self {
            id: track.id.to_string(),
            channel: channel.to_owned(),
            times: track.states.iter().map(|state| state.time).collect(),
            classes: track.states.iter().map(|state| state.class.clone()).collect(),
            scores: track.states.iter().map(|state| state.score).collect(),
            places: places.unwrap_or_default(),
            ahead: 0.0,
            is_ego: false,
            derived: OnceCell::new(),
            motions: OnceCell::new(),
        }
    }

    /// The vehicle that recorded, by the middles of its box; `ahead` is their distance ahead of its reference point.
    pub fn ego(places: &[(Time, Placed)], ahead: f64) -> Self {
        Self {
            id: "ego".to_owned(),
            channel: String::new(),
            times: places.iter().map(|(time, _)| *time).collect(),
            classes: vec![Name::from("ego_vehicle"); places.len()],
            scores: vec![None; places.len()],
            places: places.iter().map(|(_, placed)| *placed).collect(),
            ahead,
            is_ego: true,
            derived: OnceCell::new(),
            motions: OnceCell::new(),
        }
    }

    /// The class that it has most often; of equally frequent ones the first by name.
    pub fn class(&self) -> Name {
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for class in &self.classes {
            *counts.entry(class).or_default() += 1;
        }
        let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        most.map(|(class, _)| Name::from(class)).unwrap_or_default()
    }

    /// True if it has places in space.
    pub(super) fn in_space(&self) -> bool {
        !self.places.is_empty()
    }

    pub(super) fn place(&self, at: usize) -> Option<Place> {
        self.places.get(at).copied().map(Place::World)
    }

    pub(super) fn derived(&self) -> &Derived {
        self.derived.get_or_init(|| {
            let all: Vec<usize> = (0..self.places.len()).collect();
            let seconds = self.seconds(&all);
            let raw: Vec<DVec3> = self.places.iter().map(|placed| placed.center).collect();
            let velocities = derivative(&seconds, &raw);
            let accelerations = derivative(&seconds, &velocities);
            let jerks = derivative(&seconds, &accelerations);
            Derived {
                positions: filtered(&raw),
                velocities: filtered(&velocities),
                accelerations: filtered(&accelerations),
                jerks: filtered(&jerks),
                yaw_rates: yaw_rates(&seconds, &self.places),
            }
        })
    }

    /// Positions and velocities of some of the observations alone, as if there were no others.
    pub(super) fn of_some(&self, some: &[usize]) -> (Vec<DVec3>, Vec<DVec3>) {
        if some.len() == self.places.len() {
            let derived = self.derived();
            return (derived.positions.clone(), derived.velocities.clone());
        }
        let raw: Vec<DVec3> =
            some.iter().filter_map(|at| self.places.get(*at)).map(|placed| placed.center).collect();
        let velocities = derivative(&self.seconds(some), &raw);
        (filtered(&raw), filtered(&velocities))
    }

    fn seconds(&self, some: &[usize]) -> Vec<f64> {
        let first = self.times.first().copied().unwrap_or_default();
        some.iter().filter_map(|at| self.times.get(*at)).map(|time| (*time - first).secs()).collect()
    }

    /// Motions as the metrics of criticality take them.
    pub(super) fn motions(&self) -> &[Motion] {
        self.motions.get_or_init(|| {
            let places: Vec<(Time, Placed)> =
                self.times.iter().copied().zip(self.places.iter().copied()).collect();
            if places.len() > 1 { motions_of(&places) } else { vec![Motion::default(); places.len()] }
        })
    }

    /// Direction of the heading at an observation.
    pub(super) fn heading(&self, at: usize) -> DVec2 {
        let (sin, cos) = libm::sincos(self.places.get(at).map_or(0.0, |placed| placed.heading));
        DVec2::new(cos, sin)
    }

    /// A direction in its own frame: x along the heading, y to the left.
    pub(super) fn turned(&self, at: usize, direction: DVec3) -> DVec3 {
        let ahead = self.heading(at);
        let flat = direction.truncate();
        DVec3::new(ahead.dot(flat), ahead.perp_dot(flat), direction.z)
    }

    /// A point in its own frame, from its reference point.
    pub(super) fn seen(&self, at: usize, point: DVec3) -> DVec3 {
        let center = self.places.get(at).map_or(DVec3::ZERO, |placed| placed.center);
        self.turned(at, point - center) + DVec3::X * self.ahead
    }

    /// Half of length and width, of its first observation.
    pub(super) fn half(&self) -> DVec2 {
        self.places.first().map_or(DVec2::ZERO, |placed| placed.size.truncate() / 2.0)
    }
}

/// Differences over one sample on either side; at the ends over one sample.
fn derivative(seconds: &[f64], values: &[DVec3]) -> Vec<DVec3> {
    let last = values.len().saturating_sub(1);
    let at = |at: usize| {
        let (from, to) = (at.saturating_sub(1), (at + 1).min(last));
        let span = seconds[to] - seconds[from];
        if span > 0.0 { (values[to] - values[from]) / span } else { DVec3::ZERO }
    };
    (0..values.len()).map(at).collect()
}

/// The running median of seven by axis, the ends repeated; of fewer samples a median of all of them.
fn filtered(values: &[DVec3]) -> Vec<DVec3> {
    let size = MEDIAN.min(values.len());
    let last = values.len().saturating_sub(1) as i64;
    let mut window = Vec::with_capacity(size);
    let mut axis = |at: usize, pick: fn(&DVec3) -> f64| {
        let first = at as i64 - (size / 2) as i64;
        window.clear();
        window.extend((0..size as i64).map(|n| pick(&values[(first + n).clamp(0, last) as usize])));
        window.sort_by(f64::total_cmp);
        window[size / 2]
    };
    (0..values.len()).map(|at| DVec3::new(axis(at, |v| v.x), axis(at, |v| v.y), axis(at, |v| v.z))).collect()
}

fn yaw_rates(seconds: &[f64], places: &[Placed]) -> Vec<f64> {
    let turn = std::f64::consts::TAU;
    let last = places.len().saturating_sub(1);
    let at = |at: usize| {
        let (from, to) = (at.saturating_sub(1), (at + 1).min(last));
        let by = places[to].heading - places[from].heading;
        let by = by - (by / turn).round() * turn;
        let span = seconds[to] - seconds[from];
        if span > 0.0 { by / span } else { 0.0 }
    };
    (0..places.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_few_samples_are_those_of_scipy() {
        let of = |values: &[f64]| -> Vec<f64> {
            let values: Vec<DVec3> = values.iter().map(|v| DVec3::X * *v).collect();
            filtered(&values).iter().map(|v| v.x).collect()
        };
        // scipy.ndimage.median_filter(values, size=min(7, len), mode="nearest")
        assert_eq!(of(&[1.0, 5.0]), [1.0, 5.0]);
        assert_eq!(of(&[1.0, 5.0, 2.0, 8.0]), [1.0, 2.0, 5.0, 8.0]);
        assert_eq!(of(&[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]), [3.0, 3.0, 3.0, 3.0, 4.0, 5.0, 6.0, 6.0]);
    }
}
