//! The most probable class stays the same.

use crate::claims::pairs::{Pair, Relation, RelationKind};
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// Invariance of the class, the first relation of metamorphic testing of classifiers.
pub static KIND: RelationKind = RelationKind {
    id: "same_class",
    title: "Same class",
    params: &[],
    about: &[Task::Classes],
    subject: Subject::None,
    build: |_: &OracleSpec| Ok(Box::new(SameClass)),
};

struct SameClass;

impl Relation for SameClass {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        let classes = matches!(pair.after, Prediction::Classes { .. });
        let best = (pair.expected.best(), pair.after.best());
        let (true, (Some((expected, score)), Some((after, after_score)))) = (classes, best) else {
            return Verdict::Skip { why: "the prediction has no class to compare".to_owned() };
        };
        if expected == after {
            return Verdict::Pass;
        }
        Verdict::Fail { why: format!("class changed from {expected} {score:.2} to {after} {after_score:.2}") }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let (Some((expected, _)), Prediction::Classes { top }) = (pair.expected.best(), pair.after) else {
            return 0.0;
        };
        top.iter().find(|class| class.class == expected).map_or(0.0, |class| class.score)
    }
}
