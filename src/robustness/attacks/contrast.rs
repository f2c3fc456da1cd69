//! Reduction of contrast: blending with middle gray.

use crate::robustness::attacks::asking::each;
use crate::robustness::attacks::least::least;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// The least reduction.
pub(super) static KIND: AttackKind = AttackKind {
    id: "contrast",
    title: "Contrast reduction",
    summary: "the least share of middle gray that reaches the goal: 50 shares, then 15 halves",
    source: "Foolbox (Rauber et al., JOSS 2020)",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| {
        each(attack, shots, |asking| {
            let shot = asking.shot;
            let gray = |share: f64| -> Vec<f32> {
                shot.start
                    .iter()
                    .map(|value| (f64::from(*value) * (1.0 - share) + 0.5 * share) as f32)
                    .collect()
            };
            let found = least(asking, 50, 15, gray)?;
            Ok(found.map_or_else(
                || Found::nothing(shot, 0, NOT_FOUND),
                |numbers| Found { numbers, ..Found::default() },
            ))
        })
    },
};
