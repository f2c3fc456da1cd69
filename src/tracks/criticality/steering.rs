//! Steering around a collision: the way needed sideways, steer threat number and time to steer.
//!
//! Formulas after the Criticality Metrics collection (criticality-metrics.readthedocs.io): constant lateral
//! acceleration over the time to collision.

use crate::tracks::criticality::reading::{CriticalityError, Reading, finite, not_negative, positive};

/// Least way sideways after which two actors pass each other: half of both widths minus their lateral offset, in m.
///
/// Widths across ego's path and offset between the centers, in m. They pass each other already: 0.
pub fn way_needed(offset: f64, width_ego: f64, width_other: f64) -> Result<f64, CriticalityError> {
    let widths = not_negative("width of ego", width_ego)? + not_negative("width of the other", width_other)?;
    Ok((widths / 2.0 - finite("lateral offset", offset)?.abs()).max(0.0))
}

/// Lateral acceleration `2 way / TTC²` that moves ego sideways in time, in m/s².
///
/// Nothing to move or no collision: 0. No time left: infinite.
pub fn required_lateral(ttc: Reading, way: f64) -> Result<Reading, CriticalityError> {
    let way = not_negative("way sideways", way)?;
    Ok(match ttc {
        Reading::Number(secs) => {
            let secs = not_negative("time to collision", secs)?;
            if way > 0.0 { Reading::demand(2.0 * way / (secs * secs)) } else { Reading::Number(0.0) }
        }
        Reading::Never | Reading::Infinite => Reading::Number(0.0),
        undefined @ Reading::Undefined(_) => undefined,
    })
}

/// Steer threat number: [`required_lateral`] over the strongest possible lateral acceleration, `a_max` in m/s².
///
/// 1 or more: steering alone no longer avoids contact.
pub fn stn(ttc: Reading, way: f64, a_max: f64) -> Result<Reading, CriticalityError> {
    let a_max = positive("strongest lateral acceleration", a_max)?;
    Ok(required_lateral(ttc, way)?.map(|required| required / a_max))
}

/// Time to steer `TTC - sqrt(2 way / a_max)` in seconds: the last moment at which full steering avoids contact.
///
/// `way` in m, `a_max` in m/s². No collision: never. Negative: too late.
pub fn tts(ttc: Reading, way: f64, a_max: f64) -> Result<Reading, CriticalityError> {
    let takes = (2.0 * not_negative("way sideways", way)?
        / positive("strongest lateral acceleration", a_max)?)
    .sqrt();
    Ok(match ttc {
        Reading::Number(secs) => Reading::time(not_negative("time to collision", secs)? - takes),
        Reading::Never | Reading::Infinite => Reading::Never,
        undefined @ Reading::Undefined(_) => undefined,
    })
}
