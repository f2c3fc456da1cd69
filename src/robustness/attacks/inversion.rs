//! Inversion: the negative of the image.

use crate::robustness::attacks::asking::each;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// One question.
pub(super) static KIND: AttackKind = AttackKind {
    id: "inversion",
    title: "Inversion",
    summary: "the negative of the image; eps does not apply",
    source: "Hosseini et al., \"On the Limitation of Convolutional Neural Networks in Recognizing Negative Images\", 2017",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| {
        each(attack, shots, |asking| {
            let numbers: Vec<f32> = asking.shot.start.iter().map(|value| 1.0 - value).collect();
            let note = if asking.reached(&numbers)? { "" } else { NOT_FOUND };
            Ok(Found { numbers, note, ..Found::default() })
        })
    },
};
