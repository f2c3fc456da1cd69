//! Objects that were seen before must still be seen; more may be.

use crate::base::params::ParamSpec;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::matching::{BEST, DISTANCE, MIN_SCORE, Matching};
use crate::claims::sure_objects::objects;
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::geometry::objects::IOU;
use crate::data::prediction::Task;

/// O(t) is a subset of O(t'): every confident object is matched again; at least the fraction `recall` of them.
///
/// The relation of Zhou and Sun, "Metamorphic testing of driverless cars", CACM 62(3), 2019, by matching.
pub static KIND: ClaimKind = ClaimKind {
    id: "objects_kept",
    title: "No object missed",
    summary: "Every object, or a share of them, is found again in its place; more may appear",
    margin: "objects found again minus the number that must be",
    params: &[IOU, MIN_SCORE, RECALL, DISTANCE, BEST],
    about: &[Task::Objects],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        Ok(Box::new(ObjectsKept {
            matching: Matching::new(&oracle.params),
            min_score: oracle.params.value(&MIN_SCORE) as f32,
            recall: oracle.params.value(&RECALL),
        }))
    }),
};

const RECALL: ParamSpec = ParamSpec {
    id: "recall",
    title: "At least",
    unit: "of them",
    min: 0.0,
    max: 1.0,
    neutral: 1.0,
    initial: 1.0,
    step: 0.05,
};

struct ObjectsKept {
    matching: Matching,
    min_score: f32,
    recall: f64,
}

impl PairClaim for ObjectsKept {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (expected, after) = objects(pair, self.min_score)?;
        let pairs = self.matching.pairs(&expected, &after);
        let found = pairs.iter().flatten().count();
        let margin = found as f64 - self.recall * expected.len() as f64;
        // A share of them may be rounded up a little.
        if margin >= -1e-9 {
            return Ok(Judgment::pass(margin.max(0.0)));
        }
        let lost = expected.iter().zip(&pairs).find(|(_, found)| found.is_none());
        let first = lost.map_or_else(String::new, |(object, _)| {
            format!(", missing {} {:.2} at {}", object.class, object.score, object.place())
        });
        let why = format!("{found} of {} objects matched{first}", expected.len());
        Ok(Judgment::fail(margin, why))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let Ok((expected, after)) = objects(pair, self.min_score) else { return 0.0 };
        let found = self.matching.pairs(&expected, &after).iter().flatten().count();
        found as f32 / expected.len() as f32
    }
}
