//! Sign-sign coverage, a variant of MC/DC.

use std::collections::BTreeSet;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::{CriterionKind, Of, Tally};

const MOST: ParamSpec = ParamSpec::setting(
    "most",
    "Condition neurons that may change their sign at once",
    "",
    [1.0, 1000.0],
    1.0,
);
const TOLERANCE: ParamSpec =
    ParamSpec::setting("above", "Value above which a neuron is positive", "", [0.0, 1.0], 1e-6);
const HALVINGS: ParamSpec =
    ParamSpec::setting("halvings", "Bisections of each pair of inputs at most", "", [0.0, 12.0], 7.0);

/// Pairs of neurons of neighboring layers that change their sign together.
pub static KIND: CriterionKind = CriterionKind {
    id: "ssc",
    title: "Sign-sign coverage",
    meaning: "pairs of a neuron and one of the next layer that change their signs between two inputs while no other neuron of \
              the first layer does; measured on the way from each input to its transformed one, bisected",
    source: "Sun et al., DeepConcolic, ASE 2018",
    params: &[MOST, TOLERANCE, HALVINGS],
    of: Of::Pairs(SignSign::new),
};

/// Signs of the units of each layer for one input.
pub type Signs = Vec<Vec<bool>>;

/// Pairs of neurons that have changed their signs together.
#[derive(Clone, Debug)]
pub struct SignSign {
    most: usize,
    above: f32,
    /// Bisections of each pair of inputs at most.
    pub halvings: u32,
    /// Number of pairs of inputs between which at least one and at most `most` conditions of a layer changed.
    pub isolated: usize,
    sizes: Vec<usize>,
    covered: BTreeSet<(u32, u32, u32)>,
}

impl SignSign {
    fn new(params: &Params) -> Self {
        Self {
            most: params.value(&MOST).round() as usize,
            above: params.value(&TOLERANCE) as f32,
            halvings: params.value(&HALVINGS).round() as u32,
            isolated: 0,
            sizes: Vec::new(),
            covered: BTreeSet::new(),
        }
    }

    /// Signs of the units of an input, layer by layer.
    pub fn signs(&self, units: &[Vec<f32>]) -> Signs {
        units.iter().map(|layer| layer.iter().map(|value| *value > self.above).collect()).collect()
    }

    /// Adds two neighboring inputs. Returns true if a bisection of the way between them can isolate more conditions.
    pub fn add(&mut self, a: &Signs, b: &Signs) -> bool {
        self.sizes = a.iter().map(Vec::len).collect();
        let changes: Vec<Vec<u32>> = a.iter().zip(b).map(|(a, b)| changed(a, b)).collect();
        let mut more = false;
        for (layer, pair) in changes.windows(2).enumerate() {
            let [conditions, decisions] = pair else { continue };
            if conditions.is_empty() {
                continue;
            }
            if conditions.len() > self.most {
                more = true;
                continue;
            }
            self.isolated += 1;
            for condition in conditions {
                let all = decisions.iter().map(|decision| (layer as u32, *condition, *decision));
                self.covered.extend(all);
            }
        }
        more
    }

    /// Adds what another count with the same settings has covered.
    pub fn merge(&mut self, other: Self) {
        if self.sizes.is_empty() {
            self.sizes = other.sizes;
        }
        self.isolated += other.isolated;
        self.covered.extend(other.covered);
    }

    /// Covered pairs of neurons, of all of neighboring layers.
    pub fn tally(&self) -> Tally {
        let all = self.sizes.windows(2).map(|pair| pair[0] * pair[1]).sum();
        Tally { covered: self.covered.len(), of: Some(all) }
    }
}

fn changed(a: &[bool], b: &[bool]) -> Vec<u32> {
    let both = a.iter().zip(b).enumerate();
    both.filter(|(_, (a, b))| a != b).map(|(at, _)| at as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_covered_when_its_condition_changes_alone() {
        let mut pairs = SignSign::new(&Params::default());
        let a = pairs.signs(&[vec![1.0, 0.0, 0.0], vec![0.0, 1.0]]);
        let b = pairs.signs(&[vec![1.0, 2.0, 0.0], vec![3.0, 1.0]]);
        let c = pairs.signs(&[vec![0.0, 0.0, 0.0], vec![3.0, 0.0]]);
        assert!(!pairs.add(&a, &b) && pairs.add(&b, &c));
        assert_eq!(pairs.tally(), Tally { covered: 1, of: Some(6) });
        assert!(!pairs.add(&a, &c));
        assert_eq!((pairs.tally().covered, pairs.isolated), (3, 2));
    }
}
