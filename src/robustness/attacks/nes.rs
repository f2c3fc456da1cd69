//! Estimated gradients: steps as of projected gradient descent where only scores are known.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::{Norm, normals};
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NOT_FOUND};

/// Directions from the normal distribution.
pub(super) static KIND: AttackKind = AttackKind {
    id: "nes",
    title: "Natural evolution strategies",
    summary: "gradients from 25 pairs of normal directions of 0.001 a step, then steps of eps/10 until the budget is used",
    source: "Ilyas et al., \"Black-box Adversarial Attacks with Limited Queries and Information\", ICML 2018",
    knows: Knowledge::Scores,
    norms: &[Norm::Linf, Norm::L2],
    least: false,
    objects: true,
    run: |attack, shots| each(attack, shots, |asking| one(attack, asking, normals)),
};

/// Directions of signs.
pub(super) static SPSA: AttackKind = AttackKind {
    id: "spsa",
    title: "Simultaneous perturbation",
    summary: "gradients from 25 pairs of random signs of 0.001 a step, then steps of eps/10 until the budget is used",
    source: "Spall, 1992; Uesato et al., \"Adversarial Risk and the Dangers of Evaluating Against Weak Attacks\", ICML 2018",
    knows: Knowledge::Scores,
    norms: &[Norm::Linf, Norm::L2],
    least: false,
    objects: true,
    run: |attack, shots| {
        each(attack, shots, |asking| {
            one(attack, asking, |rng, count| {
                (0..count).map(|_| if rng.unit() < 0.5 { -1.0 } else { 1.0 }).collect()
            })
        })
    },
};

/// Length of a direction.
const SIGMA: f32 = 0.001;
/// Pairs of a step.
const PAIRS: usize = 25;
/// Length of a step in parts of eps.
const STEP: f64 = 0.1;

fn one(
    attack: &Attack<'_>,
    asking: &mut Asking<'_>,
    draw: impl Fn(&mut Rng, usize) -> Vec<f32>,
) -> Result<Found, AttackError> {
    let (norm, eps) = (attack.settings.norm, attack.settings.eps);
    let shot = asking.shot;
    let mut rng = Rng::split(shot.seed, 0);
    let mut numbers = shot.start.clone();
    let length = (attack.settings.step.unwrap_or(STEP) * eps) as f32;
    while asking.left() > 2 {
        // A small budget has fewer pairs, and one question for the step itself.
        let pairs = PAIRS.min((asking.left() - 1) / 2);
        let ways: Vec<Vec<f32>> = (0..pairs).map(|_| draw(&mut rng, numbers.len())).collect();
        let moved = |way: &Vec<f32>, by: f32| -> Vec<f32> {
            numbers.iter().zip(way).map(|(value, way)| value + by * way).collect()
        };
        let asked: Vec<Vec<f32>> =
            ways.iter().flat_map(|way| [moved(way, SIGMA), moved(way, -SIGMA)]).collect();
        let answers = asking.ask_all(&asked)?;
        let mut gradient = vec![0.0_f32; numbers.len()];
        for (way, pair) in ways.iter().zip(answers.as_chunks::<2>().0) {
            // The margin has to fall.
            let slope = (pair[1].margin - pair[0].margin) as f32;
            gradient.iter_mut().zip(way).for_each(|(sum, way)| *sum += slope * way);
        }
        norm.steepest(&mut gradient);
        let mut change: Vec<f32> = numbers
            .iter()
            .zip(&shot.start)
            .zip(&gradient)
            .map(|((v, s), way)| v + length * way - s)
            .collect();
        norm.project(&mut change, eps);
        numbers =
            shot.start.iter().zip(&change).map(|(start, change)| (start + change).clamp(0.0, 1.0)).collect();
        if asking.reached(&numbers)? {
            return Ok(Found { numbers, ..Found::default() });
        }
    }
    Ok(Found { numbers, note: NOT_FOUND, ..Found::default() })
}
