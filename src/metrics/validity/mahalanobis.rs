//! Mahalanobis distance to the predicted class.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::params::{ParamSpec, Params};
use crate::base::text::counted;
use crate::metrics::numerics::linear::{covariance, dot, eigen, mean};
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::validity::deeproad::ordered;
use crate::metrics::validity::{Fitted, Rule, Scorer, ValidityKind};

const TIED: ParamSpec =
    ParamSpec::setting("tied", "One covariance for all classes", ParamSpec::SWITCH, [0.0, 1.0], 0.0);

/// Inputs of a class from which a covariance can be estimated.
const LEAST: usize = 3;
/// Smallest rest of a covariance without one of its inputs, as a part of the whole.
const LEFT: f64 = 1e-6;
/// Longest vectors.
const LONGEST: usize = 1024;

/// Distance to the mean of the predicted class, in units of its spread.
pub static KIND: ValidityKind = ValidityKind {
    id: "mahalanobis",
    title: "Mahalanobis distance",
    meaning: "distance of the layer's values to the mean of the reference inputs with the same predicted class, by the \
              pseudo-inverse of their covariance; directions without variance do not count",
    source: "Lee et al., A Simple Unified Framework for Detecting Out-of-Distribution Samples, NeurIPS 2018",
    params: &[TIED],
    inside: true,
    rule: Rule::Gamma,
    fit,
};

/// A class: its mean, and the axes of its spread, scaled by one over the deviation along each.
struct Class {
    mean: Vec<f64>,
    axes: Vec<Vec<f64>>,
}

struct Classes(BTreeMap<usize, Class>);

fn fit(reference: &Observed, params: &Params, threads: usize) -> Result<Fitted, ReferenceError> {
    let length = reference.features.length();
    if length > LONGEST {
        let reason = format!(
            "the layer has {length} neurons, at most {LONGEST} are used, choose another with --layer"
        );
        return Err(ReferenceError::NoClass { reasons: vec![reason] });
    }
    let by_class = reference.by_class();
    let usable: Vec<(usize, Vec<usize>)> =
        by_class.iter().filter(|(_, at)| at.len() >= LEAST).map(|(class, at)| (*class, at.clone())).collect();
    let mut problems: Vec<String> = by_class
        .iter()
        .filter(|(_, at)| at.len() < LEAST)
        .map(|(class, at)| format!("class {class} has only {}", counted(at.len(), "reference input")))
        .collect();
    if usable.is_empty() {
        return Err(ReferenceError::NoClass { reasons: problems });
    }
    let rows = |places: &[usize]| -> Vec<Vec<f64>> {
        places.iter().map(|at| reference.features.at(*at).iter().map(|v| f64::from(*v)).collect()).collect()
    };
    let means: Vec<Vec<f64>> = usable.iter().map(|(_, places)| mean(&reference.features, places)).collect();
    let is_tied = params.value(&TIED) >= 0.5;
    let numbers: Vec<usize> = (0..usable.len()).collect();
    let own_axes =
        |at: usize| axes(&covariance(&rows(&usable[at].1), &means[at]), length, usable[at].1.len());
    let spreads: Vec<Vec<Vec<f64>>> = if is_tied {
        let mut sum = vec![0.0; length * length];
        let mut freedom = 0.0;
        for ((_, places), mean) in usable.iter().zip(&means) {
            let weight = places.len() as f64 - 1.0;
            let own = covariance(&rows(places), mean);
            sum.iter_mut().zip(own).for_each(|(sum, value)| *sum += weight * value);
            freedom += weight;
        }
        for value in &mut sum {
            *value /= freedom;
        }
        vec![axes(&sum, length, reference.count()); usable.len()]
    } else {
        ordered(&numbers, threads, own_axes)
    };
    if spreads.iter().all(Vec::is_empty) {
        return Err(ReferenceError::Constant);
    }
    let mut classes = BTreeMap::new();
    for (((class, places), mean), axes) in usable.into_iter().zip(means).zip(spreads) {
        if axes.len() < length {
            problems.push(format!(
                "class {class}: the covariance over {} has rank {} of {length}",
                counted(places.len(), "input"),
                axes.len()
            ));
        }
        classes.insert(class, Class { mean, axes });
    }
    let mut scorer = Classes(classes);
    let own = left_out(&mut scorer, reference, is_tied, threads, &mut problems);
    if scorer.0.is_empty() {
        return Err(ReferenceError::NoClass { reasons: problems });
    }
    let about = format!(
        "{} over {length} neurons, the pseudo-inverse leaves out directions below rounding",
        if is_tied { "one covariance for all classes" } else { "a covariance for each predicted class" }
    );
    Ok(Fitted { own, about: vec![about], problems, scorer: Box::new(scorer) })
}

/// Distance of each reference input to its class with that input left out of mean and covariance, so that a threshold on them is
/// one for new inputs.
///
/// By the update of an inverse of rank one: with `d` the squared distance with the input left in, `n` inputs of its class and
/// `f` degrees of freedom, it is n/(n-1) sqrt((f-1)/f d / (1 - n/(n-1) d/f)). Where nothing is left to divide by, an input alone
/// spans a direction; such a class cannot tell new inputs from its own, and is taken out.
fn left_out(
    scorer: &mut Classes,
    reference: &Observed,
    is_tied: bool,
    threads: usize,
    problems: &mut Vec<String>,
) -> Vec<f64> {
    let by_class = reference.by_class();
    let count = |class: usize| by_class.get(&class).map_or(0, Vec::len) as f64;
    let pooled: f64 = scorer.0.keys().map(|class| count(*class) - 1.0).sum();
    let inside = scorer.scores(reference, threads);
    let mut own = Vec::new();
    let mut narrow = BTreeSet::new();
    for (class, score) in reference.classes.iter().zip(inside) {
        let Some(distance) = score else { continue };
        let n = count(*class);
        let freedom = if is_tied { pooled } else { n - 1.0 };
        let (squared, part) = (distance * distance, n / (n - 1.0));
        let rest = 1.0 - part * squared / freedom;
        if rest < LEFT {
            narrow.insert(*class);
            continue;
        }
        own.push((*class, part * ((freedom - 1.0) / freedom * squared / rest).sqrt()));
    }
    for class in &narrow {
        problems.push(format!(
            "class {class}: {} are too few for a covariance of their own, use tied=1 or more of them",
            counted(count(*class) as usize, "reference input")
        ));
        scorer.0.remove(class);
    }
    own.into_iter().filter(|(class, _)| !narrow.contains(class)).map(|(_, score)| score).collect()
}

/// Axes of a covariance of `count` rows, scaled by one over the deviation; those without variance are left out.
fn axes(matrix: &[f64], size: usize, count: usize) -> Vec<Vec<f64>> {
    let (values, vectors) = eigen(matrix, size);
    let least = values.first().copied().unwrap_or_default() * size.max(count) as f64 * f64::EPSILON;
    let kept = values.iter().zip(vectors).filter(|(value, _)| **value > least);
    kept.map(|(value, axis)| axis.iter().map(|part| part / value.sqrt()).collect()).collect()
}

impl Scorer for Classes {
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>> {
        let all: Vec<usize> = (0..asked.count()).collect();
        ordered(&all, threads, |at| {
            let class = self.0.get(asked.classes.get(at)?)?;
            let values = asked.features.at(at).iter().zip(&class.mean);
            let away: Vec<f64> = values.map(|(value, mean)| f64::from(*value) - mean).collect();
            Some(class.axes.iter().map(|axis| dot(axis, &away).powi(2)).sum::<f64>().sqrt())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use crate::metrics::neighbors::Vectors;

    const LENGTH: usize = 3;

    fn observed(rows: &[Vec<f32>], classes: &[usize]) -> Observed {
        Observed {
            features: Vectors::new(LENGTH, &rows.concat()),
            content: Vectors::new(1, &vec![0.0; rows.len()]),
            classes: classes.to_vec(),
            logits: Vec::new(),
            probabilities: Vec::new(),
        }
    }

    /// The closed form is what fitting again without the input gives.
    #[test]
    fn own_distances_are_those_without_the_input() {
        let mut rng = Rng::new(4);
        let rows: Vec<Vec<f32>> =
            (0..24).map(|_| (0..LENGTH).map(|at| rng.unit() as f32 * (at + 1) as f32).collect()).collect();
        let classes: Vec<usize> = (0..24).map(|at| at % 2).collect();
        for tied in [0.0, 1.0] {
            let params = Params([("tied".to_owned(), tied)].into());
            let all = fit(&observed(&rows, &classes), &params, 1).unwrap();
            assert_eq!(all.own.len(), 24);
            for left in 0..24 {
                let keep = |at: &usize| *at != left;
                let some: Vec<Vec<f32>> = (0..24).filter(keep).map(|at| rows[at].clone()).collect();
                let of: Vec<usize> = (0..24).filter(keep).map(|at| classes[at]).collect();
                let fitted = fit(&observed(&some, &of), &params, 1).unwrap();
                let alone = observed(&rows[left..=left], &classes[left..=left]);
                let score = fitted.scorer.scores(&alone, 1)[0].unwrap();
                assert!((score - all.own[left]).abs() < 1e-6, "{tied} {left}: {score} {}", all.own[left]);
            }
        }
    }

    /// With no more inputs than neurons every own distance would be (n-1)/sqrt(n), whatever the input.
    #[test]
    fn a_class_of_few_inputs_has_no_covariance_of_its_own() {
        let rows: Vec<Vec<f32>> = [[0.0, 0.0, 1.0], [1.0, 0.5, 0.0], [0.2, 2.0, 0.3]].map(Vec::from).to_vec();
        let found = fit(&observed(&rows, &[0; 3]), &Params::default(), 1);
        let said = found.err().map(|err| err.to_string()).unwrap_or_default();
        assert!(said.contains("use tied=1"), "{said}");
    }
}
