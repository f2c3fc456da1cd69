//! The confidence of the top class stays within a limit.

use crate::base::params::ParamSpec;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::{Prediction, Task};

/// The probability of the most probable class changes by no more than `within`.
pub static KIND: ClaimKind = ClaimKind {
    id: "class_confidence",
    title: "Confidence change within",
    summary: "The probability of the most probable class changes by no more than the limit",
    margin: "limit minus change, as a probability",
    params: &[WITHIN],
    about: &[Task::Classes],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        Ok(Box::new(ClassConfidence { within: oracle.params.value(&WITHIN) as f32 }))
    }),
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

impl PairClaim for ClassConfidence {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (Some((class, before)), Prediction::Classes { .. }) = (pair.expected.best(), pair.after) else {
            return Err("the prediction has no class to compare".into());
        };
        let after = self.confidence(pair);
        let change = (after - before).abs();
        let margin = f64::from(self.within) - f64::from(change);
        // Rounding must not fail a claim.
        if change <= self.within + 1e-6 {
            return Ok(Judgment::pass(margin.max(0.0)));
        }
        let why =
            format!("{class} changed from {before:.2} to {after:.2}, allowed change {:.2}", self.within);
        Ok(Judgment::fail(margin, why))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let class = pair.expected.best().map(|(class, _)| class).unwrap_or_default();
        pair.after.quantity(class).unwrap_or_default() as f32
    }
}
