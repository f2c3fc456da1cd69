//! The most probable class stays the same.

use crate::claims::classes::lead;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::{Prediction, Task};

/// Invariance of the class, the first relation of metamorphic testing of classifiers.
pub static KIND: ClaimKind = ClaimKind {
    id: "same_class",
    title: "Same class",
    summary: "The most probable class stays the same",
    margin: "probability of the expected class minus that of the best other one",
    params: &[],
    about: &[Task::Classes],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|_| Ok(Box::new(SameClass))),
};

struct SameClass;

impl PairClaim for SameClass {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let classes = matches!(pair.after, Prediction::Classes { .. });
        let best = (pair.expected.best(), pair.after.best());
        let (true, (Some((expected, score)), Some((after, after_score)))) = (classes, best) else {
            return Err("the prediction has no class to compare".into());
        };
        let margin = lead(pair.after, expected);
        if expected == after {
            return Ok(Judgment::pass(margin));
        }
        Ok(Judgment::fail(
            margin,
            format!("class changed from {expected} {score:.2} to {after} {after_score:.2}"),
        ))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let (Some((expected, _)), Prediction::Classes { top }) = (pair.expected.best(), pair.after) else {
            return 0.0;
        };
        top.iter().find(|class| class.class == expected).map_or(0.0, |class| class.score)
    }
}
