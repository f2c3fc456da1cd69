//! Effects of the air on points; shared by fog, rain, snow and sunlight.

use crate::base::rng::Rng;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::PointTransform;
use crate::transforms::points::{axes, keep, normals, range, uniform};

/// Shifts part of the points by a normal distance along each axis.
pub(super) fn thrown_off(cloud: &mut PointCloud, seed: u64, part: f64, sigma: f32) {
    let (chosen, off) = (Rng::split(seed, 3), axes(seed, 0));
    for (i, position) in cloud.positions.iter_mut().enumerate() {
        if uniform(&chosen, i) < part {
            for (value, noise) in position.iter_mut().zip(normals(&off, i)) {
                *value += sigma * noise;
            }
        }
    }
}

/// Particles in the air.
pub(super) struct Air {
    /// Fraction of the light lost per meter: Beer and Lambert's coefficient.
    pub(super) per_meter: f64,
    /// Fraction of the lost echoes that come back early, from a particle.
    pub(super) early: f64,
    /// Range error for each unit of loss, in meters.
    pub(super) blur: f64,
}

/// The transform by such air.
pub(super) struct Through(pub(super) Air);

impl PointTransform for Through {
    fn apply(&self, cloud: &mut PointCloud, seed: u64) {
        through(cloud, seed, &self.0);
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

/// Points whose echo does not come back are removed or lie at a particle; the others are dimmer.
///
/// An echo from r meters comes back with probability exp(-2 a r), its intensity times the same (Beer and Lambert),
/// as in the simulations of Kilic et al., "Lidar Light Scattering Augmentation (LISA)", 2021, and Hahner et al.,
/// "Fog Simulation on Real `LiDAR` Point Clouds", ICCV 2021. The position of an early echo is exponential in r.
/// Unlike theirs, this form needs no threshold of the sensor's receiver.
fn through(cloud: &mut PointCloud, seed: u64, air: &Air) {
    if air.per_meter <= 0.0 {
        return;
    }
    let [lost, early, place] = axes(seed, 0);
    let shaking = Rng::split(seed, 3);
    let passes = |r: f32| libm::exp(-2.0 * air.per_meter * f64::from(r));
    let mut gone = vec![false; cloud.positions.len()];
    for (i, position) in cloud.positions.iter_mut().enumerate() {
        let r = range(*position);
        if r <= 0.0 {
            continue;
        }
        let left = passes(r);
        let meters = if uniform(&lost, i) < left {
            f64::from(r) + air.blur * (1.0 - left) * f64::from(super::normal(&shaking, i))
        } else if uniform(&early, i) < air.early {
            // The inverse of the distribution of the light's loss, conditioned on a loss before r.
            -libm::log(1.0 - uniform(&place, i) * (1.0 - left)) / (2.0 * air.per_meter)
        } else {
            gone[i] = true;
            continue;
        };
        let by = (meters.max(0.0) / f64::from(r)) as f32;
        *position = position.map(|value| value * by);
        for field in cloud.fields.iter_mut().filter(|field| field.name == "intensity") {
            field.values[i] *= left as f32;
        }
    }
    keep(cloud, |i, _| !gone[i]);
}
