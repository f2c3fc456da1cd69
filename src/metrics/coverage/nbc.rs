//! Neuron boundary coverage.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally, is_on, switch};

pub(super) const MARGIN: ParamSpec =
    ParamSpec::setting("m", "Margin beyond the range", "standard deviations", [0.0, 100.0], 0.0);
pub(super) const STRICT: ParamSpec = switch(
    "strict",
    "Beyond and not at the boundary; otherwise a constant neuron covers its own corners",
    1.0,
);

/// Corners beyond the range of each neuron.
pub static KIND: CriterionKind = CriterionKind {
    id: "nbc",
    title: "Neuron boundary coverage",
    meaning: "corners beyond the range of each neuron on the reference set that an input has reached, two a neuron",
    source: "Ma et al., DeepGauge, ASE 2018",
    params: &[MARGIN, STRICT],
    of: Of::Samples(make),
};

/// The corners that inputs have reached.
pub(super) struct Corners {
    /// Lowest and highest value that are inside, neuron by neuron.
    bounds: Vec<[f64; 2]>,
    strict: bool,
    reached: Vec<[bool; 2]>,
}

impl Corners {
    pub(super) fn new(profile: &Profile, params: &Params) -> Self {
        let margin = params.value(&MARGIN);
        let bounds: Vec<[f64; 2]> = profile
            .extents()
            .map(|extent| {
                let by = margin * profile.deviation(extent);
                [f64::from(extent.low) - by, f64::from(extent.high) + by]
            })
            .collect();
        let reached = vec![[false; 2]; bounds.len()];
        Self { bounds, strict: is_on(params.value(&STRICT)), reached }
    }

    pub(super) fn add(&mut self, sample: &[Vec<f32>]) {
        let values = sample.iter().flatten().map(|value| f64::from(*value));
        for ((reached, [low, high]), value) in self.reached.iter_mut().zip(&self.bounds).zip(values) {
            reached[0] |= value < *low || (!self.strict && value <= *low);
            reached[1] |= value > *high || (!self.strict && value >= *high);
        }
    }

    /// Number of neurons, and of reached lower and upper corners.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let count = |side: usize| self.reached.iter().filter(|reached| reached[side]).count();
        (self.reached.len(), count(0), count(1))
    }
}

struct Boundary(Corners);

fn make(profile: &Arc<Profile>, params: &Params) -> Box<dyn Criterion> {
    Box::new(Boundary(Corners::new(profile, params)))
}

impl Criterion for Boundary {
    fn add(&mut self, sample: &[Vec<f32>]) {
        self.0.add(sample);
    }

    fn tally(&self) -> Tally {
        let (neurons, lower, upper) = self.0.counts();
        Tally { covered: lower + upper, of: Some(2 * neurons) }
    }
}
