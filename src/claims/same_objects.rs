//! The same objects are detected in their transformed places.

use crate::base::params::Params;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::matching::{BEST, DISTANCE, MIN_SCORE, Matching};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::geometry::objects::{Detection, IOU};
use crate::data::prediction::{Prediction, Task};

/// Every sure object is found again, with its class, in its place; and no sure object appears from nowhere. Objects near the model's threshold neither have to stay nor count as new.
pub static KIND: ClaimKind = ClaimKind {
    id: "same_objects",
    title: "Same objects",
    summary: "Every object is found again in its place, and none appears from nowhere",
    margin: "0 minus the number of objects that are missed, renamed or new",
    params: &[IOU, MIN_SCORE, DISTANCE, BEST],
    about: &[Task::Objects],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| Ok(Box::new(SameObjects::new(&oracle.params)))),
};

/// Fraction of a new box inside an expected one from which it counts as a partial view of the same object.
const PART: f32 = 0.7;
/// Number of differences named in a verdict; the rest is counted.
const NAMED: usize = 3;

struct SameObjects {
    matching: Matching,
    min_score: f32,
}

impl SameObjects {
    fn new(params: &Params) -> Self {
        Self { matching: Matching::new(params), min_score: params.value(&MIN_SCORE) as f32 }
    }
}

impl PairClaim for SameObjects {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (Prediction::Objects { objects: expected }, Prediction::Objects { objects: after }) =
            (pair.expected, pair.after)
        else {
            return Err("the model finds no objects, use \"same class\"".into());
        };
        let matches = self.matching.pairs(expected, after);
        let mut differences = Vec::new();
        let mut sure = 0;
        for (object, found) in
            expected.iter().zip(&matches).filter(|(object, _)| object.score >= self.min_score)
        {
            sure += 1;
            if found.is_some() {
                continue;
            }
            let other = after
                .iter()
                .filter(|seen| seen.class != object.class && self.matching.near(seen, object))
                .max_by(|a, b| a.score.total_cmp(&b.score));
            differences.push(match other {
                Some(other) => format!("{} became {} {:.2}", named(object), other.class, other.score),
                None => format!("{} is missed", named(object)),
            });
        }
        for (k, seen) in after.iter().enumerate().filter(|(_, seen)| seen.score >= self.min_score) {
            let explained = matches.contains(&Some(k))
                || expected.iter().zip(&matches).any(|(object, found)| {
                    let part = object.bbox.intersection(&seen.bbox).area() / seen.bbox.area().max(1.0);
                    let near = self.matching.near(object, seen);
                    (object.class == seen.class && (part >= PART || near))
                        // A changed class was already told above. What is still seen as itself has not changed.
                        || (found.is_none() && near)
                });
            if !explained {
                sure += 1;
                differences.push(format!("{} appeared", named(seen)));
            }
        }
        if sure == 0 {
            let least = self.min_score;
            return Err(format!("there is no object with a score of {least:.2} or more to compare").into());
        }
        if differences.is_empty() {
            return Ok(Judgment::pass(0.0));
        }
        let margin = -(differences.len() as f64);
        let more = differences.len().saturating_sub(NAMED);
        differences.truncate(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        Ok(Judgment::fail(margin, format!("{}{rest}", differences.join(", "))))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let (Prediction::Objects { objects: expected }, Prediction::Objects { objects: after }) =
            (pair.expected, pair.after)
        else {
            return 0.0;
        };
        let matches = self.matching.pairs(expected, after);
        let scores: Vec<f32> = expected
            .iter()
            .zip(&matches)
            .filter(|(object, _)| object.score >= self.min_score)
            .map(|(_, found)| found.and_then(|k| after.get(k)).map_or(0.0, |seen| seen.score))
            .collect();
        if scores.is_empty() { 0.0 } else { scores.iter().sum::<f32>() / scores.len() as f32 }
    }
}

fn named(object: &Detection) -> String {
    format!("{} {:.2} at {}", object.class, object.score, object.place())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::cases::verdict::Verdict;
    use crate::data::geometry::box2::Box2;

    fn object(class: &str, score: f32, x: f32) -> Detection {
        Detection::flat(class.to_owned(), score, Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 20.0 })
    }

    fn judge(expected: Vec<Detection>, after: Vec<Detection>) -> Verdict {
        let (expected, after) =
            (Prediction::Objects { objects: expected }, Prediction::Objects { objects: after });
        let relation = SameObjects::new(&Params::default());
        Judgment::from(relation.judge(&Pair { before: &expected, expected: &expected, after: &after }))
            .verdict
    }

    #[test]
    fn differences_are_named() {
        let check = |expected, after, why: &str| assert_eq!(judge(expected, after).why(), why);
        check(vec![object("car", 0.9, 0.0)], vec![object("car", 0.5, 1.0)], "");
        check(vec![object("car", 0.9, 0.0)], vec![], "car 0.90 at 5,10 is missed");
        check(
            vec![object("car", 0.9, 0.0)],
            vec![object("bus", 0.7, 1.0)],
            "car 0.90 at 5,10 became bus 0.70",
        );
        check(vec![], vec![object("dog", 0.6, 0.0)], "dog 0.60 at 5,10 appeared");
    }

    #[test]
    fn another_object_in_front_of_one_that_is_still_seen_appeared() {
        let car = || object("car", 0.9, 0.0);
        let both = judge(vec![car()], vec![car(), object("bus", 0.8, 1.0)]);
        assert_eq!(both.why(), "bus 0.80 at 6,10 appeared");
        // A second box of the same car is the car, and what a lost car became is told once.
        assert_eq!(judge(vec![car()], vec![car(), object("car", 0.8, 1.0)]), Verdict::Pass);
        let became = judge(vec![car()], vec![object("bus", 0.8, 1.0), object("truck", 0.7, 0.5)]);
        assert_eq!(became.why(), "car 0.90 at 5,10 became bus 0.80");
    }

    #[test]
    fn unsure_objects_do_not_count() {
        assert_eq!(
            judge(vec![object("car", 0.9, 0.0), object("dog", 0.45, 50.0)], vec![object("car", 0.9, 0.0)]),
            Verdict::Pass
        );
        assert_eq!(
            judge(vec![object("car", 0.9, 0.0)], vec![object("car", 0.9, 0.0), object("dog", 0.45, 50.0)]),
            Verdict::Pass
        );
        assert!(matches!(judge(vec![], vec![]), Verdict::Skip { .. }));
    }

    #[test]
    fn two_objects_cannot_share_one_detection() {
        let twins = vec![object("car", 0.9, 0.0), object("car", 0.8, 2.0)];
        assert!(judge(twins, vec![object("car", 0.9, 1.0)]).failed());
    }
}
