//! Fast gradient sign method: one step of the whole size.

use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::walk::{Walk, walk};
use crate::robustness::attacks::{AttackKind, Knowledge};

/// One step.
pub(super) static KIND: AttackKind = AttackKind {
    id: "fgsm",
    title: "Fast gradient sign method",
    summary: "one step of eps along the sign of the gradient (linf), or along the gradient by its norm (l2, l1)",
    source: "Goodfellow, Shlens, Szegedy, \"Explaining and Harnessing Adversarial Examples\", ICLR 2015",
    knows: Knowledge::Gradients,
    norms: &[Norm::Linf, Norm::L2, Norm::L1],
    least: false,
    objects: true,
    run: |attack, shots| walk(attack, shots, &Walk { steps: 1, step: 1.0, random: false, momentum: None }),
};
