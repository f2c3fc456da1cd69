//! Slices in which a model is worse than elsewhere, found automatically: single ones and pairs.
//!
//! After Chung et al., "Slice Finder: Automated Data Slicing for Model Validation", ICDE 2019: a part counts when it is large
//! enough and worse than the whole beyond chance, and a pair only when it is worse than both of its halves.

use std::collections::BTreeMap;

use crate::base::stats::Rate;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::slices::{Cut, LEAST_SUPPORT, names};
use crate::metrics::detection_errors::Outcome;

/// Parts that are found at most.
const MOST: usize = 12;
/// Number of objects to search, spread over all.
const OBJECTS: usize = 200_000;
/// Least difference in recall between a pair of slices and each of its halves.
const WORSE: f64 = 0.02;

/// A part of the data in which less is recognized than elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Corner {
    /// The slice: one or two cuts with the value of each.
    pub of: Vec<(Cut, String)>,
    /// Recall in the slice.
    pub recall: Rate,
    /// Misses beyond the recall of the whole.
    pub excess: f64,
}

impl Corner {
    /// `tag night, class person`.
    pub fn name(&self) -> String {
        let part = |(cut, name): &(Cut, String)| format!("{} {name}", cut.id());
        self.of.iter().map(part).collect::<Vec<_>>().join(", ")
    }
}

/// Recognized objects, and all of them.
#[derive(Clone, Copy, Default)]
struct Count {
    hits: usize,
    of: usize,
}

impl Count {
    fn add(&mut self, right: bool) {
        self.hits += usize::from(right);
        self.of += 1;
    }

    fn share(self) -> f64 {
        self.hits as f64 / self.of.max(1) as f64
    }
}

/// The parts in which most is lost, the worst first.
pub fn corners(evaluation: &Evaluation) -> Vec<Corner> {
    // Several predictions may be about one object; one correct is enough.
    let mut objects: BTreeMap<(usize, usize), (usize, bool)> = BTreeMap::new();
    for (at, item) in evaluation.items.iter().enumerate() {
        let Some(object) = item.object_at else { continue };
        let entry = objects.entry((item.sample, object)).or_insert((at, false));
        entry.1 |= item.outcome == Outcome::Right;
    }
    let every = objects.len().div_ceil(OBJECTS).max(1);
    let mut known: BTreeMap<(Cut, String), u32> = BTreeMap::new();
    let (mut whole, mut single, mut pairs) =
        (Count::default(), BTreeMap::<u32, Count>::new(), BTreeMap::<(u32, u32), Count>::new());
    for (at, right) in objects.values().step_by(every) {
        whole.add(*right);
        let item = &evaluation.items[*at];
        let mut parts: Vec<(Cut, u32)> = Vec::new();
        for cut in Cut::ALL {
            for name in names(evaluation, item, cut) {
                let next = known.len() as u32;
                parts.push((cut, *known.entry((cut, name)).or_insert(next)));
            }
        }
        for (place, (cut, part)) in parts.iter().enumerate() {
            single.entry(*part).or_default().add(*right);
            for (other_cut, other) in &parts[place + 1..] {
                if other_cut != cut {
                    pairs.entry((*part, *other)).or_default().add(*right);
                }
            }
        }
    }
    let part = |id: u32| known.iter().find(|(_, known)| **known == id).map(|(part, _)| part.clone());
    let corner = |ids: &[u32], count: Count| {
        let recall = Rate::wilson(count.hits, count.of);
        let worse = count.of >= LEAST_SUPPORT && recall.high < whole.share();
        worse.then(|| Corner {
            of: ids.iter().filter_map(|id| part(*id)).collect(),
            recall,
            excess: whole.share() * count.of as f64 - count.hits as f64,
        })
    };
    let singles = single.iter().filter_map(|(id, count)| corner(&[*id], *count));
    let pairs = pairs.iter().filter(|((a, b), count)| {
        [a, b].iter().all(|half| count.share() + WORSE <= single.get(half).map_or(1.0, |half| half.share()))
    });
    let mut found: Vec<Corner> =
        singles.chain(pairs.filter_map(|((a, b), count)| corner(&[*a, *b], *count))).collect();
    found.sort_by(|a, b| b.excess.total_cmp(&a.excess).then_with(|| a.name().cmp(&b.name())));
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::name::Name;
    use crate::base::time::Time;
    use crate::data::prediction::{ClassScore, Prediction};
    use crate::evaluation::samples::{Fact, Sample};

    /// 400 frames; those of bikes at night, and only those, are mostly predicted as cars.
    fn evaluation() -> Evaluation {
        let sample = |at: usize| {
            let (night, bike) = (at.is_multiple_of(2), (at / 2).is_multiple_of(2));
            let truth = if bike { "bike" } else { "car" };
            let wrong = night && bike && !at.is_multiple_of(16);
            let class = if wrong { "car" } else { truth }.to_owned();
            Sample {
                clip: Name::from("drive"),
                channel: Name::from("camera"),
                frame: at,
                time: Time(at as i64),
                tags: if night { vec!["night".to_owned()] } else { Vec::new() },
                vehicle: [0.0; 2],
                fact: Fact::Class(truth.to_owned()),
                answer: Prediction::Classes { top: vec![ClassScore { class, score: 0.9 }] },
            }
        };
        Evaluation::new((0..400).map(sample).collect(), 0.0)
    }

    #[test]
    fn the_corner_in_which_a_model_is_worse_is_found() {
        let found = corners(&evaluation());
        assert_eq!(found[0].name(), "tag night, class bike", "{found:?}");
        assert_eq!((found[0].recall.hits, found[0].recall.of), (25, 100));
        assert!(found.iter().any(|corner| corner.name() == "tag night"));
        assert!(found.iter().all(|corner| !corner.name().contains("car")), "cars are no worse: {found:?}");
        assert!(corners(&Evaluation::default()).is_empty());
    }
}
