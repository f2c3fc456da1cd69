//! Positions on the earth.

/// A position in WGS 84; components that were not measured are NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Meters above the ellipsoid.
    pub altitude: f64,
}

/// Mean radius of the earth in meters (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

impl Place {
    /// True if there is a position; receivers without a fix report 0, 0 or NaN.
    pub fn is_known(&self) -> bool {
        self.latitude.abs() <= 90.0
            && self.longitude.abs() <= 180.0
            && (self.latitude != 0.0 || self.longitude != 0.0)
    }

    /// The position this many meters to the east and to the north, for short distances.
    #[must_use]
    pub fn moved(&self, east: f64, north: f64) -> Self {
        let around = EARTH_RADIUS_M * libm::cos(self.latitude.to_radians()).max(1e-6);
        Self {
            latitude: self.latitude + (north / EARTH_RADIUS_M).to_degrees(),
            longitude: self.longitude + (east / around).to_degrees(),
            ..*self
        }
    }

    /// Meters east and north of `origin`, on the tangent plane there. Accurate to some tens of
    /// kilometers.
    pub fn meters_from(&self, origin: &Self) -> (f64, f64) {
        let north = (self.latitude - origin.latitude).to_radians() * EARTH_RADIUS_M;
        let turn = (self.longitude - origin.longitude + 540.0).rem_euclid(360.0) - 180.0;
        let east = turn.to_radians() * EARTH_RADIUS_M * libm::cos(origin.latitude.to_radians());
        (east, north)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meters_are_meters_also_across_the_date_line() {
        let at = |latitude, longitude| Place { latitude, longitude, altitude: f64::NAN };
        let (east, north) = at(48.001, 11.0).meters_from(&at(48.0, 11.0));
        assert!(east.abs() < 1e-6 && (north - 111.195).abs() < 0.01, "{east} {north}");
        let (east, _) = at(0.0, -179.999).meters_from(&at(0.0, 179.999));
        assert!((east - 222.39).abs() < 0.01, "{east}");
        let (east, north) = at(48.0, 11.0).moved(30.0, -20.0).meters_from(&at(48.0, 11.0));
        assert!((east - 30.0).abs() < 1e-3 && (north + 20.0).abs() < 1e-3);
        assert!(!at(0.0, 0.0).is_known() && !at(f64::NAN, 1.0).is_known() && at(1.0, 0.0).is_known());
    }
}
