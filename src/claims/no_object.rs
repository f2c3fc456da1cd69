//! No object of a class is detected, in the whole image or in a region.

use crate::base::params::Params;
use crate::claims::ones::{Check, CheckKind, MIN_SCORE, class_of};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::geometry::objects::Box2;
use crate::data::prediction::{Prediction, Task};

/// False positive check: for example a cloth on the grass is not a bird.
pub static KIND: CheckKind = CheckKind {
    id: "no_object",
    title: "No such object",
    params: &[MIN_SCORE],
    about: &[Task::Objects],
    subject: Subject::Needed,
    build: |oracle| {
        let min_score = Params::value(&oracle.params, &MIN_SCORE) as f32;
        Ok(Box::new(NoObject { class: class_of(oracle)?, region: oracle.region, min_score }))
    },
};

struct NoObject {
    class: String,
    region: Option<Box2>,
    min_score: f32,
}

impl Check for NoObject {
    fn judge(&self, answer: &Prediction) -> Verdict {
        let Prediction::Objects { objects } = answer else {
            return Verdict::Skip { why: "the prediction has no objects".to_owned() };
        };
        let seen = objects.iter().find(|object| {
            let (x, y) = object.bbox.center();
            object.class == self.class
                && object.score >= self.min_score
                && self.region.is_none_or(|region| region.contains(x, y))
        });
        match seen {
            Some(object) => {
                let (x, y) = object.bbox.center();
                Verdict::Fail {
                    why: format!("false positive {} {:.2} at {x:.0},{y:.0}", object.class, object.score),
                }
            }
            None => Verdict::Pass,
        }
    }
}
