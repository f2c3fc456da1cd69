//! Recorded signals of the vehicle by their role: which of them is the measured one, and in which unit.

use std::sync::Arc;

use crate::base::time::{Span, Time};
use crate::mining::drive::{Drive, Role, Signal};
use crate::mining::odometry::{speeds, way};
use crate::mining::sides::{Side, side};
use crate::tracks::kinematics::Motion;

/// Standard gravity in m/s² (CGPM 1901).
const GRAVITY: f64 = 9.806_65;
/// Part of a recording of which the motion has to be known so that nothing is said.
const NEARLY_ALL: f64 = 0.9;

/// Parts of names of accelerations that are none along the vehicle.
const ACROSS: &[&str] = &[
    "z", "y", "lat", "lateral", "vert", "vertical", "angular", "pedal", "position", "jerk", "limit", "max",
    "min",
];
/// Parts of names of speeds that are none of the vehicle over ground.
const OTHERS: &[&str] = &[
    "engine",
    "motor",
    "wind",
    "fan",
    "pump",
    "turbine",
    "rpm",
    "limit",
    "max",
    "min",
    "set",
    "yaw",
    "angular",
    "y",
    "z",
    "lateral",
    "vertical",
    "steering",
    "tire",
    "gps_accuracy",
    "cruise",
];

/// A recorded signal, and the factor to m/s or m/s².
#[derive(Clone, Debug)]
pub struct Measured {
    /// The signal as it was recorded.
    pub signal: Signal,
    /// Factor of its values.
    pub scale: f64,
}

/// Words of a name: `/imu.linear_acceleration_z` has imu, linear, acceleration and z.
fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// Factor to m/s or m/s² of a name; `None` for a unit that is none of the role.
fn scale(role: Role, words: &[String]) -> Option<f64> {
    let has = |units: &[&str]| words.iter().any(|word| units.contains(&word.as_str()));
    let pair = |a: &str, b: &str| words.windows(2).any(|two| two[0] == a && two[1] == b);
    match role {
        Role::Acceleration | Role::Speed if has(&["deg", "rad", "percent", "pct", "raw"]) => None,
        Role::Acceleration if has(&["g", "gs"]) => Some(GRAVITY),
        Role::Acceleration if has(&["mg"]) => Some(GRAVITY / 1000.0),
        Role::Speed if has(&["kph", "kmh", "kmph", "kmhr"]) || pair("km", "h") => Some(1.0 / 3.6),
        Role::Speed if has(&["mph"]) => Some(0.447_04),
        Role::Speed if has(&["knots", "knot", "kn", "kt"]) => Some(1852.0 / 3600.0),
        Role::Acceleration | Role::Speed | Role::Steering | Role::Brake | Role::Throttle => Some(1.0),
    }
}

impl Drive<'_> {
    /// The measured signal of a role: not what a stack wants, not across and not of an engine or the wind; names that say
    /// measured come first, then those along x, then the others in the order of the recording.
    pub fn measured(&self, role: Role) -> Option<Measured> {
        let out = if role == Role::Speed { OTHERS } else { ACROSS };
        let rank = |signal: &Signal| -> Option<(bool, bool, f64)> {
            let words = words(&signal.name);
            if side(&signal.name) == Some(Side::Stack)
                || words.iter().any(|word| out.contains(&word.as_str()))
            {
                return None;
            }
            let along = words.iter().any(|word| ["x", "long", "longitudinal"].contains(&word.as_str()));
            let mut units = words;
            units.extend(self.unit_words(&signal.name));
            Some((side(&signal.name) != Some(Side::Human), !along, scale(role, &units)?))
        };
        let all = self.signals(role).into_iter().filter(|signal| signal.values.len() > 1);
        let ranked = all.filter_map(|signal| rank(&signal).map(|rank| (rank, signal)));
        let best = ranked.min_by_key(|((own, along, _), _)| (*own, *along));
        best.map(|((.., scale), signal)| Measured { signal, scale })
    }

    /// Words of the unit of a channel, where its encoding says one: `number in km/h`.
    fn unit_words(&self, name: &str) -> Vec<String> {
        let channel = self.info.channel_named(name).and_then(|id| self.info.channel(id));
        let unit = channel.and_then(|channel| channel.encoding.rsplit_once(" in "));
        unit.map(|(_, unit)| words(unit)).unwrap_or_default()
    }

    /// Speed of the vehicle over ground in m/s: from its coordinate frames where there are boxes, else the measured signal (see
    /// [`Self::measured`]), else from its coordinate frames.
    pub fn speed(&self) -> Option<Signal> {
        if let Some(moving) = self.ego_series("ego/speed", Motion::speed) {
            return Some(moving);
        }
        let in_meters = |measured: Measured| {
            let Measured { signal, scale } = measured;
            if (scale - 1.0).abs() < f64::EPSILON {
                return signal;
            }
            let values = signal.values.iter().map(|value| value * scale).collect();
            Signal { values: Arc::new(values), ..signal }
        };
        self.measured(Role::Speed).map(in_meters).or_else(|| {
            let way = way(&self.clip.frames());
            (way.len() > 1).then(|| Signal {
                name: "ego/speed".to_owned(),
                times: Arc::new(way.iter().map(|point| point.time).collect()),
                values: Arc::new(speeds(&way)),
            })
        })
    }

    /// A number of the motion of the vehicle through its coordinate frames, under a name; `None` where it is not known among
    /// boxes.
    pub fn ego_series(&self, name: &str, of: fn(&Motion) -> f64) -> Option<Signal> {
        let scene = self.scenes.iter().find(|scene| !scene.readings.ego.is_empty())?;
        let values = scene.readings.ego.iter().map(|(_, motion)| of(motion)).collect();
        Some(Signal {
            name: name.to_owned(),
            times: Arc::new(scene.readings.ego_times.clone()),
            values: Arc::new(values),
        })
    }

    /// A sentence where samples of the motion of the vehicle are there for less than nine tenths of the recording.
    pub fn unknown_motion(&self, name: &str, times: &[Time]) -> Option<String> {
        let whole = self.range().span().secs();
        let (first, last) = (times.first()?, times.last()?);
        let mut steps: Vec<Span> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_unstable();
        let usual = steps.get(steps.len() / 2).copied().unwrap_or(Span::SECOND);
        // Gaps inside are unknown as well.
        let gap = Span::SECOND.max(Span(usual.0.saturating_mul(5)));
        let gaps: f64 = steps.iter().filter(|step| **step > gap).map(|step| step.secs()).sum();
        let known = ((*last - *first).secs() - gaps).max(0.0);
        (known < NEARLY_ALL * whole)
            .then(|| format!("the motion of the vehicle is known for {known:.1} of {whole:.1} s ({name})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_from_the_words_of_a_name() {
        for (role, name, expected) in [
            (Role::Acceleration, "/imu/accel_g", Some(GRAVITY)),
            (Role::Acceleration, "/imu.linear_acceleration.x", Some(1.0)),
            (Role::Acceleration, "accel_raw", None),
            (Role::Speed, "speed [km/h]", Some(1.0 / 3.6)),
            (Role::Speed, "speed_mph", Some(0.447_04)),
            (Role::Speed, "/vehicle.speed", Some(1.0)),
        ] {
            assert_eq!(scale(role, &words(name)), expected, "{name}");
        }
    }
}
