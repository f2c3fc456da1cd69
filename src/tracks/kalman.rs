//! Kalman filter of constant velocity (Kalman 1960), for boxes in an image and for centers in space.
//!
//! Every coordinate moves by itself: transition, noise and measurement of one do not touch another, so that the filter of
//! all coordinates is one filter of position and velocity for each. Sums have one order; nothing is inverted but a
//! number.

/// Coordinates of a box in an image: center x, center y, width, height, pixels.
pub type BoxFilter = ConstantVelocity<4>;

/// Coordinates of a center in space: x, y, z, meters.
pub type CenterFilter = ConstantVelocity<3>;

/// Covariance of position and velocity of one coordinate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Covariance {
    /// Variance of the position.
    pub position: f64,
    /// Covariance of position and velocity.
    pub cross: f64,
    /// Variance of the velocity.
    pub velocity: f64,
}

impl Covariance {
    /// Position and velocity that have nothing to do with each other, by their standard deviations.
    pub fn independent(position: f64, velocity: f64) -> Self {
        Self { position: position * position, cross: 0.0, velocity: velocity * velocity }
    }

    /// Noise of an acceleration that is constant during each step and independent between steps.
    pub fn white_acceleration(deviation: f64, secs: f64) -> Self {
        let variance = deviation * deviation;
        Self {
            position: secs.powi(4) / 4.0 * variance,
            cross: secs.powi(3) / 2.0 * variance,
            velocity: secs * secs * variance,
        }
    }
}

/// Position, velocity and their covariance by coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConstantVelocity<const N: usize> {
    /// Estimated position.
    pub position: [f64; N],
    /// Estimated velocity, per second.
    pub velocity: [f64; N],
    /// Uncertainty of both.
    pub covariance: [Covariance; N],
}

/// Input that a filter refuses; its state stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KalmanError {
    /// A time step that is negative or no number.
    #[error("the time of a prediction must not go backwards")]
    Step,
    /// A measurement or a noise that is no number, or a noise below 0.
    #[error("position and noise of a measurement must be numbers, the noise not negative")]
    Measurement,
}

impl<const N: usize> ConstantVelocity<N> {
    /// Filter at rest in a measured position.
    ///
    /// # Errors
    ///
    /// A position that is no number.
    pub fn new(position: [f64; N], covariance: [Covariance; N]) -> Result<Self, KalmanError> {
        let finite = position.iter().all(|number| number.is_finite());
        finite.then_some(Self { position, velocity: [0.0; N], covariance }).ok_or(KalmanError::Measurement)
    }

    /// Moves the state on by a time.
    ///
    /// # Errors
    ///
    /// A time below 0 or not finite.
    pub fn predict(&mut self, secs: f64, noise: &[Covariance; N]) -> Result<(), KalmanError> {
        if !(secs >= 0.0 && secs.is_finite()) {
            return Err(KalmanError::Step);
        }
        for (axis, noise) in noise.iter().enumerate() {
            self.position[axis] += secs * self.velocity[axis];
            let before = self.covariance[axis];
            let cross = before.cross + secs * before.velocity;
            self.covariance[axis] = Covariance {
                position: before.position + secs * before.cross + secs * cross + noise.position,
                cross: cross + noise.cross,
                velocity: before.velocity + noise.velocity,
            };
        }
        Ok(())
    }

    /// Corrects the state by a measured position. `variances` are those of the measurement.
    ///
    /// # Errors
    ///
    /// Numbers that are not finite, variances below 0.
    pub fn update(&mut self, position: &[f64; N], variances: &[f64; N]) -> Result<(), KalmanError> {
        let known = position.iter().all(|number| number.is_finite());
        if !known || !variances.iter().all(|variance| *variance >= 0.0 && variance.is_finite()) {
            return Err(KalmanError::Measurement);
        }
        for axis in 0..N {
            let before = self.covariance[axis];
            let spread = before.position + variances[axis];
            if spread <= 0.0 {
                // Both are certain.
                continue;
            }
            let (gain, velocity_gain) = (before.position / spread, before.cross / spread);
            let off = position[axis] - self.position[axis];
            self.position[axis] += gain * off;
            self.velocity[axis] += velocity_gain * off;
            // The form of Joseph (Bucy and Joseph 1968), which stays symmetric and positive.
            let (rest, noise) = (1.0 - gain, variances[axis]);
            let cross = before.cross - velocity_gain * before.position;
            self.covariance[axis] = Covariance {
                position: rest * rest * before.position + gain * gain * noise,
                cross: rest * cross + gain * velocity_gain * noise,
                velocity: before.velocity - velocity_gain * before.cross - velocity_gain * cross
                    + velocity_gain * velocity_gain * noise,
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_or_goes_backwards_is_refused_and_changes_nothing() {
        let start = [Covariance::independent(1.0, 10.0); 3];
        let mut filter = CenterFilter::new([1.0, 2.0, 3.0], start).unwrap();
        let before = filter;
        assert_eq!(filter.predict(-0.1, &start), Err(KalmanError::Step));
        assert_eq!(filter.predict(f64::NAN, &start), Err(KalmanError::Step));
        assert_eq!(filter.update(&[f64::NAN, 0.0, 0.0], &[1.0; 3]), Err(KalmanError::Measurement));
        assert_eq!(filter.update(&[0.0; 3], &[1.0, -1.0, 1.0]), Err(KalmanError::Measurement));
        assert_eq!(CenterFilter::new([f64::INFINITY; 3], start), Err(KalmanError::Measurement));
        assert_eq!(filter, before);
    }

    #[test]
    fn a_steady_motion_is_learned() {
        let mut filter = CenterFilter::new([0.0; 3], [Covariance::independent(0.1, 10.0); 3]).unwrap();
        for step in 1..=50 {
            let time = f64::from(step) * 0.1;
            filter.predict(0.1, &[Covariance::white_acceleration(0.5, 0.1); 3]).unwrap();
            filter.update(&[8.0 * time, -2.0 * time, 0.0], &[0.01; 3]).unwrap();
        }
        for (found, expected) in filter.velocity.iter().zip([8.0, -2.0, 0.0]) {
            assert!((found - expected).abs() < 0.05, "{:?}", filter.velocity);
        }
        assert!(filter.covariance.iter().all(|axis| axis.position > 0.0 && axis.position < 0.01));
    }
}
