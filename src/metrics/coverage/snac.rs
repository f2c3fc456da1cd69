//! Strong neuron activation coverage.

use std::sync::Arc;

use crate::base::params::Params;
use crate::metrics::coverage::nbc::{Corners, MARGIN, STRICT};
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally};

/// Neurons above their range.
pub static KIND: CriterionKind = CriterionKind {
    id: "snac",
    title: "Strong neuron activation coverage",
    meaning: "neurons that an input has brought above their range on the reference set",
    source: "Ma et al., DeepGauge, ASE 2018",
    params: &[MARGIN, STRICT],
    of: Of::Samples(make),
};

struct Strong(Corners);

fn make(profile: &Arc<Profile>, params: &Params) -> Box<dyn Criterion> {
    Box::new(Strong(Corners::new(profile, params)))
}

impl Criterion for Strong {
    fn add(&mut self, sample: &[Vec<f32>]) {
        self.0.add(sample);
    }

    fn tally(&self) -> Tally {
        let (neurons, _, upper) = self.0.counts();
        Tally { covered: upper, of: Some(neurons) }
    }
}
