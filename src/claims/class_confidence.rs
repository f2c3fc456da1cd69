//! The confidence of the top class stays within a limit.

use crate::base::params::ParamSpec;
use crate::claims::pairs::{Pair, Relation, RelationKind};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// The probability of the most probable class changes by no more than `within`.
pub static KIND: RelationKind = RelationKind {
    id: "class_confidence",
    title: "Confidence change within",
    params: &[WITHIN],
    about: &[Task::Classes],
    subject: Subject::None,
    build: |oracle| Ok(Box::new(ClassConfidence { within: oracle.params.value(&WITHIN) as f32 })),
};

const WITHIN: ParamSpec = ParamSpec {
    id: "within",
    title: "Within",
    unit: "probability",
    min: 0.01,
    max: 1.0,
    neutral: 0.1,
    initial: 0.1,
    step: 0.01,
};

struct ClassConfidence {
    within: f32,
}

impl Relation for ClassConfidence {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        let (Some((class, before)), Prediction::Classes { .. }) = (pair.expected.best(), pair.after) else {
            return Verdict::Skip { why: "the prediction has no class to compare".to_owned() };
        };
        let after = self.confidence(pair);
        // Rounding must not fail a claim.
        if (after - before).abs() <= self.within + 1e-6 {
            return Verdict::Pass;
        }
        Verdict::Fail {
            why: format!(
                "the confidence of {class} changed from {before:.2} to {after:.2}, allowed change {:.2}",
                self.within
            ),
        }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let class = pair.expected.best().map(|(class, _)| class).unwrap_or_default();
        pair.after.quantity(class).unwrap_or_default() as f32
    }
}
