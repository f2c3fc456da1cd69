//! Steps along the gradient within a ball, for many images at once: the common part of FGSM, BIM, PGD and MI-FGSM.

use crate::base::rng::Rng;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::subject::{Shot, Slopes};
use crate::robustness::attacks::{Attack, Found, NO_SLOPE, NOT_FINITE};

/// Way of a walk.
pub(super) struct Walk {
    /// Number of steps.
    pub(super) steps: usize,
    /// Length of a step in parts of the ball's size.
    pub(super) step: f64,
    /// True to start at a random place in the ball.
    pub(super) random: bool,
    /// Share of the earlier directions that a step keeps.
    pub(super) momentum: Option<f32>,
}

/// The places at the end of a walk.
pub(super) fn walk(attack: &Attack<'_>, shots: &[Shot], way: &Walk) -> Result<Vec<Found>, AttackError> {
    let mut slopes = Slopes::new(attack.subject)?;
    let mut found: Vec<Found> = shots.iter().map(|shot| Found::nothing(shot, 0, "")).collect();
    let restarts = if way.random { attack.settings.restarts.max(1) } else { 1 };
    attack.expect(restarts * way.steps);
    let mut open: Vec<usize> = (0..shots.len()).collect();
    for restart in 0..restarts {
        let own: Vec<&Shot> = open.iter().map(|at| &shots[*at]).collect();
        let ends = one(attack, &mut slopes, &own, way, restart as u64)?;
        for (at, end) in open.iter().zip(ends) {
            let queries = found[*at].queries + end.queries;
            found[*at] = Found { queries, ..end };
        }
        if restart + 1 < restarts {
            let asked: Vec<(&Shot, &[f32])> =
                open.iter().map(|at| (&shots[*at], found[*at].numbers.as_slice())).collect();
            let answers = attack.subject.answers(&asked)?;
            for at in &open {
                found[*at].queries += 1;
            }
            open = open
                .into_iter()
                .zip(answers)
                .filter(|(_, answer)| !answer.reached)
                .map(|(at, _)| at)
                .collect();
            if open.is_empty() {
                break;
            }
        }
    }
    Ok(found)
}

fn one(
    attack: &Attack<'_>,
    slopes: &mut Slopes<'_>,
    shots: &[&Shot],
    way: &Walk,
    restart: u64,
) -> Result<Vec<Found>, AttackError> {
    let (norm, eps) = (attack.settings.norm, attack.settings.eps);
    let begin = |shot: &&Shot| {
        let mut numbers = shot.start.clone();
        if way.random {
            let mut rng = Rng::split(shot.seed, restart);
            let change = norm.uniform(&mut rng, numbers.len(), eps);
            numbers
                .iter_mut()
                .zip(change)
                .for_each(|(value, change)| *value = (*value + change).clamp(0.0, 1.0));
        }
        Found { numbers, queries: 0, note: "" }
    };
    let mut found: Vec<Found> = shots.iter().map(begin).collect();
    let mut kept: Vec<Vec<f32>> = match way.momentum {
        Some(_) => shots.iter().map(|shot| vec![0.0; shot.start.len()]).collect(),
        None => Vec::new(),
    };
    for taken in 0..way.steps {
        attack.ran(restart as usize * way.steps + taken)?;
        let numbers: Vec<&[f32]> = found.iter().map(|found| found.numbers.as_slice()).collect();
        let steps = slopes.of(shots, &numbers)?;
        for (at, (slope, found)) in steps.into_iter().zip(&mut found).enumerate() {
            found.queries += 1;
            let mut direction = slope.gradient;
            if !slope.finite {
                found.note = NOT_FINITE;
            } else if direction.iter().all(|value| *value == 0.0) {
                found.note = NO_SLOPE;
            }
            if let (Some(share), Some(kept)) = (way.momentum, kept.get_mut(at)) {
                norm.steepest(&mut direction);
                kept.iter_mut().zip(&direction).for_each(|(kept, own)| *kept = *kept * share + own);
                direction.copy_from_slice(kept);
            }
            norm.steepest(&mut direction);
            step(norm, eps, way.step * eps, shots[at], &direction, &mut found.numbers);
        }
    }
    Ok(found)
}

/// One step: along the direction, back into the ball, back into 0 to 1.
fn step(norm: Norm, eps: f64, length: f64, shot: &Shot, direction: &[f32], numbers: &mut [f32]) {
    let length = length as f32;
    if norm == Norm::Linf {
        let eps = eps as f32;
        for ((value, start), way) in numbers.iter_mut().zip(&shot.start).zip(direction) {
            let moved = *value + length * way;
            *value = (start + (moved - start).clamp(-eps, eps)).clamp(0.0, 1.0);
        }
        return;
    }
    let pairs = numbers.iter().zip(&shot.start).zip(direction);
    let mut change: Vec<f32> = pairs.map(|((value, start), way)| value + length * way - start).collect();
    norm.project(&mut change, eps);
    for ((value, start), change) in numbers.iter_mut().zip(&shot.start).zip(&change) {
        *value = (start + change).clamp(0.0, 1.0);
    }
}
