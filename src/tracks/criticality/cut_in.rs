//! Bounds on cut-ins: a collision with a vehicle that cuts in must be avoided if there is enough time.

use crate::tracks::criticality::reading::{CriticalityError, Reading, finite, not_negative, positive};

/// Reaction that a regulation expects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutInBound {
    /// Deceleration in m/s².
    pub deceleration: f64,
    /// Delay before it, in seconds.
    pub delay: f64,
}

/// UN Regulation 157 (automated lane keeping).
pub const R157: CutInBound = CutInBound { deceleration: 6.0, delay: 0.35 };

/// Regulation (EU) 2022/1426 (fully automated vehicles), seated passengers.
pub const EU_2022_1426: CutInBound = CutInBound { deceleration: 6.0, delay: 0.25 };

/// Regulation (EU) 2022/1426, standing passengers.
pub const EU_2022_1426_STANDING: CutInBound = CutInBound { deceleration: 2.4, delay: 0.16 };

/// Time to collision above which the collision must be avoided, `v_rel / (2 deceleration) + delay` in seconds.
///
/// `v_rel` in m/s is the speed of ego minus that of the vehicle that cuts in; not closing: the delay alone.
pub fn ttc_bound(v_rel: f64, bound: CutInBound) -> Result<f64, CriticalityError> {
    let deceleration = positive("deceleration", bound.deceleration)?;
    let delay = not_negative("delay", bound.delay)?;
    Ok(finite("relative speed", v_rel)?.max(0.0) / (2.0 * deceleration) + delay)
}

/// Avoidable by the bound: the time to collision at the cut-in is greater; `None` if it is undefined.
pub fn must_be_avoided(
    ttc: Reading,
    v_rel: f64,
    bound: CutInBound,
) -> Result<Option<bool>, CriticalityError> {
    let bound = ttc_bound(v_rel, bound)?;
    Ok(ttc.extended().map(|ttc| ttc > bound))
}
