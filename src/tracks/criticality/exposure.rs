//! Exposure to short times to collision over a drive (Minderhoud and Bovy, 2001).

use crate::tracks::criticality::reading::{CriticalityError, Reading, not_negative};

/// Default threshold of the time to collision, in seconds.
pub const THRESHOLD: f64 = 1.5;

/// Time exposed and time integrated time to collision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exposure {
    /// TET: total time below the threshold, in seconds.
    pub exposed: f64,
    /// TIT: integral of what is missing to the threshold, in s².
    pub integrated: f64,
}

/// `TET = Σ dt [TTC < threshold]` and `TIT = Σ (threshold - TTC) dt` over samples, each with its duration.
///
/// Durations and threshold in seconds. Samples without a collision, without a value, and negative times, by which some
/// tools mean that actors part, do not count.
pub fn exposure(samples: &[(f64, Reading)], threshold: f64) -> Result<Exposure, CriticalityError> {
    let threshold = not_negative("threshold", threshold)?;
    let mut total = Exposure::default();
    for (duration, ttc) in samples {
        let duration = not_negative("duration", *duration)?;
        match ttc {
            Reading::Number(secs) if secs.is_nan() => {
                return Err(CriticalityError::NotFinite { name: "time to collision", value: *secs });
            }
            Reading::Number(secs) if *secs >= 0.0 && *secs < threshold => {
                total.exposed += duration;
                total.integrated += (threshold - secs) * duration;
            }
            Reading::Number(_) | Reading::Never | Reading::Infinite | Reading::Undefined(_) => {}
        }
    }
    Ok(total)
}
