//! Planned and predicted paths of a vehicle.

use glam::DVec3;

use crate::base::time::Span;

/// A path as a planner sends it: where the vehicle is meant to be, point by point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlannedPath {
    /// The coordinate frame of the points.
    pub frame: String,
    /// The points in the order of driving.
    pub points: Vec<PathPoint>,
}

/// One point of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PathPoint {
    /// Time after the stamp of the message; `None` if the message has no times.
    pub after: Option<Span>,
    /// Position in meters.
    pub place: DVec3,
    /// Planned speed in m/s, where the message has one.
    pub speed: Option<f64>,
}

impl PlannedPath {
    /// The times of the points in seconds after the message: those of the message, else those that follow from its speeds;
    /// `None` where neither is known.
    pub fn seconds(&self) -> Option<Vec<f64>> {
        let told: Option<Vec<f64>> = self.points.iter().map(|point| Some(point.after?.secs())).collect();
        if let Some(times) = told
            && times.last().is_some_and(|last| *last > 0.0)
        {
            return Some(times);
        }
        let mut at = 0.0;
        let mut times = Vec::with_capacity(self.points.len());
        let mut before: Option<&PathPoint> = None;
        for point in &self.points {
            if let Some(last) = before {
                let mean = f64::midpoint(last.speed?, point.speed?).abs();
                // A vehicle that stands never comes to the next point.
                at += if mean > 1e-3 { (point.place - last.place).length() / mean } else { f64::INFINITY };
            }
            times.push(at);
            before = Some(point);
        }
        (times.len() > 1).then_some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_from_the_message_or_from_its_speeds() {
        let point = |x: f64, after: Option<f64>, speed: Option<f64>| PathPoint {
            after: after.map(Span::from_secs),
            place: DVec3::X * x,
            speed,
        };
        let path = |points: [PathPoint; 3]| PlannedPath { frame: "map".to_owned(), points: points.to_vec() };
        let told = path([0.0, 1.0, 2.0].map(|t| point(t, Some(t), Some(9.0))));
        assert_eq!(told.seconds(), Some(vec![0.0, 1.0, 2.0]));
        let driven = path([0.0, 10.0, 20.0].map(|x| point(x, Some(0.0), Some(5.0))));
        assert_eq!(driven.seconds(), Some(vec![0.0, 2.0, 4.0]));
        assert_eq!(path([0.0, 1.0, 2.0].map(|x| point(x, None, None))).seconds(), None);
        let stands = path([0.0, 1.0, 2.0].map(|x| point(x, None, Some(0.0))));
        assert_eq!(stands.seconds().map(|times| times[1].is_infinite()), Some(true));
    }
}
