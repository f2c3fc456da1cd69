//! Gaussian blur, as little as possible.

use crate::robustness::attacks::asking::each;
use crate::robustness::attacks::least::least;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// The least deviation.
pub(super) static KIND: AttackKind = AttackKind {
    id: "blur",
    title: "Gaussian blur",
    summary: "the least standard deviation up to the longer side that reaches the goal: 50 deviations, then 10 halves",
    source: "Foolbox (Rauber et al., JOSS 2020)",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| {
        each(attack, shots, |asking| {
            let shot = asking.shot;
            let (width, height, _) = shot.shape();
            let most = width.max(height) as f64;
            // The square of the strength: small deviations matter most.
            let found = least(asking, 50, 10, |strength| {
                blurred(&shot.start, (width, height), most * strength * strength)
            })?;
            Ok(found.map_or_else(
                || Found::nothing(shot, 0, NOT_FOUND),
                |numbers| Found { numbers, ..Found::default() },
            ))
        })
    },
};

/// Deviations beyond which a weight counts as nothing.
const REACH: f64 = 4.0;

fn blurred(start: &[f32], (width, height): (usize, usize), sigma: f64) -> Vec<f32> {
    let reach = (REACH * sigma + 0.5) as i64;
    let weights: Vec<f64> =
        (-reach..=reach).map(|at| libm::exp(-0.5 * (at as f64 / sigma).powi(2))).collect();
    let sum: f64 = weights.iter().sum();
    // At the edges the image is mirrored.
    let fold = |at: i64, side: usize| {
        let side = side as i64;
        let at = at.rem_euclid(2 * side);
        (if at < side { at } else { 2 * side - 1 - at }) as usize
    };
    let along = |plane: &[f64], across: bool| -> Vec<f64> {
        (0..width * height)
            .map(|at| {
                let (x, y) = ((at % width) as i64, (at / width) as i64);
                let taps = (-reach..=reach).zip(&weights);
                taps.map(|(offset, weight)| {
                    let from = if across {
                        y as usize * width + fold(x + offset, width)
                    } else {
                        fold(y + offset, height) * width + x as usize
                    };
                    weight * plane[from]
                })
                .sum::<f64>()
                    / sum
            })
            .collect()
    };
    start
        .chunks_exact((width * height).max(1))
        .flat_map(|plane| {
            let plane: Vec<f64> = plane.iter().map(|value| f64::from(*value)).collect();
            along(&along(&plane, true), false)
        })
        .map(|value| value.clamp(0.0, 1.0) as f32)
        .collect()
}
