//! HOTA, CLEAR and identity metrics together, by sequence and by class, and their combinations as in `TrackEval`.

use serde::Serialize;

use crate::tracks::metrics::clear::Clear;
use crate::tracks::metrics::hota::Hota;
use crate::tracks::metrics::identity::Identity;
use crate::tracks::metrics::prepared::Prepared;

/// The tracking metrics of one or more sequences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackingSummary {
    /// Higher order tracking accuracy.
    pub hota: Hota,
    /// CLEAR MOT metrics.
    pub clear: Clear,
    /// Identity metrics.
    pub identity: Identity,
}

impl TrackingSummary {
    /// Metrics of one class of one sequence.
    pub fn new(data: &Prepared) -> Self {
        Self { hota: Hota::new(data), clear: Clear::new(data), identity: Identity::new(data) }
    }

    /// Metrics of several sequences of a class: counts are added, association is averaged over the matched boxes.
    /// Several classes are combined in the same way if each box has the same weight.
    pub fn combined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let parts: Vec<&Self> = parts.into_iter().collect();
        Self {
            hota: Hota::combined(parts.iter().map(|part| &part.hota)),
            clear: Clear::combined(parts.iter().map(|part| &part.clear)),
            identity: Identity::combined(parts.iter().map(|part| &part.identity)),
        }
    }

    /// Metrics of several classes of equal weight, `None` without any. `leave_out_empty` leaves out classes that have
    /// neither true nor tested boxes.
    pub fn class_averaged<'a>(
        classes: impl IntoIterator<Item = &'a Self>,
        leave_out_empty: bool,
    ) -> Option<Self> {
        let parts: Vec<&Self> = classes.into_iter().collect();
        Some(Self {
            hota: Hota::class_averaged(parts.iter().map(|part| &part.hota), leave_out_empty)?,
            clear: Clear::class_averaged(parts.iter().map(|part| &part.clear), leave_out_empty)?,
            identity: Identity::class_averaged(parts.iter().map(|part| &part.identity), leave_out_empty)?,
        })
    }
}
