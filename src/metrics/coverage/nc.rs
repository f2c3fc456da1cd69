//! Neuron coverage.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::deep_test::scaled;
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally, is_on, switch};

const THRESHOLD: ParamSpec = ParamSpec::setting("threshold", "Threshold", "", [-1e6, 1e6], 0.2);
const SCALED: ParamSpec =
    switch("scaled", "Scaled to 0 to 1 within each layer and input, as DeepTest does", 1.0);

/// Neurons above a threshold at least once.
pub static KIND: CriterionKind = CriterionKind {
    id: "nc",
    title: "Neuron coverage",
    meaning: "neurons whose value is above the threshold for at least one input",
    source: "Pei et al., DeepXplore, SOSP 2017; scaling of Tian et al., DeepTest, ICSE 2018",
    params: &[THRESHOLD, SCALED],
    of: Of::Samples(make),
};

struct Active {
    threshold: f64,
    scaled: bool,
    on: Vec<Vec<bool>>,
}

fn make(profile: &Arc<Profile>, params: &Params) -> Box<dyn Criterion> {
    Box::new(Active {
        threshold: params.value(&THRESHOLD),
        scaled: is_on(params.value(&SCALED)),
        on: profile.layers.iter().map(|layer| vec![false; layer.len()]).collect(),
    })
}

impl Criterion for Active {
    fn add(&mut self, sample: &[Vec<f32>]) {
        for (on, values) in self.on.iter_mut().zip(sample) {
            let active: Vec<bool> = if self.scaled {
                scaled(values).iter().map(|value| f64::from(*value) > self.threshold).collect()
            } else {
                values.iter().map(|value| f64::from(*value) > self.threshold).collect()
            };
            on.iter_mut().zip(active).for_each(|(on, active)| *on |= active);
        }
    }

    fn tally(&self) -> Tally {
        let all = self.on.iter().flatten();
        Tally { covered: all.clone().filter(|on| **on).count(), of: Some(all.count()) }
    }
}
