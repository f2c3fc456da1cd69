//! Distances between the outputs of two ways to run a model.
//!
//! Pham et al., "CRADLE: Cross-Backend Validation to Detect and Localize Bugs in Deep Learning Libraries", ICSE 2019.

use std::collections::BTreeMap;

/// Ranks beyond this do not count for [`class_distance`].
const RANKS: usize = 5;
/// Protection against division by zero, equal to the reference implementation.
const TINY: f64 = 1e-7;

/// Differences of two lists of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Apart {
    /// Largest difference.
    pub most: f64,
    /// Largest difference relative to the larger of both numbers.
    pub most_relative: f64,
    /// Mean difference.
    pub mean: f64,
}

/// Compares number by number; lists of different lengths are infinitely far apart, and so is a number from none.
pub fn apart(a: &[f32], b: &[f32]) -> Apart {
    if a.len() != b.len() {
        return Apart { most: f64::INFINITY, most_relative: f64::INFINITY, mean: f64::INFINITY };
    }
    let mut found = Apart::default();
    for (a, b) in a.iter().zip(b) {
        if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) {
            continue;
        }
        let (a, b) = (f64::from(*a), f64::from(*b));
        let by = if a.is_nan() || b.is_nan() { f64::INFINITY } else { (a - b).abs() };
        found.most = found.most.max(by);
        found.most_relative = found.most_relative.max(by / a.abs().max(b.abs()).max(1e-30));
    }
    let sum: f64 =
        a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).filter(|by| by.is_finite()).sum();
    found.mean = if found.most.is_infinite() { f64::INFINITY } else { sum / a.len().max(1) as f64 };
    found
}

/// `D_CLASS`: difference in the ranks of the true class, 0 to 16; rank r (from 1) is worth 2^(5 - r), beyond the
/// fifth nothing.
pub fn class_distance(a: &[f32], b: &[f32], truth: usize) -> f64 {
    let worth = |scores: &[f32]| {
        let own = scores.get(truth).copied().unwrap_or(f32::NEG_INFINITY);
        let rank = 1 + scores.iter().filter(|score| **score > own).count();
        if rank <= RANKS { libm::exp2((RANKS - rank) as f64) } else { 0.0 }
    };
    (worth(a) - worth(b)).abs()
}

/// `D_MAD`: distance of two predictions relative to their distances from the truth, 0 to 1; 0 if both are the truth.
pub fn mad_distance(a: &[f32], b: &[f32], truth: &[f32]) -> f64 {
    let from_truth = |answer: &[f32]| apart(answer, truth).mean;
    let (a, b) = (from_truth(a), from_truth(b));
    if a + b > 0.0 { (a - b).abs() / (a + b) } else { 0.0 }
}

/// Index of the largest number; the first of several.
pub fn largest(scores: &[f32]) -> Option<usize> {
    let best = |best: Option<usize>, (at, score): (usize, &f32)| match best {
        Some(known) if scores[known] >= *score => Some(known),
        _ => Some(at),
    };
    scores.iter().enumerate().fold(None, best)
}

/// Rate of change of the mean difference in each step.
///
/// `steps` are in topological order with the positions of the steps before each. Steps that cannot be compared are left out.
pub fn rates(steps: &[(Option<f64>, Vec<usize>)]) -> Vec<Option<f64>> {
    let rate = |(own, before): &(Option<f64>, Vec<usize>)| {
        let most = before.iter().filter_map(|at| steps.get(*at)?.0).fold(0.0, f64::max);
        own.map(|own| (own - most) / (most + TINY))
    };
    steps.iter().map(rate).collect()
}

/// The first step whose rate is in the upper quarter of those that grow: the suspect. `None` without a difference.
pub fn suspect(rates: &[Option<f64>]) -> Option<usize> {
    let mut grow: Vec<f64> = rates.iter().flatten().copied().filter(|rate| *rate > 0.0).collect();
    grow.sort_by(f64::total_cmp);
    let limit = *grow.get((grow.len() * 3 / 4).min(grow.len().checked_sub(1)?))?;
    rates.iter().position(|rate| rate.is_some_and(|rate| rate >= limit))
}

/// The steps before each step, from the names of their inputs and outputs.
pub fn before<'a>(steps: impl Iterator<Item = (&'a [String], &'a [String])>) -> Vec<Vec<usize>> {
    let mut maker: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (at, (inputs, outputs)) in steps.enumerate() {
        all.push(inputs.iter().filter_map(|name| maker.get(name.as_str()).copied()).collect());
        for name in outputs {
            maker.insert(name, at);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_paper() {
        assert_eq!(apart(&[1.0, 2.0], &[1.0, 2.0]), Apart::default());
        let found = apart(&[1.0, -4.0], &[1.5, -4.0]);
        assert!((found.most - 0.5).abs() < 1e-12 && (found.mean - 0.25).abs() < 1e-12);
        assert!((found.most_relative - 1.0 / 3.0).abs() < 1e-12);
        assert!(apart(&[1.0], &[1.0, 2.0]).most.is_infinite());
        assert!(apart(&[f32::NAN], &[1.0]).most.is_infinite() && apart(&[f32::NAN], &[f32::NAN]).most == 0.0);
        let (first, last) = ([0.9, 0.1, 0.0, 0.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        let is = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
        // Rank 1 is worth 16, rank 6 nothing.
        is(class_distance(&first, &last, 0), 16.0);
        is(class_distance(&first, &first, 3), 0.0);
        is(mad_distance(&[1.0], &[3.0], &[0.0]), 0.5);
        is(mad_distance(&[1.0], &[1.0], &[1.0]), 0.0);
    }

    #[test]
    fn the_first_step_that_adds_to_the_difference_is_suspected() {
        let steps = vec![
            (Some(0.0), vec![]),
            (Some(0.0), vec![0]),
            (Some(0.3), vec![1]),
            (Some(0.31), vec![2]),
            (None, vec![3]),
            (Some(0.2), vec![3]),
        ];
        assert_eq!(suspect(&rates(&steps)), Some(2));
        assert_eq!(suspect(&rates(&[(Some(0.0), vec![]), (Some(0.0), vec![0])])), None);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let graph = [
            (names(&["x", "w"]), names(&["a"])),
            (names(&["a"]), names(&["b"])),
            (names(&["a", "b"]), names(&["y"])),
        ];
        let found = before(graph.iter().map(|(inputs, outputs)| (inputs.as_slice(), outputs.as_slice())));
        assert_eq!(found, [vec![], vec![0], vec![0, 1]]);
    }
}
