//! Basic iterative method: several steps from the image itself.

use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::walk::{Walk, walk};
use crate::robustness::attacks::{AttackKind, Knowledge};

/// Steps of a fifth of the size.
pub(super) static KIND: AttackKind = AttackKind {
    id: "bim",
    title: "Basic iterative method",
    summary: "10 steps of 0.2 eps without a random start",
    source: "Kurakin, Goodfellow, Bengio, \"Adversarial Examples in the Physical World\", ICLR workshop 2017",
    knows: Knowledge::Gradients,
    norms: &[Norm::Linf, Norm::L2, Norm::L1],
    least: false,
    objects: true,
    run: |attack, shots| {
        let steps = attack.settings.steps.unwrap_or(10);
        walk(
            attack,
            shots,
            &Walk { steps, step: attack.settings.step.unwrap_or(0.2), random: false, momentum: None },
        )
    },
};
