//! Identity metrics: each object belongs to one track over the whole sequence.
//!
//! Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", ECCV Workshops 2016.

use serde::Serialize;

use crate::tracks::assignment::{Edge, heaviest};
use crate::tracks::metrics::clear::THRESHOLD;
use crate::tracks::metrics::prepared::Prepared;

/// Identity metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Identity {
    /// Boxes that match the box of the track that belongs to the object.
    pub idtp: u64,
    /// True boxes without such a match.
    pub idfn: u64,
    /// Tested boxes without such a match.
    pub idfp: u64,
    /// F1: harmonic mean of [`Self::idp`] and [`Self::idr`].
    pub idf1: f64,
    /// Precision.
    pub idp: f64,
    /// Recall.
    pub idr: f64,
}

impl Identity {
    /// Identity metrics of one class of one sequence, boxes matching from a similarity of 0.5.
    pub fn new(data: &Prepared) -> Self {
        let mut counts = vec![0_u32; data.meetings.len()];
        for pair in data.frames.iter().flat_map(|frame| &frame.pairs) {
            counts[pair.meeting as usize] += u32::from(pair.similarity >= THRESHOLD);
        }
        // The fewest wrong boxes are the most right ones.
        let edges: Vec<Edge> = data
            .meetings
            .iter()
            .zip(&counts)
            .map(|((truth, tested), count)| Edge { row: *truth, column: *tested, weight: f64::from(*count) })
            .collect();
        let idtp: u64 = heaviest(&edges).into_iter().map(|index| u64::from(counts[index])).sum();
        let part =
            Self { idtp, idfn: data.num_truth() - idtp, idfp: data.num_tested() - idtp, ..Self::default() };
        // As with `TrackEval` all is 0 where a side is empty.
        if data.num_truth() == 0 || data.num_tested() == 0 { part } else { part.divided() }
    }

    /// Identity metrics of several sequences, or of several classes weighted by their boxes: counts are added.
    pub fn combined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::sum(parts.into_iter()).divided()
    }

    /// Identity metrics of several classes of equal weight, `None` without any: counts are added, rates averaged.
    /// Classes without boxes count like others unless they are left out.
    pub fn class_averaged<'a>(
        classes: impl IntoIterator<Item = &'a Self>,
        leave_out_empty: bool,
    ) -> Option<Self> {
        let boxes = |part: &Self| part.idtp + part.idfn + part.idfp;
        let parts: Vec<&Self> =
            classes.into_iter().filter(|part| !leave_out_empty || boxes(part) > 0).collect();
        let mean = |of: fn(&Self) -> f64| parts.iter().map(|part| of(part)).sum::<f64>() / parts.len() as f64;
        (!parts.is_empty()).then(|| Self {
            idf1: mean(|part| part.idf1),
            idp: mean(|part| part.idp),
            idr: mean(|part| part.idr),
            ..Self::sum(parts.iter().copied())
        })
    }

    fn sum<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        parts.fold(Self::default(), |all, part| Self {
            idtp: all.idtp + part.idtp,
            idfn: all.idfn + part.idfn,
            idfp: all.idfp + part.idfp,
            ..all
        })
    }

    fn divided(self) -> Self {
        let (idtp, idfn, idfp) = (self.idtp as f64, self.idfn as f64, self.idfp as f64);
        Self {
            idr: idtp / (idtp + idfn).max(1.0),
            idp: idtp / (idtp + idfp).max(1.0),
            idf1: idtp / (idtp + 0.5 * idfp + 0.5 * idfn).max(1.0),
            ..self
        }
    }
}
