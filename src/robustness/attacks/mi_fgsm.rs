//! Momentum iterative method: steps along the sum of the directions so far.

use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::walk::{Walk, walk};
use crate::robustness::attacks::{AttackKind, Knowledge};

/// Each gradient becomes the norm's steepest direction before it is added up, as in Foolbox 3.3 (for Linf: signs). The
/// paper divides it by its L1 norm; either way a prediction that was all but certain weighs as much as any other.
pub(super) static KIND: AttackKind = AttackKind {
    id: "mi_fgsm",
    title: "Momentum iterative method",
    summary: "10 steps of 0.2 eps along the sum of the directions so far, momentum 1",
    source: "Dong et al., \"Boosting Adversarial Attacks with Momentum\", CVPR 2018",
    knows: Knowledge::Gradients,
    norms: &[Norm::Linf, Norm::L2, Norm::L1],
    least: false,
    objects: true,
    run: |attack, shots| {
        let way = Walk {
            steps: attack.settings.steps.unwrap_or(10),
            step: attack.settings.step.unwrap_or(0.2),
            random: false,
            momentum: Some(1.0),
        };
        walk(attack, shots, &way)
    },
};
