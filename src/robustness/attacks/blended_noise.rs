//! Blending with an image of uniform noise.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::least::least;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// The least share of noise.
pub(super) static KIND: AttackKind = AttackKind {
    id: "blended_noise",
    title: "Blended uniform noise",
    summary: "the least share of an image of uniform noise that reaches the goal: 50 shares, then 10 halves; up to 50 images of noise",
    source: "Foolbox (Rauber et al., JOSS 2020)",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| {
        each(attack, shots, |asking| {
            let shot = asking.shot;
            let mut rng = Rng::split(shot.seed, 0);
            let Some(noise) = noise(asking, &mut rng)? else {
                return Ok(Found::nothing(shot, 0, NOT_FOUND));
            };
            let path = |share: f64| blend(&shot.start, &noise, share);
            let numbers = least(asking, 50, 10, path)?.unwrap_or_else(|| noise.clone());
            Ok(Found { numbers, ..Found::default() })
        })
    },
};

/// Images of noise that are tried.
const TRIES: usize = 50;

fn blend(start: &[f32], noise: &[f32], share: f64) -> Vec<f32> {
    start.iter().zip(noise).map(|(s, n)| (f64::from(*s) + share * f64::from(n - s)) as f32).collect()
}

/// An image of noise that reaches the goal.
fn noise(asking: &mut Asking<'_>, rng: &mut Rng) -> Result<Option<Vec<f32>>, AttackError> {
    for _ in 0..TRIES {
        let noise: Vec<f32> = (0..asking.shot.start.len()).map(|_| rng.unit() as f32).collect();
        if asking.reached(&noise)? {
            return Ok(Some(noise));
        }
    }
    Ok(None)
}

/// A start for attacks that walk along the boundary.
pub(super) fn start(asking: &mut Asking<'_>, rng: &mut Rng) -> Result<Option<Vec<f32>>, AttackError> {
    let Some(noise) = noise(asking, rng)? else { return Ok(None) };
    let shot = asking.shot;
    let found = least(asking, 20, 4, |share| blend(&shot.start, &noise, share))?;
    Ok(Some(found.unwrap_or(noise)))
}
