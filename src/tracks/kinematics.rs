//! Speed, acceleration and yaw rate along a track.

use glam::DVec2;

use crate::base::time::Time;
use crate::tracks::track::{Placed, Track};

/// Motion of a thing in the plane at one observation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Motion {
    /// Velocity in m/s, in the coordinate frame of the track.
    pub velocity: DVec2,
    /// Acceleration along the direction of travel in m/s².
    pub acceleration: f64,
    /// Yaw rate in rad/s, positive to the left.
    pub yaw_rate: f64,
}

impl Motion {
    /// Speed in m/s.
    pub fn speed(&self) -> f64 {
        self.velocity.length()
    }
}

/// Samples of the running median.
const MEDIAN: usize = 7;

/// The motion at each observation of a track in space; empty for tracks in images and for those of a single observation.
///
/// Velocities as recorded where every observation has one, else central differences over one sample on either side, then the
/// median of seven; accelerations and yaw rates likewise (after `RefAV`, Davidson et al. 2025).
pub fn motions(track: &Track) -> Vec<Motion> {
    let places: Option<Vec<(Time, Placed)>> =
        track.states.iter().map(|state| Some((state.time, *state.place.world()?))).collect();
    let Some(places) = places.filter(|places| places.len() > 1) else { return Vec::new() };
    motions_of(&places)
}

/// The same for the positions of anything, the ego vehicle among them.
pub fn motions_of(places: &[(Time, Placed)]) -> Vec<Motion> {
    let seconds: Vec<f64> = places
        .iter()
        .map(|(time, _)| places.first().map_or(0.0, |(first, _)| (*time - *first).secs()))
        .collect();
    let recorded: Option<Vec<DVec2>> =
        places.iter().map(|(_, placed)| placed.velocity.map(glam::DVec3::truncate)).collect();
    let velocities = recorded.unwrap_or_else(|| {
        let axis = |pick: fn(&Placed) -> f64| {
            let values: Vec<f64> = places.iter().map(|(_, placed)| pick(placed)).collect();
            smoothed(&derivative(&seconds, &values))
        };
        let (x, y) = (axis(|placed| placed.center.x), axis(|placed| placed.center.y));
        x.into_iter().zip(y).map(|(x, y)| DVec2::new(x, y)).collect()
    });
    let headings = unwrapped(places.iter().map(|(_, placed)| placed.heading));
    let yaw_rates = smoothed(&derivative(&seconds, &headings));
    // The speed along the heading keeps its sign in reverse.
    let along: Vec<f64> = velocities
        .iter()
        .zip(&headings)
        .map(|(velocity, heading)| velocity.dot(DVec2::new(libm::cos(*heading), libm::sin(*heading))))
        .collect();
    let accelerations = smoothed(&derivative(&seconds, &along));
    let all = velocities.into_iter().zip(accelerations).zip(yaw_rates);
    all.map(|((velocity, acceleration), yaw_rate)| Motion { velocity, acceleration, yaw_rate }).collect()
}

/// Differences over one sample on either side; at the ends over one sample.
fn derivative(seconds: &[f64], values: &[f64]) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    (0..values.len())
        .map(|at| {
            let (from, to) = (at.saturating_sub(1), (at + 1).min(last));
            let span = seconds[to] - seconds[from];
            if span > 0.0 { (values[to] - values[from]) / span } else { 0.0 }
        })
        .collect()
}

/// The running median of seven; fewer at the ends.
fn smoothed(values: &[f64]) -> Vec<f64> {
    let reach = MEDIAN / 2;
    let mut window = Vec::with_capacity(MEDIAN);
    (0..values.len())
        .map(|at| {
            // As many on either side, so that the ends are not drawn inwards.
            let side = reach.min(at).min(values.len() - 1 - at);
            window.clear();
            window.extend_from_slice(&values[at - side..=at + side]);
            window.sort_by(f64::total_cmp);
            window[side]
        })
        .collect()
}

/// Angles without jumps of a whole turn.
fn unwrapped(angles: impl Iterator<Item = f64>) -> Vec<f64> {
    let turn = std::f64::consts::TAU;
    let mut last: Option<f64> = None;
    angles
        .map(|angle| {
            let near = last.map_or(angle, |last| angle + ((last - angle) / turn).round() * turn);
            last = Some(near);
            near
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;

    fn places(count: usize, at: impl Fn(f64) -> (f64, f64, f64)) -> Vec<(Time, Placed)> {
        (0..count)
            .map(|i| {
                let (x, y, heading) = at(i as f64 * 0.1);
                let center = DVec3::new(x, y, 0.0);
                (
                    Time::from_secs(i as f64 * 0.1),
                    Placed { center, heading, size: DVec3::ONE, velocity: None },
                )
            })
            .collect()
    }

    #[test]
    fn a_braking_car_has_its_speed_and_its_deceleration() {
        let motions = motions_of(&places(40, |t| (20.0 * t - t * t, 0.0, 0.0)));
        let middle = motions[20];
        assert!((middle.speed() - 16.0).abs() < 1e-9, "{}", middle.speed());
        assert!((middle.acceleration + 2.0).abs() < 1e-9, "{}", middle.acceleration);
    }

    #[test]
    fn a_turn_has_its_yaw_rate_across_the_wrap() {
        let heading = |t: f64| {
            (3.0 + 0.5 * t + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI
        };
        let motions = motions_of(&places(40, |t| (0.0, 0.0, heading(t))));
        assert!(motions.iter().all(|motion| (motion.yaw_rate - 0.5).abs() < 1e-9));
    }

    #[test]
    fn one_wrong_position_does_not_become_a_jerk() {
        let mut given = places(40, |t| (10.0 * t, 0.0, 0.0));
        given[20].1.center.x += 5.0;
        assert!(motions_of(&given).iter().all(|motion| (motion.speed() - 10.0).abs() < 1e-9));
    }
}
