//! Comparison of two models on the same labels: items that only one of them got right.

use std::collections::BTreeMap;

use crate::base::name::Name;
use crate::evaluation::samples::{Evaluation, Item};
use crate::evaluation::setups::numbers::{Difference, ERROR, Values};
use crate::evaluation::slices::{Cut, names};
use crate::metrics::classification::mcnemar;
use crate::metrics::detection_errors::Outcome;

/// Number of objects or samples that both, one or none of two models got right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Both did.
    pub both: usize,
    /// Only the first one.
    pub first: usize,
    /// Only the second one.
    pub second: usize,
    /// None of them.
    pub neither: usize,
}

impl Tally {
    pub(super) fn add(&mut self, first: bool, second: bool) {
        match (first, second) {
            (true, true) => self.both += 1,
            (true, false) => self.first += 1,
            (false, true) => self.second += 1,
            (false, false) => self.neither += 1,
        }
    }

    /// Number of all of them.
    pub fn all(&self) -> usize {
        self.both + self.first + self.second + self.neither
    }

    /// Probability of a difference at least this large by chance, by the exact test of `McNemar`.
    pub fn p_value(&self) -> f64 {
        mcnemar(self.first, self.second)
    }
}

/// Selection by which model is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first model is right and the second one is not.
    First,
    /// The second model is right and the first one is not.
    Second,
    /// None of them is right.
    Neither,
}

/// The result over everything that both were evaluated on.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Over all.
    pub all: Tally,
    /// By cut and part, the parts in which they differ most first.
    pub parts: BTreeMap<Cut, Vec<(String, Tally)>>,
    /// Items of the first model on the ground truth, true for each model that got it right.
    pub items: Vec<(usize, bool, bool)>,
    /// Errors of numbers that both predict, with paired tests.
    pub numbers: Vec<Difference>,
    /// Samples of the first model on which they differ, with the classes that only each got right.
    pub samples: Vec<(usize, usize, usize)>,
}

/// Identity of an object or sample, the same for both models.
type Key<'a> = (&'a Name, &'a Name, usize, [u32; 4], &'a str);

fn key<'a>(evaluation: &'a Evaluation, item: &'a Item) -> Option<Key<'a>> {
    item.object_at?;
    let sample = evaluation.samples.get(item.sample)?;
    let place = item.object.as_ref().map_or([0.0; 4], |object| {
        let b = &object.bbox;
        [b.x0, b.y0, b.x1, b.y1]
    });
    // A frame may have several numbers.
    let name = if item.number.is_some() { item.truth.as_str() } else { "" };
    Some((&sample.clip, &sample.channel, sample.frame, place.map(f32::to_bits), name))
}

/// Ground truth with the item that tells best if it was predicted correctly.
fn recognized(evaluation: &Evaluation) -> BTreeMap<Key<'_>, (usize, bool)> {
    let mut found: BTreeMap<Key<'_>, (usize, bool)> = BTreeMap::new();
    for (at, item) in evaluation.items.iter().enumerate() {
        let Some(key) = key(evaluation, item) else { continue };
        let right = item.outcome == Outcome::Right;
        let entry = found.entry(key).or_insert((at, right));
        // Several predictions may be about one object; one correct is enough.
        if right && !entry.1 {
            *entry = (at, true);
        }
    }
    found
}

/// Compare two models on everything that both were evaluated on.
pub fn compare(first: &Evaluation, second: &Evaluation) -> Comparison {
    let (own, other) = (recognized(first), recognized(second));
    let mut comparison = Comparison::default();
    let mut parts: BTreeMap<Cut, BTreeMap<String, Tally>> = BTreeMap::new();
    let mut samples: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut errors: BTreeMap<&str, Values> = BTreeMap::new();
    for (key, (at, right)) in &own {
        let Some((their_at, theirs)) = other.get(key) else { continue };
        let item = &first.items[*at];
        if let (Some(own), Some(their)) = (item.number, second.items[*their_at].number) {
            let both = [own, their].map(|number| Some(number.error().abs()));
            errors.entry(&item.truth).or_default().add(item.sample, both);
        }
        comparison.all.add(*right, *theirs);
        comparison.items.push((*at, *right, *theirs));
        for cut in Cut::ALL {
            for name in names(first, item, cut) {
                parts.entry(cut).or_default().entry(name).or_default().add(*right, *theirs);
            }
        }
        if right != theirs {
            let entry = samples.entry(item.sample).or_default();
            if *right { entry.0 += 1 } else { entry.1 += 1 }
        }
    }
    let named = |(name, values): (&str, Values)| values.difference(&ERROR, name.to_owned());
    comparison.numbers = errors.into_iter().filter_map(named).collect();
    comparison.items.sort_unstable();
    comparison.samples = samples.into_iter().map(|(sample, (a, b))| (sample, a, b)).collect();
    for (cut, tallies) in parts {
        let mut tallies: Vec<(String, Tally)> = tallies.into_iter().collect();
        tallies.sort_by(|a, b| a.1.p_value().total_cmp(&b.1.p_value()).then_with(|| a.0.cmp(&b.0)));
        comparison.parts.insert(cut, tallies);
    }
    comparison
}

impl Comparison {
    /// The items that are shown for a part of the comparison.
    pub fn of(&self, which: Which) -> Vec<usize> {
        let wanted = |first: bool, second: bool| match which {
            Which::First => first && !second,
            Which::Second => second && !first,
            Which::Neither => !first && !second,
        };
        self.items.iter().filter(|(_, a, b)| wanted(*a, *b)).map(|(at, ..)| *at).collect()
    }
}
