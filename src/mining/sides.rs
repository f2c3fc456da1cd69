//! Human and stack: which recorded signals say what the driver did and which say what the stack wanted, by their names.

use crate::base::time::{Span, Time};
use crate::mining::drive::{Drive, Role, Signal};

/// Origin of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The driver, or the vehicle as measured while a driver drove.
    Human,
    /// A model, a planner, a controller.
    Stack,
}

/// Words in names that decide before all others.
const DRIVER: &[&str] = &["human", "driver", "manual"];
/// Words in the names of what a stack wants.
const STACK: &[&str] = &[
    "model",
    "stack",
    "cmd",
    "command",
    "control",
    "plan",
    "desired",
    "target",
    "predict",
    "request",
    "actuator",
    "autopilot",
    "policy",
    "demand",
    "shadow",
];
/// Words in the names of what was measured.
const MEASURED: &[&str] =
    &["measured", "actual", "reported", "vehicle", "carstate", "car_state", "chassis", "status", "feedback"];
/// Words of signals that are no positions of an actuator.
const OTHER: &[&str] = &["rate", "torque", "jerk", "sensor", "fault", "valid", "limit", "offset", "prob"];

/// The rule in words, for users.
pub const RULE: &str = "a name with human, driver, manual, actual, vehicle, status… is the human's, \
    one with model, stack, command, control, plan, desired, target, predict… the stack's";

/// The side of a signal by its name; `None` where no word says it.
pub fn side(name: &str) -> Option<Side> {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match () {
        () if has(DRIVER) => Some(Side::Human),
        () if has(STACK) => Some(Side::Stack),
        () if has(MEASURED) => Some(Side::Human),
        () => None,
    }
}

/// Signals of human and stack of one role.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The human's signal.
    pub human: Signal,
    /// The stack's signal.
    pub stack: Signal,
}

impl Pair {
    /// Both names, as they are shown.
    pub fn title(&self) -> String {
        format!("{} (human) against {} (stack)", self.human.name, self.stack.name)
    }
}

/// Pairs of a role: each signal of the stack against that of the human, the one in the same unit by name first. Where no name
/// says human, a signal without a word for either side counts as the human's.
pub fn pairs(drive: &Drive<'_>, role: Role) -> Vec<Pair> {
    let all = actuators(drive, role);
    let of = |wanted: Option<Side>| all.iter().filter(move |signal| side(&signal.name) == wanted);
    let mut humans: Vec<&Signal> = of(Some(Side::Human)).collect();
    if humans.is_empty() {
        humans.extend(of(None));
    }
    let pair = |stack: &Signal| {
        let same = humans.iter().find(|human| unit(role, human) == unit(role, stack));
        same.or_else(|| humans.first()).map(|human| Pair { human: (*human).clone(), stack: stack.clone() })
    };
    of(Some(Side::Stack)).filter_map(pair).collect()
}

/// The signals of a role that are positions or demands of an actuator.
pub fn actuators(drive: &Drive<'_>, role: Role) -> Vec<Signal> {
    let usable = |signal: &Signal| {
        let lower = signal.name.to_lowercase();
        !OTHER.iter().any(|word| lower.contains(word)) && signal.values.len() > 1
    };
    drive.signals(role).into_iter().filter(usable).collect()
}

/// Unit of a signal of an actuator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Degrees at the steering wheel.
    WheelDegrees,
    /// Radians at the steering wheel.
    WheelRadians,
    /// Radians at the tire.
    TireRadians,
    /// 1/m.
    Curvature,
    /// m/s².
    Acceleration,
    /// 0 to 1.
    Pedal,
    /// 0 to 100.
    Percent,
}

/// The unit by the name, else by the size of the values.
pub fn unit(role: Role, signal: &Signal) -> Unit {
    let lower = signal.name.to_lowercase();
    let most =
        signal.values.iter().filter(|value| value.is_finite()).fold(0.0_f64, |most, v| most.max(v.abs()));
    match role {
        Role::Steering if lower.contains("curvature") => Unit::Curvature,
        Role::Steering if lower.contains("tire") || lower.contains("tyre") => Unit::TireRadians,
        Role::Steering if lower.contains("deg") => Unit::WheelDegrees,
        Role::Steering if lower.contains("rad") => Unit::WheelRadians,
        // No wheel turns by ten radians each way.
        Role::Steering if most > 10.0 => Unit::WheelDegrees,
        Role::Steering => Unit::WheelRadians,
        Role::Brake | Role::Throttle if most > 1.5 => Unit::Percent,
        Role::Brake | Role::Throttle => Unit::Pedal,
        Role::Acceleration | Role::Speed => Unit::Acceleration,
    }
}

/// Both signals of a pair on one grid of 20 Hz, the lag between them taken off.
#[derive(Clone, Debug)]
pub struct Aligned {
    /// Moments of the human's signal.
    pub times: Vec<Time>,
    /// The human's values.
    pub human: Vec<f64>,
    /// The stack's values.
    pub stack: Vec<f64>,
    /// Seconds by which the stack's signal was behind the human's.
    pub lag: f64,
    /// True if the signs are opposite and the stack's was turned.
    pub turned: bool,
}

/// Step of the grid.
pub const STEP: Span = Span(50_000_000);
/// Correlation from which a lag is believed.
const BELIEVED: f64 = 0.5;

/// Aligns a pair by cross-correlation over `most` seconds to either side; values are changed by `human` and `stack` first.
pub fn aligned(
    pair: &Pair,
    most: f64,
    human: impl Fn(f64) -> f64,
    stack: impl Fn(f64) -> f64,
) -> Option<Aligned> {
    let start = *pair.human.times.first()?.max(pair.stack.times.first()?);
    let end = *pair.human.times.last()?.min(pair.stack.times.last()?);
    let count = usize::try_from((end - start).0 / STEP.0).ok().filter(|count| *count > 2)? + 1;
    let a: Vec<f64> = on_grid(&pair.human, start, count).into_iter().map(human).collect();
    let b: Vec<f64> = on_grid(&pair.stack, start, count).into_iter().map(stack).collect();
    let reach = (most / STEP.secs()).round() as i64;
    let mut best = (0_i64, correlation(&a, &b, 0));
    for shift in (1..=reach).flat_map(|shift| [shift, -shift]) {
        let value = correlation(&a, &b, shift);
        if value.abs() > best.1.abs() + 1e-9 {
            best = (shift, value);
        }
    }
    let (shift, turned) = if best.1.abs() >= BELIEVED { (best.0, best.1 < 0.0) } else { (0, false) };
    let sign = if turned { -1.0 } else { 1.0 };
    let at = |n: usize| {
        usize::try_from(n as i64 + shift).ok().and_then(|n| b.get(n)).map_or(f64::NAN, |v| sign * v)
    };
    Some(Aligned {
        times: (0..count).map(|n| start + Span(STEP.0 * n as i64)).collect(),
        stack: (0..count).map(at).collect(),
        human: a,
        lag: shift as f64 * STEP.secs(),
        turned,
    })
}

/// The value of a signal at `count` moments of the grid, between its samples; not a number in gaps of more than a second.
pub fn on_grid(signal: &Signal, start: Time, count: usize) -> Vec<f64> {
    let mut at = 0;
    let mut found = Vec::with_capacity(count);
    for n in 0..count {
        let time = start + Span(STEP.0 * n as i64);
        while at + 1 < signal.times.len() && signal.times[at + 1] <= time {
            at += 1;
        }
        let (Some(t0), Some(v0)) = (signal.times.get(at), signal.values.get(at)) else { break };
        let value = match (signal.times.get(at + 1), signal.values.get(at + 1)) {
            (Some(t1), Some(v1)) if *t0 <= time && (*t1 - *t0) <= Span::SECOND && t1 > t0 => {
                v0 + (v1 - v0) * (time - *t0).secs() / (*t1 - *t0).secs()
            }
            _ if *t0 <= time && (time - *t0) <= Span::SECOND => *v0,
            _ => f64::NAN,
        };
        found.push(value);
    }
    found.resize(count, f64::NAN);
    found
}

/// Correlation of `a` with `b` that is `shift` samples later.
pub fn correlation(a: &[f64], b: &[f64], shift: i64) -> f64 {
    let pairs = || {
        let of = |n: usize| usize::try_from(n as i64 + shift).ok().and_then(|n| b.get(n));
        let all = a.iter().enumerate().filter_map(move |(n, a)| of(n).map(|b| (*a, *b)));
        all.filter(|(a, b)| a.is_finite() && b.is_finite())
    };
    let (mut count, mut x, mut y) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        (count, x, y) = (count + 1.0, x + a, y + b);
    }
    if count < 3.0 {
        return 0.0;
    }
    let (x, y) = (x / count, y / count);
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        both += (a - x) * (b - y);
        own += (a - x) * (a - x);
        other += (b - y) * (b - y);
    }
    if own > 1e-12 && other > 1e-12 { both / (own * other).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn signal(name: &str, value: impl Fn(f64) -> f64) -> Signal {
        let times: Vec<Time> = (0..600).map(|i| Time::from_secs(f64::from(i) * 0.05)).collect();
        let values = times.iter().map(|time| value(time.secs())).collect();
        Signal { name: name.to_owned(), times: Arc::new(times), values: Arc::new(values) }
    }

    #[test]
    fn names_say_whose_a_signal_is() {
        for (name, expected) in [
            ("/human.steer", Some(Side::Human)),
            ("/driver/brake_cmd", Some(Side::Human)),
            ("/model.steering_deg", Some(Side::Stack)),
            ("/control.acceleration", Some(Side::Stack)),
            ("/vehicle.speed", Some(Side::Human)),
            ("/speed", None),
        ] {
            assert_eq!(side(name), expected, "{name}");
        }
    }

    #[test]
    fn a_lag_and_a_sign_are_found() {
        let human = signal("human", |t| libm::sin(t) + libm::sin(2.3 * t));
        let stack = signal("stack", |t| -(libm::sin(t - 0.3) + libm::sin(2.3 * (t - 0.3))));
        let aligned = aligned(&Pair { human, stack }, 1.0, |v| v, |v| v).unwrap();
        assert!((aligned.lag - 0.3).abs() < 1e-9 && aligned.turned, "{}", aligned.lag);
        let off = aligned.human.iter().zip(&aligned.stack).map(|(a, b)| (a - b).abs());
        assert!(off.filter(|off| off.is_finite()).all(|off| off < 0.01));
    }
}
