//! Signals whose ranges are counted.

use crate::base::time::Time;
use crate::mining::drive::{Drive, Signal};

/// Speed in m/s below which there is no curvature.
const STANDING: f64 = 0.5;

/// A signal that is cut into bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its name: `speed`, `curvature`, `yaw_rate` of the vehicle, or that of a recorded signal.
    pub name: String,
    /// Ends of the bins; ten even ones of what was seen if there are none.
    pub steps: Vec<f64>,
}

impl Axis {
    /// An axis of a name, with fixed bins for those of the vehicle.
    pub fn named(name: &str) -> Self {
        let steps = match name {
            "speed" => (0..=8).map(|n| f64::from(n) * 5.0).collect(),
            "curvature" => vec![-0.2, -0.1, -0.05, -0.02, -0.005, 0.005, 0.02, 0.05, 0.1, 0.2],
            "yaw_rate" => vec![-0.8, -0.4, -0.2, -0.1, -0.02, 0.02, 0.1, 0.2, 0.4, 0.8],
            _ => Vec::new(),
        };
        Self { name: name.to_owned(), steps }
    }

    /// The signal of a recording, if it has one.
    pub(super) fn signal(&self, drive: &Drive<'_>) -> Option<Signal> {
        match self.name.as_str() {
            "speed" => drive.signal("ego/speed").or_else(|| drive.speed()),
            "yaw_rate" => drive.signal("ego/yaw_rate").or_else(|| drive.yaw_rate()),
            "curvature" => {
                let (speed, rate) =
                    (Self::named("speed").signal(drive)?, Self::named("yaw_rate").signal(drive)?);
                let of = |(time, rate): (&Time, &f64)| {
                    let speed = speed.at(*time).filter(|speed| *speed > STANDING);
                    speed.map_or(f64::NAN, |speed| rate / speed)
                };
                let values = rate.times.iter().zip(rate.values.iter()).map(of).collect::<Vec<_>>();
                Some(Signal { name: self.name.clone(), times: rate.times, values: values.into() })
            }
            name => drive.signal(name),
        }
    }
}
