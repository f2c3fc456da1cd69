//! Numbers of both set-ups about the same things, with paired tests.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::data::geometry::objects::Detection;
use crate::data::prediction::Prediction;
use crate::evaluation::samples::{Evaluation, Fact, Item};
use crate::evaluation::setups::pairing::{Paired, Side};
use crate::metrics::detection_errors::Outcome;
use crate::metrics::paired::{mean_interval, sign_test, signed_rank};

/// Resamples of the interval of a mean difference.
const DRAWS: usize = 1000;
/// Seed of the resamples.
const SEED: u64 = 1;

/// A number of both set-ups over the same things.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Its name.
    pub name: String,
    /// Definition in a sentence.
    pub meaning: &'static str,
    /// Unit; "" where it has none.
    pub unit: &'static str,
    /// True if less is better.
    pub less_is_better: bool,
    /// True if the number says how good a set-up is by itself, and not only how sure or exact its right predictions are.
    pub decides: bool,
    /// Number of things that were compared.
    pub count: usize,
    /// Mean of each set-up.
    pub means: [f64; 2],
    /// Mean of second minus first.
    pub difference: f64,
    /// Ends of its 95 % interval, by drawing frames; `None` with one frame.
    pub interval: Option<[f64; 2]>,
    /// Two-sided p-value of the signed-rank test of Wilcoxon; 1 where nothing differs.
    pub p_signed_rank: f64,
    /// Two-sided p-value of the sign test.
    pub p_sign: f64,
}

impl Difference {
    /// True if the second set-up is the worse one, by the mean.
    pub fn is_worse(&self) -> bool {
        if self.less_is_better { self.difference > 0.0 } else { self.difference < 0.0 }
    }
}

/// Values of one number: the frame, and what each set-up has.
#[derive(Default)]
pub(in crate::evaluation) struct Values(Vec<(usize, [f64; 2])>);

impl Values {
    pub(in crate::evaluation) fn add(&mut self, frame: usize, both: [Option<f64>; 2]) {
        if let [Some(a), Some(b)] = both.map(|value| value.filter(|value| value.is_finite())) {
            self.0.push((frame, [a, b]));
        }
    }

    pub(in crate::evaluation) fn difference(&self, kind: &Number, name: String) -> Option<Difference> {
        let count = self.0.len();
        if count == 0 {
            return None;
        }
        let mean = |side: usize| self.0.iter().map(|(_, both)| both[side]).sum::<f64>() / count as f64;
        let differences: Vec<(usize, f64)> = self.0.iter().map(|(frame, [a, b])| (*frame, b - a)).collect();
        let plain: Vec<f64> = differences.iter().map(|(_, difference)| *difference).collect();
        Some(Difference {
            name,
            meaning: kind.meaning,
            unit: kind.unit,
            less_is_better: kind.less_is_better,
            decides: kind.decides,
            count,
            means: [mean(0), mean(1)],
            difference: plain.iter().sum::<f64>() / count as f64,
            interval: mean_interval(&differences, DRAWS, SEED),
            p_signed_rank: signed_rank(&plain).map_or(1.0, |test| test.p_value),
            p_sign: sign_test(&plain),
        })
    }
}

/// A number of things that both set-ups have.
pub(in crate::evaluation) struct Number {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) unit: &'static str,
    pub(super) less_is_better: bool,
    pub(super) decides: bool,
}

const IOU: Number = Number {
    name: "overlap",
    meaning: "IoU of objects that both found",
    unit: "",
    less_is_better: false,
    decides: false,
};
const SCORE: Number = Number {
    name: "confidence",
    meaning: "confidence of objects that both found",
    unit: "",
    less_is_better: false,
    decides: false,
};
const CENTER: Number = Number {
    name: "center distance",
    meaning: "distance of the predicted center on the ground from the true one, of cuboids that both found",
    unit: "m",
    less_is_better: true,
    decides: false,
};
const FALSE_POSITIVES: Number = Number {
    name: "false positives",
    meaning: "predictions that are not correct, in each frame",
    unit: "per frame",
    less_is_better: true,
    decides: true,
};
const TRUE_CLASS: Number = Number {
    name: "confidence of the true class",
    meaning: "confidence of the true class, in each frame",
    unit: "",
    less_is_better: false,
    decides: false,
};
pub(in crate::evaluation) const ERROR: Number = Number {
    name: "absolute error",
    meaning: "distance of the predicted value from the true one, in each frame",
    unit: "",
    less_is_better: true,
    decides: true,
};

/// The numbers of two evaluations.
pub fn differences(sides: [&Side; 2], paired: &Paired) -> Vec<Difference> {
    let evaluations = sides.map(|side| &side.evaluation);
    let mut found: Vec<Option<Difference>> = Vec::new();
    found.extend(of_objects(evaluations, paired));
    if samples_of(evaluations, paired)
        .all(|both| both.iter().all(|(fact, _)| matches!(fact, Fact::Objects(_))))
    {
        found.push(
            false_positives(evaluations, paired)
                .difference(&FALSE_POSITIVES, FALSE_POSITIVES.name.to_owned()),
        );
    }
    let mut classes = Values::default();
    let mut errors: BTreeMap<String, Values> = BTreeMap::new();
    for (frame, both) in samples_of(evaluations, paired).enumerate() {
        if let [(Fact::Class(first), _), (Fact::Class(second), _)] = both
            && first == second
        {
            classes.add(frame, both.map(|(_, answer)| confidence(answer, first)));
        }
        if let [(Fact::Values(first), _), (Fact::Values(second), _)] = both {
            // What is the only number of both is the same number, whatever each of them calls it.
            let only = first.len() == 1 && second.len() == 1;
            for (name, truth) in first {
                let theirs = second.iter().find(|(known, _)| only || known == name);
                let error = |answer: &Prediction, (name, truth): (&String, f64)| {
                    Some((answer.quantity(name)? - truth).abs())
                };
                let second = theirs.and_then(|(name, truth)| error(both[1].1, (name, *truth)));
                errors
                    .entry(name.clone())
                    .or_default()
                    .add(frame, [error(both[0].1, (name, *truth)), second]);
            }
        }
    }
    found.push(classes.difference(&TRUE_CLASS, TRUE_CLASS.name.to_owned()));
    let named =
        |(name, values): (String, Values)| values.difference(&ERROR, format!("{} of {name}", ERROR.name));
    found.extend(errors.into_iter().map(named));
    found.into_iter().flatten().collect()
}

/// Facts and predictions of the paired samples.
fn samples_of<'a>(
    evaluations: [&'a Evaluation; 2],
    paired: &'a Paired,
) -> impl Iterator<Item = [(&'a Fact, &'a Prediction); 2]> {
    paired.samples.iter().map(move |samples| {
        [0, 1].map(|side: usize| {
            let sample = &evaluations[side].samples[samples[side]];
            (&sample.fact, &sample.answer)
        })
    })
}

fn confidence(answer: &Prediction, class: &str) -> Option<f64> {
    let Prediction::Classes { top } = answer else { return None };
    // A class that is not among those that are kept has next to none.
    Some(top.iter().find(|one| one.class == class).map_or(0.0, |one| f64::from(one.score)))
}

/// Numbers of objects that both set-ups found.
fn of_objects(evaluations: [&Evaluation; 2], paired: &Paired) -> [Option<Difference>; 3] {
    let mut all = [Values::default(), Values::default(), Values::default()];
    for pair in paired.pairs.iter().filter(|pair| pair.right == [true, true]) {
        let items = [0, 1].map(|side: usize| &evaluations[side].items[pair.items[side]]);
        // Of the class of a whole frame there is nothing to overlap.
        if items.iter().any(|item| item.object.is_none()) {
            continue;
        }
        let frame = items[0].sample;
        all[0].add(frame, items.map(|item| Some(f64::from(item.iou))));
        all[1].add(frame, items.map(|item| Some(f64::from(item.score))));
        all[2].add(frame, items.map(apart));
    }
    let [overlap, score, center] = all;
    let of = |values: &Values, kind: &Number| values.difference(kind, kind.name.to_owned());
    [of(&overlap, &IOU), of(&score, &SCORE), of(&center, &CENTER)]
}

/// Distance of the centers of both cuboids on the ground in meters.
fn apart(item: &Item) -> Option<f64> {
    let solid = |place: &Option<Detection>| place.as_ref().and_then(|place| place.solid);
    let (found, object) = (solid(&item.found)?, solid(&item.object)?);
    let [x, y] = [0, 1].map(|axis: usize| f64::from(found.center[axis] - object.center[axis]));
    Some(libm::hypot(x, y))
}

/// Predictions that are not correct in each paired frame.
fn false_positives(evaluations: [&Evaluation; 2], paired: &Paired) -> Values {
    let counts = evaluations.map(|evaluation| {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for item in &evaluation.items {
            if !matches!(item.outcome, Outcome::Right | Outcome::Missed) {
                *counts.entry(item.sample).or_default() += 1;
            }
        }
        counts
    });
    let mut values = Values::default();
    for (frame, samples) in paired.samples.iter().enumerate() {
        let of = |side: usize| Some(counts[side].get(&samples[side]).copied().unwrap_or(0) as f64);
        values.add(frame, [of(0), of(1)]);
    }
    values
}
