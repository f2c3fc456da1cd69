//! Top-k neuron patterns.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::tknc::{TOP, largest};
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally, is_on, switch};

const ORDERED: ParamSpec = switch("ordered", "The order among the k strongest counts", 0.0);

/// Different patterns of the strongest neurons.
pub static KIND: CriterionKind = CriterionKind {
    id: "tknpat",
    title: "Top-k neuron patterns",
    meaning: "number of different patterns of the k strongest neurons of all layers; a count without a largest value",
    source: "Ma et al., DeepGauge, ASE 2018",
    params: &[TOP, ORDERED],
    of: Of::Samples(make),
};

struct Patterns {
    top: usize,
    ordered: bool,
    seen: BTreeSet<Vec<u32>>,
}

fn make(_: &Arc<Profile>, params: &Params) -> Box<dyn Criterion> {
    Box::new(Patterns {
        top: params.value(&TOP).round() as usize,
        ordered: is_on(params.value(&ORDERED)),
        seen: BTreeSet::new(),
    })
}

impl Criterion for Patterns {
    fn add(&mut self, sample: &[Vec<f32>]) {
        let mut pattern = Vec::new();
        for values in sample {
            let mut strongest = largest(values, self.top);
            if !self.ordered {
                strongest.sort_unstable();
            }
            pattern.extend(strongest);
        }
        self.seen.insert(pattern);
    }

    fn tally(&self) -> Tally {
        Tally { covered: self.seen.len(), of: None }
    }
}
