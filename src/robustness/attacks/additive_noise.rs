//! Random noise of a given size, repeated.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::each;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::{Norm, normals};
use crate::robustness::attacks::subject::Shot;
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NOT_FOUND};

/// Uniform noise.
pub(super) static UNIFORM: AttackKind = AttackKind {
    id: "uniform_noise",
    title: "Additive uniform noise",
    summary: "uniform noise of size eps, up to 100 times",
    source: "Foolbox (Rauber et al., JOSS 2020)",
    knows: Knowledge::Label,
    norms: &[Norm::Linf, Norm::L2],
    least: false,
    objects: true,
    run: |attack, shots| repeated(attack, shots, |rng, norm, count, eps| one(norm, rng, count, eps)),
};

/// Normal noise.
pub(super) static GAUSSIAN: AttackKind = AttackKind {
    id: "gaussian_noise",
    title: "Additive Gaussian noise",
    summary: "normal noise of size eps, up to 100 times",
    source: "Foolbox (Rauber et al., JOSS 2020)",
    knows: Knowledge::Label,
    norms: &[Norm::L2, Norm::Linf],
    least: false,
    objects: true,
    run: |attack, shots| {
        repeated(attack, shots, |rng, norm, count, eps| {
            let mut noise = normals(rng, count);
            norm.rescale(&mut noise, eps);
            noise
        })
    },
};

/// Times that noise is drawn.
const TIMES: usize = 100;
/// Stream of the noise that attacks are compared with.
const BASELINE: u64 = u64::MAX;

/// Uniform noise for Linf, else noise of that norm: a random direction.
fn one(norm: Norm, rng: &mut Rng, count: usize, eps: f64) -> Vec<f32> {
    let mut noise: Vec<f32> = (0..count).map(|_| (2.0 * rng.unit() - 1.0) as f32).collect();
    match norm {
        Norm::Linf => noise.iter_mut().for_each(|value| *value *= eps as f32),
        Norm::L2 | Norm::L1 => norm.rescale(&mut noise, eps),
    }
    noise
}

fn added(shot: &Shot, noise: &[f32]) -> Vec<f32> {
    shot.start.iter().zip(noise).map(|(value, noise)| (value + noise).clamp(0.0, 1.0)).collect()
}

/// The image with noise of the same size, once: what every attack is compared with.
pub(super) fn baseline(shot: &Shot, norm: Norm, eps: f64) -> Vec<f32> {
    let mut rng = Rng::split(shot.seed, BASELINE);
    added(shot, &one(norm, &mut rng, shot.start.len(), eps))
}

fn repeated(
    attack: &Attack<'_>,
    shots: &[Shot],
    draw: impl Fn(&mut Rng, Norm, usize, f64) -> Vec<f32>,
) -> Result<Vec<Found>, AttackError> {
    let (norm, eps) = (attack.settings.norm, attack.settings.eps);
    each(attack, shots, |asking| {
        let shot = asking.shot;
        let mut last = shot.start.clone();
        for time in 0..TIMES {
            let noise = draw(&mut Rng::split(shot.seed, time as u64), norm, shot.start.len(), eps);
            let numbers = added(shot, &noise);
            match asking.ask(&numbers)? {
                Some(answer) if answer.reached => return Ok(Found { numbers, ..Found::default() }),
                Some(_) => last = numbers,
                None => break,
            }
        }
        Ok(Found { numbers: last, note: NOT_FOUND, ..Found::default() })
    })
}
