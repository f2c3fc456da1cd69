//! Objects that are found again are as sure as before.

use crate::base::params::ParamSpec;
use crate::claims::close_values::agreement;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::matching::{BEST, DISTANCE, MIN_SCORE, Matching};
use crate::claims::sure_objects::objects;
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::geometry::objects::{Detection, IOU};
use crate::data::prediction::Task;

/// The score of every object that is found again changes by no more than `within`.
pub static KIND: ClaimKind = ClaimKind {
    id: "score_drift",
    title: "Scores change within",
    summary: "The score of every object that is found again changes by no more than the limit",
    margin: "limit minus the largest change of a score",
    params: &[WITHIN, IOU, MIN_SCORE, DISTANCE, BEST],
    about: &[Task::Objects],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        Ok(Box::new(ScoreDrift {
            matching: Matching::new(&oracle.params),
            min_score: oracle.params.value(&MIN_SCORE) as f32,
            within: oracle.params.value(&WITHIN) as f32,
        }))
    }),
};

const WITHIN: ParamSpec = ParamSpec {
    id: "within",
    title: "Within",
    unit: "score",
    min: 0.01,
    max: 1.0,
    neutral: 0.2,
    initial: 0.2,
    step: 0.01,
};

struct ScoreDrift {
    matching: Matching,
    min_score: f32,
    within: f32,
}

impl ScoreDrift {
    /// The object whose score changed most, with its score now.
    fn worst(&self, pair: &Pair<'_>) -> Result<(Detection, f32), Unjudged> {
        let (expected, after) = objects(pair, self.min_score)?;
        let pairs = self.matching.pairs(&expected, &after);
        let scores = expected.into_iter().zip(pairs).filter_map(|(object, found)| {
            let now = after.get(found?)?.score;
            Some((object, now))
        });
        let change = |(object, now): &(Detection, f32)| (object.score - now).abs();
        let worst = scores.max_by(|a, b| change(a).total_cmp(&change(b)));
        worst.ok_or_else(|| "no object was matched, so no score can be compared".into())
    }
}

impl PairClaim for ScoreDrift {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (object, now) = self.worst(pair)?;
        let change = (object.score - now).abs();
        let margin = f64::from(self.within) - f64::from(change);
        // Rounding must not fail a claim.
        if change.is_nan() || change > self.within + 1e-6 {
            let why = format!(
                "the score of {} changed from {:.2} to {now:.2}, allowed change {:.2}",
                object.class, object.score, self.within
            );
            return Ok(Judgment::fail(margin, why));
        }
        Ok(Judgment::pass(margin.max(0.0)))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        self.worst(pair).map_or(0.0, |(object, now)| {
            agreement(f64::from((object.score - now).abs()), f64::from(self.within))
        })
    }
}
