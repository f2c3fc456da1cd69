//! Safe distances of Responsibility-Sensitive Safety (RSS).
//!
//! Shalev-Shwartz, Shammah and Shashua, "On a formal model of safe and scalable self-driving cars", 2017; equal to the
//! library ad-rss 5.0.0, whose suggested parameters are the defaults here. During the response time an actor may
//! accelerate, afterwards it brakes at least with the stated deceleration.

use crate::tracks::criticality::reading::{CriticalityError, finite, not_negative, positive};

/// Assumptions about the motion of an actor; magnitudes, none is negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RssParams {
    /// Response time in seconds.
    pub response: f64,
    /// Strongest acceleration during the response time, in m/s².
    pub accel_max: f64,
    /// Weakest braking after it, in m/s².
    pub brake_min: f64,
    /// Strongest braking, in m/s².
    pub brake_max: f64,
    /// Weakest braking on the correct side of the road against oncoming traffic, in m/s².
    pub brake_min_correct: f64,
    /// Strongest lateral acceleration during the response time, in m/s².
    pub lateral_accel_max: f64,
    /// Weakest lateral braking after it, in m/s².
    pub lateral_brake_min: f64,
    /// Lateral fluctuation within the lane, in meters.
    pub lateral_margin: f64,
    /// Speed above which an actor does not accelerate, in m/s; may be infinite.
    pub speed_cap: f64,
    /// Least distance that remains, in meters.
    pub min_distance: f64,
}

impl RssParams {
    /// The library's suggestion for ego: response time 1 s.
    pub const EGO: Self = Self {
        response: 1.0,
        accel_max: 3.5,
        brake_min: 4.0,
        brake_max: 8.0,
        brake_min_correct: 3.0,
        lateral_accel_max: 0.2,
        lateral_brake_min: 0.8,
        lateral_margin: 0.1,
        speed_cap: 100.0,
        min_distance: 0.0,
    };

    /// The library's suggestion for others: response time 2 s.
    pub const OTHER: Self = Self { response: 2.0, ..Self::EGO };

    fn check(&self) -> Result<&Self, CriticalityError> {
        not_negative("response time", self.response)?;
        not_negative("acceleration of RSS", self.accel_max)?;
        not_negative("lateral acceleration of RSS", self.lateral_accel_max)?;
        not_negative("lateral margin of RSS", self.lateral_margin)?;
        not_negative("least distance of RSS", self.min_distance)?;
        positive("weakest braking of RSS", self.brake_min)?;
        positive("strongest braking of RSS", self.brake_max)?;
        positive("weakest braking on the correct side", self.brake_min_correct)?;
        positive("weakest lateral braking of RSS", self.lateral_brake_min)?;
        if self.speed_cap.is_nan() || self.speed_cap < 0.0 {
            return Err(CriticalityError::Negative { name: "speed cap of RSS", value: self.speed_cap });
        }
        Ok(self)
    }

    /// Way until standstill: responds with the strongest acceleration up to the speed cap, then brakes.
    fn way_to_stop(&self, speed: f64, brake: f64) -> f64 {
        // Who is faster than the cap keeps its speed.
        let cap = self.speed_cap.max(speed);
        let reached = (speed + self.accel_max * self.response).min(cap);
        let accelerates =
            if self.accel_max > 0.0 { (reached - speed) / self.accel_max } else { self.response };
        speed * accelerates
            + self.accel_max * accelerates * accelerates / 2.0
            + reached * (self.response - accelerates)
            + reached * reached / (2.0 * brake)
    }

    /// Way to the right until the lateral speed to `side` (1 right, -1 left) is none.
    fn way_aside(&self, v_right: f64, side: f64) -> f64 {
        let reached = v_right + side * self.lateral_accel_max * self.response;
        let way =
            v_right * self.response + side * self.lateral_accel_max * self.response * self.response / 2.0;
        let braking =
            if side * reached > 0.0 { reached * reached / (2.0 * self.lateral_brake_min) } else { 0.0 };
        way + side * braking
    }
}

/// Safe distance behind a lead that drives the same way, in meters.
///
/// Stated braking way of the follower minus shortest braking way of the lead, not below 0, plus the follower's least
/// distance. Speeds in m/s along the lane, 0 or more.
pub fn longitudinal_same(
    v_lead: f64,
    lead: &RssParams,
    v_follower: f64,
    follower: &RssParams,
) -> Result<f64, CriticalityError> {
    let v_lead = not_negative("speed of the lead", v_lead)?;
    let v_follower = not_negative("speed of the follower", v_follower)?;
    let (lead, follower) = (lead.check()?, follower.check()?);
    let stops = follower.way_to_stop(v_follower, follower.brake_min);
    let room = finite("safe distance", stops - v_lead * v_lead / (2.0 * lead.brake_max))?;
    Ok(room.max(0.0) + follower.min_distance)
}

/// Safe distance of two actors that drive towards each other, in meters.
///
/// Both stated braking ways, the one on its correct side with the gentler braking, plus the larger least distance.
/// Speeds in m/s, each in its own direction, 0 or more.
pub fn longitudinal_opposite(
    v_correct: f64,
    correct: &RssParams,
    v_opposite: f64,
    opposite: &RssParams,
) -> Result<f64, CriticalityError> {
    let v_correct = not_negative("speed on the correct side", v_correct)?;
    let v_opposite = not_negative("speed of the oncoming", v_opposite)?;
    let (correct, opposite) = (correct.check()?, opposite.check()?);
    let ways = correct.way_to_stop(v_correct, correct.brake_min_correct)
        + opposite.way_to_stop(v_opposite, opposite.brake_min);
    finite("safe distance", ways + correct.min_distance.max(opposite.min_distance))
}

/// Safe distance sideways between an actor on the left and one on the right, in meters.
///
/// Lateral speeds in m/s, positive to the right for both: positive on the left and negative on the right approach.
/// Both accelerate towards each other during the response time, then brake; plus the mean of both margins, not below 0.
pub fn lateral(
    v_left: f64,
    left: &RssParams,
    v_right: f64,
    right: &RssParams,
) -> Result<f64, CriticalityError> {
    let v_left = finite("lateral speed on the left", v_left)?;
    let v_right = finite("lateral speed on the right", v_right)?;
    let (left, right) = (left.check()?, right.check()?);
    let margin = f64::midpoint(left.lateral_margin, right.lateral_margin);
    let room = left.way_aside(v_left, 1.0) - right.way_aside(v_right, -1.0) + margin;
    Ok(finite("safe distance", room)?.max(0.0))
}

/// Danger by RSS: neither the longitudinal nor the lateral distance is greater than the safe one; all in meters.
pub fn dangerous(
    longitudinal: f64,
    safe_longitudinal: f64,
    lateral: f64,
    safe_lateral: f64,
) -> Result<bool, CriticalityError> {
    let along = not_negative("longitudinal distance", longitudinal)?
        <= not_negative("safe longitudinal distance", safe_longitudinal)?;
    let aside =
        not_negative("lateral distance", lateral)? <= not_negative("safe lateral distance", safe_lateral)?;
    Ok(along && aside)
}
