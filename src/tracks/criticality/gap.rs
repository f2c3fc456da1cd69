//! Metrics of one actor behind another, over the gap between their bumpers and their speeds.
//!
//! Speeds are signed along ego's direction of travel. A lead that comes towards ego cannot be followed, so metrics of
//! braking are undefined there; times to collision are not. Formulas after the Criticality Metrics collection
//! (criticality-metrics.readthedocs.io) and the sources named there.

use crate::tracks::criticality::reading::{
    CriticalityError, Reading, Reason, finite, not_negative, positive,
};

/// Time to collision `gap / (v_ego - v_lead)` in seconds, at constant speeds.
///
/// `gap` in m, speeds in m/s. No gap left: 0. Not closing: never.
pub fn ttc(gap: f64, v_ego: f64, v_lead: f64) -> Result<Reading, CriticalityError> {
    let (gap, closing) = (finite("gap", gap)?, closing(v_ego, v_lead)?);
    Ok(if gap <= 0.0 {
        Reading::Number(0.0)
    } else if closing <= 0.0 {
        Reading::Never
    } else {
        Reading::time(gap / closing)
    })
}

/// Modified time to collision in seconds: least `t >= 0` at which the gap is closed at constant accelerations.
///
/// `gap` in m, speeds in m/s, accelerations in m/s². Who brakes to a standstill stays there; who stands and has a
/// positive acceleration sets off. No gap left: 0. No contact: never.
pub fn mttc(gap: f64, v_ego: f64, a_ego: f64, v_lead: f64, a_lead: f64) -> Result<Reading, CriticalityError> {
    let gap = finite("gap", gap)?;
    let ego = Braked::new(finite("speed of ego", v_ego)?, finite("acceleration of ego", a_ego)?);
    let lead = Braked::new(finite("speed of the lead", v_lead)?, finite("acceleration of the lead", a_lead)?);
    if gap <= 0.0 {
        return Ok(Reading::Number(0.0));
    }
    // Each stop begins another piece, on each piece the gap is a quadratic.
    let (first, second) = (ego.stop.min(lead.stop), ego.stop.max(lead.stop));
    for (from, to) in [(0.0, first), (first, second), (second, f64::INFINITY)] {
        if from == f64::INFINITY {
            break;
        }
        let now = gap + lead.way(from) - ego.way(from);
        if now <= 0.0 {
            return Ok(Reading::Number(from));
        }
        let (v_ego, a_ego) = ego.at(from);
        let (v_lead, a_lead) = lead.at(from);
        if let Some(t) = first_root(now, v_lead - v_ego, a_lead - a_ego)
            && t <= to - from
        {
            return Ok(Reading::time(from + t));
        }
    }
    Ok(Reading::Never)
}

/// Time headway `gap / v_ego` in seconds: the time until ego's front is at the lead's rear of now.
///
/// `gap` in m, `v_ego` in m/s. Ego stands or drives backwards: never. No gap left: 0.
pub fn thw(gap: f64, v_ego: f64) -> Result<Reading, CriticalityError> {
    let (gap, v_ego) = (finite("gap", gap)?, finite("speed of ego", v_ego)?);
    Ok(if v_ego <= 0.0 { Reading::Never } else { Reading::time(gap.max(0.0) / v_ego) })
}

/// Deceleration rate to avoid a crash `(v_ego - v_lead)² / (2 gap)` in m/s², with a lead of constant speed.
///
/// `gap` in m, speeds in m/s. Not closing: 0. No gap left: infinite. Oncoming lead: undefined.
pub fn drac(gap: f64, v_ego: f64, v_lead: f64) -> Result<Reading, CriticalityError> {
    let (gap, closing) = (finite("gap", gap)?, closing(v_ego, v_lead)?);
    Ok(if v_lead < 0.0 {
        Reading::Undefined(Reason::Oncoming)
    } else if closing <= 0.0 {
        Reading::Number(0.0)
    } else {
        Reading::demand(closing * closing / (2.0 * gap.max(0.0)))
    })
}

/// Least constant deceleration of ego that avoids contact, in m/s² and 0 or more.
///
/// `max(0, (v_ego - v_lead)² / (2 gap) - a_lead)`; where a braking lead stands before the speeds meet, and where it is
/// faster, ego has to stop behind the place at which it stops: `v_ego² / (2 (gap + v_lead² / (2 |a_lead|)))`.
/// `gap` in m, speeds in m/s, `a_lead` in m/s². No gap left while closing: infinite. Oncoming lead: undefined.
pub fn required_deceleration(
    gap: f64,
    v_ego: f64,
    v_lead: f64,
    a_lead: f64,
) -> Result<Reading, CriticalityError> {
    let (gap, closing) = (finite("gap", gap)?.max(0.0), closing(v_ego, v_lead)?);
    let a_lead = finite("acceleration of the lead", a_lead)?;
    if v_lead < 0.0 {
        return Ok(Reading::Undefined(Reason::Oncoming));
    }
    if v_ego <= 0.0 || (closing <= 0.0 && a_lead >= 0.0) {
        return Ok(Reading::Number(0.0));
    }
    if closing > 0.0 && gap <= 0.0 {
        return Ok(Reading::Infinite);
    }
    // At this deceleration the speeds are equal after 2 gap / closing seconds.
    let until_equal = 2.0 * gap / closing;
    if a_lead >= 0.0 || (closing > 0.0 && until_equal <= v_lead / -a_lead) {
        return Ok(Reading::demand((closing * closing / (2.0 * gap) - a_lead).max(0.0)));
    }
    let room = gap + v_lead * v_lead / (-2.0 * a_lead);
    Ok(Reading::demand(v_ego * v_ego / (2.0 * room)))
}

/// Brake threat number: the [required deceleration](required_deceleration) over the strongest possible, `b_max`.
///
/// 1 or more: braking alone no longer avoids contact. `b_max` in m/s² and positive.
pub fn btn(gap: f64, v_ego: f64, v_lead: f64, a_lead: f64, b_max: f64) -> Result<Reading, CriticalityError> {
    let b_max = positive("strongest braking", b_max)?;
    Ok(required_deceleration(gap, v_ego, v_lead, a_lead)?.map(|required| required / b_max))
}

/// Time to brake `TTC - (v_ego - v_lead) / (2 b_max)` in seconds: the last moment at which full braking avoids contact.
///
/// `gap` in m, speeds in m/s, `b_max` in m/s² and positive, the lead keeps its speed. Not closing: never. Negative:
/// too late. Oncoming lead: undefined.
pub fn ttb(gap: f64, v_ego: f64, v_lead: f64, b_max: f64) -> Result<Reading, CriticalityError> {
    let (gap, closing) = (finite("gap", gap)?.max(0.0), closing(v_ego, v_lead)?);
    let b_max = positive("strongest braking", b_max)?;
    Ok(if v_lead < 0.0 {
        Reading::Undefined(Reason::Oncoming)
    } else if closing <= 0.0 {
        Reading::Never
    } else {
        Reading::time(gap / closing - closing / (2.0 * b_max))
    })
}

/// Deceleration to safety time `3 (v_ego - v_lead)² / (2 (gap - v_lead t_s))` in m/s².
///
/// `gap` in m, speeds in m/s, the safety time `t_s` in s. Not closing: 0. Within the safety time already: infinite.
/// Oncoming lead: undefined. (Collections that leave out the factor 3 give a third of this.)
pub fn dst(gap: f64, v_ego: f64, v_lead: f64, t_s: f64) -> Result<Reading, CriticalityError> {
    let (gap, closing) = (finite("gap", gap)?, closing(v_ego, v_lead)?);
    let room = gap - v_lead * not_negative("safety time", t_s)?;
    Ok(if v_lead < 0.0 {
        Reading::Undefined(Reason::Oncoming)
    } else if closing <= 0.0 {
        Reading::Number(0.0)
    } else {
        Reading::demand(3.0 * closing * closing / (2.0 * room.max(0.0)))
    })
}

fn closing(v_ego: f64, v_lead: f64) -> Result<f64, CriticalityError> {
    Ok(finite("speed of ego", v_ego)? - finite("speed of the lead", v_lead)?)
}

/// Motion at a constant acceleration until standstill.
struct Braked {
    speed: f64,
    acceleration: f64,
    /// Time of the standstill in seconds, or infinity.
    stop: f64,
}

impl Braked {
    fn new(speed: f64, acceleration: f64) -> Self {
        let brakes = if speed == 0.0 { acceleration < 0.0 } else { speed * acceleration < 0.0 };
        // Adding 0 makes a stop at once +0.
        let stop = if brakes { -speed / acceleration + 0.0 } else { f64::INFINITY };
        Self { speed, acceleration, stop }
    }

    /// Way after a time, in meters.
    fn way(&self, t: f64) -> f64 {
        let t = t.min(self.stop);
        t * (self.speed + 0.5 * self.acceleration * t)
    }

    /// Speed and acceleration from a time on; none after the standstill.
    fn at(&self, t: f64) -> (f64, f64) {
        if t < self.stop { (self.speed + self.acceleration * t, self.acceleration) } else { (0.0, 0.0) }
    }
}

/// Least positive root of `gap + v t + a t² / 2`, with a positive gap.
fn first_root(gap: f64, v: f64, a: f64) -> Option<f64> {
    let inside = v * v - 2.0 * a * gap;
    if inside < 0.0 {
        return None;
    }
    // Two forms of the same root; each is exact where the other one would subtract numbers that are nearly equal.
    let root = if v > 0.0 { (v + inside.sqrt()) / -a } else { 2.0 * gap / (inside.sqrt() - v) };
    (root > 0.0 && root.is_finite()).then_some(root)
}
