//! Outcomes of attacks by class: how many hold of each, and who is turned into whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::robustness::attacks::run::Outcome;
use crate::robustness::attacks::summary::{Tally, tally};

/// Numbers of each class of the clean images; empty for detectors, whose images have many.
pub fn by_class(outcomes: &[Outcome]) -> Vec<(String, Tally)> {
    let mut classes: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.fates.is_none() && outcome.counts()) {
        classes.entry(&outcome.label).or_default().push(outcome);
    }
    classes.into_iter().map(|(class, own)| (class.to_owned(), tally(&own))).collect()
}

/// Number of attacked images by the class they were and the class they became.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turned {
    /// Classes, by name.
    pub classes: Vec<String>,
    /// Row: class of the clean image; column: class of the attacked one. The diagonal are images that hold.
    pub counts: Vec<Vec<usize>>,
}

/// Counts who is turned into whom, of images that the model was right about; within the size that was asked for.
pub fn turned(outcomes: &[Outcome]) -> Turned {
    let pair = |outcome: &Outcome| -> Option<(String, String)> {
        let became = outcome.became.clone()?;
        let right = outcome.counts() && outcome.right;
        right.then(|| (outcome.label.clone(), if outcome.success { became } else { outcome.label.clone() }))
    };
    let pairs: Vec<(String, String)> = outcomes.iter().filter_map(pair).collect();
    let classes: BTreeSet<&str> = pairs.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
    let classes: Vec<String> = classes.into_iter().map(str::to_owned).collect();
    let mut counts = vec![vec![0; classes.len()]; classes.len()];
    for (from, to) in &pairs {
        if let (Ok(row), Ok(column)) = (classes.binary_search(from), classes.binary_search(to)) {
            counts[row][column] += 1;
        }
    }
    Turned { classes, counts }
}
