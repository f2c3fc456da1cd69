//! The comparison of two set-ups: counts, numbers, what was lost in which part, and whether the second one is worse.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::stats::{Rate, holm};
use crate::evaluation::comparison::Tally;
use crate::evaluation::setups::numbers::{Difference, differences};
use crate::evaluation::setups::pairing::{Pair, Paired, Side};
use crate::evaluation::slices::{Cut, names};

/// Outcomes of one part of the ground truth.
#[derive(Clone, Debug, PartialEq)]
pub struct PartTally {
    /// Name of the part.
    pub name: String,
    /// Its counts.
    pub tally: Tally,
    /// P-value adjusted for the number of parts of its cut (Holm, 1979).
    pub p_adjusted: f64,
}

impl PartTally {
    /// Share of what the first set-up got right that the second one lost.
    pub fn lost(&self) -> Rate {
        lost(&self.tally)
    }
}

/// Share of what the first set-up got right that the second one lost, with its Wilson interval.
pub fn lost(tally: &Tally) -> Rate {
    Rate::wilson(tally.first, tally.first + tally.both)
}

/// A test that decides whether the second set-up is worse.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// The number that is tested.
    pub name: String,
    /// The test.
    pub test: &'static str,
    /// True if the second set-up is the worse one by this number.
    pub worse: bool,
    /// Two-sided p-value.
    pub p: f64,
    /// The same adjusted for the number of tests that decide (Holm, 1979).
    pub p_adjusted: f64,
}

/// Two set-ups compared.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Everything that both have in common.
    pub paired: Paired,
    /// Counts over all of it.
    pub all: Tally,
    /// Counts by cut and part of the ground truth; distances and sizes in ascending order.
    pub parts: BTreeMap<Cut, Vec<PartTally>>,
    /// Numbers of both.
    pub numbers: Vec<Difference>,
    /// The tests that decide.
    pub decisions: Vec<Decision>,
}

impl Compared {
    /// True if a test shows that the second set-up is worse at this level.
    pub fn is_worse(&self, alpha: f64) -> bool {
        self.decisions.iter().any(|one| one.worse && one.p_adjusted < alpha)
    }

    /// True if a test shows a difference at this level.
    pub fn differs(&self, alpha: f64) -> bool {
        self.decisions.iter().any(|one| one.p_adjusted < alpha)
    }

    /// Pairs that only one of both set-ups got right: the first if `lost`, else the second.
    pub fn only(&self, lost: bool) -> impl Iterator<Item = &Pair> {
        self.paired.pairs.iter().filter(move |pair| pair.right == [lost, !lost])
    }
}

/// Compares two set-ups that were paired.
pub fn compare(sides: [&Side; 2], paired: Paired) -> Compared {
    let evaluation = &sides[0].evaluation;
    let mut all = Tally::default();
    let mut parts: BTreeMap<Cut, BTreeMap<String, Tally>> = BTreeMap::new();
    for pair in &paired.pairs {
        let item = &evaluation.items[pair.items[0]];
        all.add(pair.right[0], pair.right[1]);
        for cut in Cut::ALL {
            for name in names(evaluation, item, cut) {
                parts.entry(cut).or_default().entry(name).or_default().add(pair.right[0], pair.right[1]);
            }
        }
    }
    let numbers = differences(sides, &paired);
    let decisions = decisions(&all, &numbers);
    let parts = parts.into_iter().map(|(cut, tallies)| (cut, adjusted(cut, tallies))).collect();
    Compared { paired, all, parts, numbers, decisions }
}

pub(super) fn adjusted(cut: Cut, tallies: BTreeMap<String, Tally>) -> Vec<PartTally> {
    let p_values: Vec<f64> = tallies.values().map(Tally::p_value).collect();
    let mut parts: Vec<PartTally> = tallies
        .into_iter()
        .zip(holm(&p_values))
        .map(|((name, tally), p_adjusted)| PartTally { name, tally, p_adjusted })
        .collect();
    // The names of sizes are not in their order.
    if cut == Cut::Size {
        let order = ["small", "medium", "large"];
        parts.sort_by_key(|part| order.iter().position(|name| *name == part.name));
    }
    parts
}

/// The tests that decide, their p-values adjusted for their number.
pub(super) fn decisions(all: &Tally, numbers: &[Difference]) -> Vec<Decision> {
    let outcome = (all.all() > 0).then(|| Decision {
        name: "outcomes".to_owned(),
        test: "McNemar",
        worse: all.second < all.first,
        p: all.p_value(),
        p_adjusted: 1.0,
    });
    let of_numbers = numbers.iter().filter(|number| number.decides).map(|number| Decision {
        name: number.name.clone(),
        test: "signed ranks",
        worse: number.is_worse(),
        p: number.p_signed_rank,
        p_adjusted: 1.0,
    });
    let mut all: Vec<Decision> = outcome.into_iter().chain(of_numbers).collect();
    let p_values: Vec<f64> = all.iter().map(|one| one.p).collect();
    for (one, adjusted) in all.iter_mut().zip(holm(&p_values)) {
        one.p_adjusted = adjusted;
    }
    all
}
