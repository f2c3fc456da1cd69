//! `DeepFool`: steps to the nearest boundary of a linearized model.

use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::goal::{Goal, best};
use crate::robustness::attacks::norm::{Norm, sign};
use crate::robustness::attacks::subject::{Shot, Slopes};
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NO_SLOPE, NOT_FOUND};

/// Least changes by L2, also by Linf.
pub(super) static KIND: AttackKind = AttackKind {
    id: "deepfool",
    title: "DeepFool",
    summary: "up to 50 steps to the nearest boundary of the linearized model, 2 % beyond it; the ten best classes",
    source: "Moosavi-Dezfooli, Fawzi, Frossard, \"DeepFool\", CVPR 2016",
    knows: Knowledge::Gradients,
    norms: &[Norm::L2, Norm::Linf],
    least: true,
    objects: false,
    run,
};

/// Steps if none are asked for.
const STEPS: usize = 50;
/// Part by which the boundary is overshot.
const OVERSHOOT: f32 = 0.02;
/// Classes that are looked at.
const CLASSES: usize = 10;
/// Smallest number that is divided by.
const FLOOR: f64 = 1e-8;
/// Added to the distance, so that the boundary is crossed.
const BEYOND: f64 = 1e-4;

/// Way to an image.
struct State {
    /// The classes by their score on the clean image, the first being the one to be left.
    classes: Vec<usize>,
    total: Vec<f32>,
    numbers: Vec<f32>,
    queries: usize,
    done: bool,
    note: &'static str,
}

fn run(attack: &Attack<'_>, shots: &[Shot]) -> Result<Vec<Found>, AttackError> {
    let mut slopes = Slopes::new(attack.subject)?;
    let all: Vec<&Shot> = shots.iter().collect();
    let starts: Vec<&[f32]> = shots.iter().map(|shot| shot.start.as_slice()).collect();
    slopes.forward(&all, &starts)?;
    let mut states: Vec<State> = shots
        .iter()
        .enumerate()
        .map(|(at, shot)| {
            let scores = slopes.outputs(at).into_iter().next().unwrap_or_default();
            let classes = classes(shot, &scores);
            let done = classes.len() < 2;
            let (total, numbers) = (vec![0.0; shot.start.len()], shot.start.clone());
            State { classes, total, numbers, queries: 1, done, note: NOT_FOUND }
        })
        .collect();
    for _ in 0..attack.settings.steps.unwrap_or(STEPS) {
        attack.progress.check()?;
        let open: Vec<usize> = (0..shots.len()).filter(|at| !states[*at].done).collect();
        if open.is_empty() {
            break;
        }
        let own: Vec<&Shot> = open.iter().map(|at| &shots[*at]).collect();
        let numbers: Vec<&[f32]> = open.iter().map(|at| states[*at].numbers.as_slice()).collect();
        slopes.forward(&own, &numbers)?;
        let scores: Vec<Vec<f32>> =
            (0..open.len()).map(|at| slopes.outputs(at).into_iter().next().unwrap_or_default()).collect();
        // Distance and direction to the nearest boundary so far.
        let mut nearest: Vec<Option<(f64, Vec<f32>)>> = vec![None; open.len()];
        let most = open.iter().map(|at| states[*at].classes.len()).max().unwrap_or(0);
        for other in 1..most {
            let seeds: Vec<Vec<Vec<f32>>> = open
                .iter()
                .zip(&scores)
                .map(|(at, scores)| {
                    let classes = &states[*at].classes;
                    let mut seed = vec![0.0; scores.len()];
                    if let (Some(other), Some(first)) = (classes.get(other), classes.first()) {
                        seed[*other] = 1.0;
                        seed[*first] = -1.0;
                    }
                    vec![seed]
                })
                .collect();
            let found = slopes.backward(&own, &seeds)?;
            for ((place, slope), (at, scores)) in nearest.iter_mut().zip(found).zip(open.iter().zip(&scores))
            {
                let classes = &states[*at].classes;
                let Some(other) = classes.get(other) else { continue };
                let gap = f64::from(scores[*other] - scores[classes[0]]).abs();
                let dual = if attack.settings.norm == Norm::Linf { Norm::L1 } else { Norm::L2 };
                let length = dual.size(slope.gradient.iter().copied());
                let distance = gap / (length + FLOOR);
                if length > 0.0 && place.as_ref().is_none_or(|(least, _)| distance < *least) {
                    *place = Some((distance, slope.gradient));
                }
            }
        }
        for ((at, nearest), scores) in open.iter().zip(nearest).zip(&scores) {
            let state = &mut states[*at];
            state.queries += 1;
            if reached(&shots[*at], scores) {
                (state.done, state.note) = (true, "");
                continue;
            }
            let Some((distance, gradient)) = nearest else {
                (state.done, state.note) = (true, NO_SLOPE);
                continue;
            };
            state.go(attack.settings.norm, &shots[*at], distance, &gradient);
        }
    }
    let found = states.into_iter().map(|state| Found {
        numbers: state.numbers,
        queries: state.queries,
        note: state.note,
    });
    Ok(found.collect())
}

impl State {
    fn go(&mut self, norm: Norm, shot: &Shot, distance: f64, gradient: &[f32]) {
        let length = Norm::L2.size(gradient.iter().copied());
        for (total, gradient) in self.total.iter_mut().zip(gradient) {
            let way = match norm {
                Norm::Linf => f64::from(sign(*gradient)),
                Norm::L2 | Norm::L1 => f64::from(*gradient) / (length + FLOOR),
            };
            *total += ((distance + BEYOND) * way) as f32;
        }
        for ((value, start), total) in self.numbers.iter_mut().zip(&shot.start).zip(&self.total) {
            *value = (start + (1.0 + OVERSHOOT) * total).clamp(0.0, 1.0);
        }
    }
}

fn reached(shot: &Shot, scores: &[f32]) -> bool {
    match &shot.goal {
        Goal::Class { truth, target } => {
            target.map_or(best(scores) != *truth, |target| best(scores) == target)
        }
        Goal::Objects(_) => false,
    }
}

/// The class to be left and those to be reached, the best first. None for objects.
fn classes(shot: &Shot, scores: &[f32]) -> Vec<usize> {
    let Goal::Class { truth, target } = &shot.goal else { return Vec::new() };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let others: Vec<usize> = match target {
        Some(target) => vec![*target],
        None => order.into_iter().filter(|class| class != truth).take(CLASSES - 1).collect(),
    };
    std::iter::once(*truth).chain(others).collect()
}
