//! Simple black-box attack: one number at a time, kept when the score falls.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::squares::below;
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NOT_FOUND};

/// Numbers in a random order.
pub(super) static KIND: AttackKind = AttackKind {
    id: "simba",
    title: "SimBA",
    summary: "numbers of the image in a random order, each by +-0.2 (l2) or +-eps (linf) within the ball, kept when the margin falls",
    source: "Guo et al., \"Simple Black-box Adversarial Attacks\", ICML 2019",
    knows: Knowledge::Scores,
    norms: &[Norm::L2, Norm::Linf],
    least: false,
    objects: true,
    run: |attack, shots| each(attack, shots, |asking| one(attack, asking)),
};

/// Change of a number.
const STEP: f64 = 0.2;

/// The numbers from 0 on in a random order (Fisher and Yates).
pub(super) fn shuffled(rng: &mut Rng, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, below(rng, at + 1));
    }
    order
}

fn one(attack: &Attack<'_>, asking: &mut Asking<'_>) -> Result<Found, AttackError> {
    let (norm, eps) = (attack.settings.norm, attack.settings.eps);
    let shot = asking.shot;
    let mut rng = Rng::split(shot.seed, 0);
    let length = if norm == Norm::Linf { eps } else { STEP.min(eps) } as f32;
    let mut numbers = shot.start.clone();
    let Some(first) = asking.ask(&numbers)? else { return Ok(Found::nothing(shot, 0, NOT_FOUND)) };
    let mut margin = first.margin;
    while asking.left() > 0 {
        let mut moved = false;
        for at in shuffled(&mut rng, numbers.len()) {
            for way in [-length, length] {
                let mut tried = numbers.clone();
                tried[at] = (tried[at] + way).clamp(0.0, 1.0);
                let size = norm.size(shot.change(&tried));
                if tried[at].to_bits() == numbers[at].to_bits() || size > eps + 1e-6 {
                    continue;
                }
                let Some(answer) = asking.ask(&tried)? else {
                    return Ok(Found { numbers, note: NOT_FOUND, ..Found::default() });
                };
                if answer.reached {
                    return Ok(Found { numbers: tried, ..Found::default() });
                }
                if answer.margin < margin {
                    (numbers, margin, moved) = (tried, answer.margin, true);
                    break;
                }
            }
        }
        if !moved {
            break;
        }
    }
    Ok(Found { numbers, note: NOT_FOUND, ..Found::default() })
}
