//! Motion models of objects that are followed: boxes in an image, centers in space.

use crate::data::geometry::box2::Box2;
use crate::tracks::kalman::{ConstantVelocity, Covariance};
use crate::tracks::metrics::similarity::{CenterDistance, Similarity as _, box_iou};

/// Motion of a kind of detection with `N` coordinates.
pub trait Motion<const N: usize> {
    /// Shape of a detection.
    type Shape;

    /// Coordinates of a detection; `None` for shapes that are none, such as sizes below 0.
    fn measured(&self, shape: &Self::Shape) -> Option<[f64; N]>;

    /// Similarity of a predicted and a detected object, 0 to 1.
    fn similarity(&self, predicted: &[f64; N], shape: &Self::Shape) -> f64;

    /// Uncertainty after the first detection.
    fn start(&self, position: &[f64; N]) -> [Covariance; N];

    /// Noise of the motion during a time.
    fn process(&self, position: &[f64; N], secs: f64) -> [Covariance; N];

    /// Variances of a detection.
    fn noise(&self, position: &[f64; N]) -> [f64; N];

    /// Changes the state of an object that was not detected, before it is predicted.
    fn unseen(&self, _filter: &mut ConstantVelocity<N>) {}
}

/// Boxes in an image, compared by intersection over union.
///
/// Noise is proportional to the height of the box, with the weights of `DeepSORT` (Wojke et al., ICIP 2017) and
/// `ByteTrack`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxMotion {
    /// Seconds between two frames, for which the weights hold.
    pub frame_secs: f64,
}

const POSITION_WEIGHT: f64 = 1.0 / 20.0;
const VELOCITY_WEIGHT: f64 = 1.0 / 160.0;

impl Default for BoxMotion {
    /// 30 frames a second.
    fn default() -> Self {
        Self { frame_secs: 1.0 / 30.0 }
    }
}

impl Motion<4> for BoxMotion {
    type Shape = Box2;

    fn measured(&self, shape: &Box2) -> Option<[f64; 4]> {
        let [x0, y0, x1, y1] = [shape.x0, shape.y0, shape.x1, shape.y1].map(f64::from);
        shape.valid().then_some([f64::midpoint(x0, x1), f64::midpoint(y0, y1), x1 - x0, y1 - y0])
    }

    fn similarity(&self, predicted: &[f64; 4], shape: &Box2) -> f64 {
        let [x, y, width, height] = *predicted;
        if width <= 0.0 || height <= 0.0 {
            return 0.0;
        }
        let edges = [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0];
        box_iou(edges, [shape.x0, shape.y0, shape.x1, shape.y1].map(f64::from))
    }

    fn start(&self, position: &[f64; 4]) -> [Covariance; 4] {
        let height = position[3];
        let velocity = 10.0 * VELOCITY_WEIGHT * height / self.frame_secs;
        [Covariance::independent(2.0 * POSITION_WEIGHT * height, velocity); 4]
    }

    fn process(&self, position: &[f64; 4], secs: f64) -> [Covariance; 4] {
        let height = position[3].abs() * (secs / self.frame_secs).max(0.0).sqrt();
        [Covariance::independent(POSITION_WEIGHT * height, VELOCITY_WEIGHT * height / self.frame_secs); 4]
    }

    fn noise(&self, position: &[f64; 4]) -> [f64; 4] {
        let deviation = POSITION_WEIGHT * position[3];
        [deviation * deviation; 4]
    }

    /// Boxes that are not seen keep their size.
    fn unseen(&self, filter: &mut ConstantVelocity<4>) {
        filter.velocity[2..].fill(0.0);
    }
}

/// Centers in space, compared by their distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CenterMotion {
    /// Distance in meters from which the similarity is 0.
    pub zero_distance: f64,
    /// Standard deviation of a detected coordinate, in meters.
    pub deviation: f64,
    /// Standard deviation of the speed of a new object, in meters per second.
    pub speed: f64,
    /// Standard deviation of the acceleration, in meters per second squared.
    pub acceleration: f64,
}

impl Default for CenterMotion {
    fn default() -> Self {
        Self { zero_distance: 5.0, deviation: 0.3, speed: 10.0, acceleration: 3.0 }
    }
}

impl Motion<3> for CenterMotion {
    type Shape = [f64; 3];

    fn measured(&self, shape: &[f64; 3]) -> Option<[f64; 3]> {
        shape.iter().all(|number| number.is_finite()).then_some(*shape)
    }

    fn similarity(&self, predicted: &[f64; 3], shape: &[f64; 3]) -> f64 {
        CenterDistance { zero_distance: self.zero_distance }.of(predicted, shape)
    }

    fn start(&self, _: &[f64; 3]) -> [Covariance; 3] {
        [Covariance::independent(self.deviation, self.speed); 3]
    }

    fn process(&self, _: &[f64; 3], secs: f64) -> [Covariance; 3] {
        [Covariance::white_acceleration(self.acceleration, secs); 3]
    }

    fn noise(&self, _: &[f64; 3]) -> [f64; 3] {
        [self.deviation * self.deviation; 3]
    }
}
