//! Projected gradient descent: many small steps from a random place in the ball.

use crate::robustness::attacks::goal::Goal;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::walk::{Walk, walk};
use crate::robustness::attacks::{AttackKind, Knowledge};

/// Many small steps; fewer and longer ones against detectors, as TOG takes them.
pub(super) static KIND: AttackKind = AttackKind {
    id: "pgd",
    title: "Projected gradient descent",
    summary: "linf: 40 steps of eps/30; l2, l1: 50 steps of 0.025 eps; detectors: 10 steps of eps/4; from a random place",
    source: "Madry et al., \"Towards Deep Learning Models Resistant to Adversarial Attacks\", ICLR 2018",
    knows: Knowledge::Gradients,
    norms: &[Norm::Linf, Norm::L2, Norm::L1],
    least: false,
    objects: true,
    run: |attack, shots| {
        let objects = shots.iter().any(|shot| matches!(shot.goal, Goal::Objects(_)));
        let (steps, step) = match attack.settings.norm {
            _ if objects => (10, 0.25),
            Norm::Linf => (40, 0.01 / 0.3),
            Norm::L2 | Norm::L1 => (50, 0.025),
        };
        let way = Walk {
            steps: attack.settings.steps.unwrap_or(steps),
            step: attack.settings.step.unwrap_or(step),
            random: attack.settings.random_start,
            momentum: None,
        };
        walk(attack, shots, &way)
    },
};
