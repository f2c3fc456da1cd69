//! Salt and pepper: numbers set to their ends, as few as possible.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::each;
use crate::robustness::attacks::least::least;
use crate::robustness::attacks::simba::shuffled;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// The least share of numbers.
pub(super) static KIND: AttackKind = AttackKind {
    id: "salt_and_pepper",
    title: "Salt and pepper",
    summary: "the least share of numbers, across channels, set to 0 or 1 in a random order: 50 shares, then 10 halves; the best of 10 orders",
    source: "Foolbox (Rauber et al., JOSS 2020)",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| {
        each(attack, shots, |asking| {
            let shot = asking.shot;
            let mut best: Option<Vec<f32>> = None;
            let changed = |numbers: &[f32]| shot.change(numbers).filter(|change| *change != 0.0).count();
            for order in 0..ORDERS {
                let mut rng = Rng::split(shot.seed, order);
                let places = shuffled(&mut rng, shot.start.len());
                let ends: Vec<f32> =
                    (0..places.len()).map(|_| if rng.unit() < 0.5 { 0.0 } else { 1.0 }).collect();
                let found = least(asking, 50, 10, |share| {
                    let mut numbers = shot.start.clone();
                    let count = (share * places.len() as f64).round() as usize;
                    places.iter().zip(&ends).take(count).for_each(|(at, end)| numbers[*at] = *end);
                    numbers
                })?;
                if let Some(found) = found
                    && best.as_ref().is_none_or(|best| changed(&found) < changed(best))
                {
                    best = Some(found);
                }
            }
            Ok(best.map_or_else(
                || Found::nothing(shot, 0, NOT_FOUND),
                |numbers| Found { numbers, ..Found::default() },
            ))
        })
    },
};

/// Random orders that are tried.
const ORDERS: u64 = 10;
