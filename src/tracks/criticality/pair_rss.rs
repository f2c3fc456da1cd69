//! Responsibility-Sensitive Safety for two actors, along and across ego's heading.
//!
//! Headings within 45 degrees are the same direction, beyond 135 degrees opposite ones; between them RSS would need the
//! lanes of a junction.

use crate::tracks::criticality::reading::{CriticalityError, Reading, Reason};
use crate::tracks::criticality::relative::{Relative, STANDING};
use crate::tracks::criticality::rss::{self, RssParams};

/// Cosine of 45 degrees.
const SAME_WAY: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// Assumptions of RSS about both actors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairRss {
    /// Assumptions about ego.
    pub ego: RssParams,
    /// Assumptions about the other.
    pub other: RssParams,
}

impl Default for PairRss {
    fn default() -> Self {
        Self { ego: RssParams::EGO, other: RssParams::OTHER }
    }
}

/// Margins along and across in meters: distance minus safe distance. Danger if both are 0 or less.
pub(crate) fn margins(of: &Relative, params: &PairRss) -> Result<[Reading; 2], CriticalityError> {
    let [along, across] = safe_distances(of, params)?;
    let distances = distances(of);
    Ok([along.map(|safe| distances[0] - safe), across.map(|safe| distances[1] - safe)])
}

/// Safe distances along and across in meters.
pub(crate) fn safe_distances(of: &Relative, params: &PairRss) -> Result<[Reading; 2], CriticalityError> {
    if of.aligned.abs() < SAME_WAY {
        return Ok([Reading::Undefined(Reason::Crossing); 2]);
    }
    Ok([longitudinal(of, params)?, Reading::Number(lateral(of, params)?)])
}

/// The larger of two margins, which decides on danger; undefined if one of them is.
pub(crate) fn larger(along: Reading, across: Reading) -> Reading {
    match (along, across) {
        (Reading::Number(along), Reading::Number(across)) => Reading::Number(along.max(across)),
        (Reading::Number(_), other) | (other, _) => other,
    }
}

/// Distances of the boxes along and across ego's heading, 0 where they overlap.
fn distances(of: &Relative) -> [f64; 2] {
    let [own, its] = of.halves();
    [0, 1].map(|at| (of.offset[at].abs() - own[at] - its[at]).max(0.0))
}

fn longitudinal(of: &Relative, params: &PairRss) -> Result<Reading, CriticalityError> {
    let [[own, _], [its, _]] = of.local;
    let its = if of.aligned > 0.0 { its } else { -its };
    if own <= -STANDING || its <= -STANDING {
        return Ok(Reading::Undefined(Reason::Oncoming));
    }
    let (own, its) = (own.max(0.0), its.max(0.0));
    let ahead = of.offset[0] >= 0.0;
    let safe = if of.aligned < 0.0 {
        if !ahead && distances(of)[0] > 0.0 {
            return Ok(Reading::Undefined(Reason::Passed));
        }
        rss::longitudinal_opposite(own, &params.ego, its, &params.other)?
    } else if ahead {
        rss::longitudinal_same(its, &params.other, own, &params.ego)?
    } else {
        rss::longitudinal_same(own, &params.ego, its, &params.other)?
    };
    Ok(Reading::Number(safe))
}

fn lateral(of: &Relative, params: &PairRss) -> Result<f64, CriticalityError> {
    // To the right, as RSS counts; y is to the left.
    let [own, its] = of.local.map(|velocity| -velocity[1]);
    if of.offset[1] >= 0.0 {
        rss::lateral(its, &params.other, own, &params.ego)
    } else {
        rss::lateral(own, &params.ego, its, &params.other)
    }
}
