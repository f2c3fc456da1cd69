//! Top-k neuron coverage.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally};

pub(super) const TOP: ParamSpec = ParamSpec::setting("k", "Neurons of each layer", "", [1.0, 1000.0], 3.0);

/// Neurons among the strongest of their layer.
pub static KIND: CriterionKind = CriterionKind {
    id: "tknc",
    title: "Top-k neuron coverage",
    meaning: "neurons that are among the k strongest of their layer for at least one input; of equal ones the first",
    source: "Ma et al., DeepGauge, ASE 2018",
    params: &[TOP],
    of: Of::Samples(make),
};

struct Strongest {
    top: usize,
    seen: Vec<Vec<bool>>,
}

fn make(profile: &Arc<Profile>, params: &Params) -> Box<dyn Criterion> {
    Box::new(Strongest {
        top: params.value(&TOP).round() as usize,
        seen: profile.layers.iter().map(|layer| vec![false; layer.len()]).collect(),
    })
}

/// Positions of the `top` largest values, largest first; of equal ones the first. Values that are not numbers come last.
pub(super) fn largest(values: &[f32], top: usize) -> Vec<u32> {
    let key =
        |at: &u32| values.get(*at as usize).copied().filter(|v| !v.is_nan()).unwrap_or(f32::NEG_INFINITY);
    let order = |a: &u32, b: &u32| key(b).total_cmp(&key(a)).then(a.cmp(b));
    let mut all: Vec<u32> = (0..values.len() as u32).collect();
    if top < all.len() {
        all.select_nth_unstable_by(top, order);
        all.truncate(top);
    }
    all.sort_by(order);
    all
}

impl Criterion for Strongest {
    fn add(&mut self, sample: &[Vec<f32>]) {
        for (seen, values) in self.seen.iter_mut().zip(sample) {
            for at in largest(values, self.top) {
                if let Some(seen) = seen.get_mut(at as usize) {
                    *seen = true;
                }
            }
        }
    }

    fn tally(&self) -> Tally {
        let all = self.seen.iter().flatten();
        Tally { covered: all.clone().filter(|seen| **seen).count(), of: Some(all.count()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_values_the_first_comes_first() {
        assert_eq!(largest(&[0.0, 2.0, f32::NAN, 2.0, -0.0, 5.0], 4), [5, 1, 3, 0]);
        assert_eq!(largest(&[1.0], 3), [0]);
    }
}
