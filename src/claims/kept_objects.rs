//! Objects detected before must still be detected; additional ones are allowed.

use crate::base::params::ParamSpec;
use crate::claims::close_values::agreement;
use crate::claims::matching::{BEST, DISTANCE, MIN_SCORE, Matching};
use crate::claims::pairs::{Pair, Relation, RelationKind};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::geometry::objects::{Detection, IOU};
use crate::data::prediction::{Prediction, Task};

/// O(t) is a subset of O(t'): every confident object is matched again; at least the fraction `recall` of them.
///
/// The relation of Zhou and Sun, "Metamorphic testing of driverless cars", CACM 62(3), 2019, by matching.
pub static KEPT: RelationKind = RelationKind {
    id: "objects_kept",
    title: "No object is lost",
    params: &[IOU, MIN_SCORE, RECALL, DISTANCE, BEST],
    about: &[Task::Objects],
    subject: Subject::None,
    build: |oracle| {
        Ok(Box::new(Kept {
            matching: Matching::new(&oracle.params),
            min_score: oracle.params.value(&MIN_SCORE) as f32,
            recall: oracle.params.value(&RECALL),
        }))
    },
};

/// |O(t)| <= |O(t')|: the same relation in the form that Zhou and Sun ran, which only counts.
pub static COUNT: RelationKind = RelationKind {
    id: "count_kept",
    title: "Not fewer objects",
    params: &[MIN_SCORE],
    about: &[Task::Objects],
    subject: Subject::Optional,
    build: |oracle| {
        let min_score = oracle.params.value(&MIN_SCORE) as f32;
        Ok(Box::new(Count { class: oracle.class.clone(), min_score }))
    },
};

/// Scores of objects that are matched again change by at most `within`.
pub static SCORE: RelationKind = RelationKind {
    id: "score_drift",
    title: "Scores change within",
    params: &[WITHIN, IOU, MIN_SCORE, DISTANCE, BEST],
    about: &[Task::Objects],
    subject: Subject::None,
    build: |oracle| {
        Ok(Box::new(ScoreDrift {
            matching: Matching::new(&oracle.params),
            min_score: oracle.params.value(&MIN_SCORE) as f32,
            within: oracle.params.value(&WITHIN) as f32,
        }))
    },
};

const RECALL: ParamSpec = ParamSpec {
    id: "recall",
    title: "At least",
    unit: "of the objects",
    min: 0.0,
    max: 1.0,
    neutral: 1.0,
    initial: 1.0,
    step: 0.05,
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

/// The confident objects among the expected ones, and all current ones.
fn objects(pair: &Pair<'_>, min_score: f32) -> Result<(Vec<Detection>, Vec<Detection>), String> {
    let (Prediction::Objects { objects: expected }, Prediction::Objects { objects: after }) =
        (pair.expected, pair.after)
    else {
        return Err("the prediction has no objects".to_owned());
    };
    let sure: Vec<Detection> = expected.iter().filter(|object| object.score >= min_score).cloned().collect();
    if sure.is_empty() {
        return Err(format!("no object with a score of {min_score:.2} or more to compare"));
    }
    Ok((sure, after.clone()))
}

struct Kept {
    matching: Matching,
    min_score: f32,
    recall: f64,
}

impl Relation for Kept {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        let (expected, after) = match objects(pair, self.min_score) {
            Ok(both) => both,
            Err(why) => return Verdict::Skip { why },
        };
        let pairs = self.matching.pairs(&expected, &after);
        let found = pairs.iter().flatten().count();
        if found as f64 >= self.recall * expected.len() as f64 - 1e-9 {
            return Verdict::Pass;
        }
        let lost = expected.iter().zip(&pairs).find(|(_, found)| found.is_none());
        let first = lost.map_or_else(String::new, |(object, _)| {
            format!(", missing {} {:.2} at {}", object.class, object.score, object.place())
        });
        Verdict::Fail { why: format!("{found} of {} objects matched{first}", expected.len()) }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let Ok((expected, after)) = objects(pair, self.min_score) else { return 0.0 };
        let found = self.matching.pairs(&expected, &after).iter().flatten().count();
        found as f32 / expected.len() as f32
    }
}

struct Count {
    class: Option<String>,
    min_score: f32,
}

impl Count {
    fn counts(&self, pair: &Pair<'_>) -> Result<(usize, usize), String> {
        let counted = |object: &&Detection| {
            object.score >= self.min_score && self.class.as_ref().is_none_or(|class| *class == object.class)
        };
        let (expected, after) = objects(pair, self.min_score)?;
        Ok((expected.iter().filter(counted).count(), after.iter().filter(counted).count()))
    }
}

impl Relation for Count {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        match self.counts(pair) {
            Err(why) => Verdict::Skip { why },
            Ok((before, after)) if after >= before => Verdict::Pass,
            Ok((before, after)) => {
                let what = self.class.as_deref().unwrap_or("objects");
                Verdict::Fail { why: format!("{what}: {before} before, {after} after") }
            }
        }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        match self.counts(pair) {
            Ok((before, after)) if before > 0 => (after as f32 / before as f32).min(1.0),
            _ => 0.0,
        }
    }
}

struct ScoreDrift {
    matching: Matching,
    min_score: f32,
    within: f32,
}

impl ScoreDrift {
    /// The object whose score changed most, and its current score.
    fn worst(&self, pair: &Pair<'_>) -> Result<Option<(Detection, f32)>, String> {
        let (expected, after) = objects(pair, self.min_score)?;
        let pairs = self.matching.pairs(&expected, &after);
        let scores = expected.into_iter().zip(pairs).filter_map(|(object, found)| {
            let now = after.get(found?)?.score;
            Some((object, now))
        });
        let change = |(object, now): &(Detection, f32)| (object.score - now).abs();
        Ok(scores.max_by(|a, b| change(a).total_cmp(&change(b))))
    }
}

impl Relation for ScoreDrift {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        match self.worst(pair) {
            Err(why) => Verdict::Skip { why },
            Ok(None) => {
                Verdict::Skip { why: "no object was matched, so no score can be compared".to_owned() }
            }
            Ok(Some((object, now))) if (object.score - now).abs() > self.within + 1e-6 => Verdict::Fail {
                why: format!(
                    "the score of {} changed from {:.2} to {now:.2}, allowed change {:.2}",
                    object.class, object.score, self.within
                ),
            },
            Ok(Some(_)) => Verdict::Pass,
        }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        match self.worst(pair) {
            Ok(Some((object, now))) => {
                agreement(f64::from((object.score - now).abs()), f64::from(self.within))
            }
            _ => 0.0,
        }
    }
}
