//! An object of a class is detected, anywhere or in a region.

use crate::base::params::Params;
use crate::claims::ones::{Check, CheckKind, MIN_SCORE, class_of};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::geometry::objects::{Box2, IOU};
use crate::data::prediction::{Prediction, Task};

/// True positive expected: for example a person here.
pub static KIND: CheckKind = CheckKind {
    id: "has_object",
    title: "Object detected",
    params: &[MIN_SCORE, IOU],
    about: &[Task::Objects],
    subject: Subject::Needed,
    build: |oracle| {
        Ok(Box::new(HasObject {
            class: class_of(oracle)?,
            region: oracle.region,
            min_score: Params::value(&oracle.params, &MIN_SCORE) as f32,
            iou: Params::value(&oracle.params, &IOU) as f32,
        }))
    },
};

struct HasObject {
    class: String,
    region: Option<Box2>,
    min_score: f32,
    iou: f32,
}

impl Check for HasObject {
    fn judge(&self, answer: &Prediction) -> Verdict {
        let Prediction::Objects { objects } = answer else {
            return Verdict::Skip { why: "the prediction has no objects".to_owned() };
        };
        let place = |b: &Box2| self.region.is_none_or(|region| region.iou(b) >= self.iou);
        if objects.iter().any(|o| o.class == self.class && o.score >= self.min_score && place(&o.bbox)) {
            return Verdict::Pass;
        }
        let there = objects
            .iter()
            .filter(|o| self.region.is_some() && place(&o.bbox))
            .max_by(|a, b| a.score.total_cmp(&b.score));
        let instead = there.map_or_else(|| "nothing".to_owned(), |o| format!("{} {:.2}", o.class, o.score));
        Verdict::Fail { why: format!("expected a {}, found {instead}", self.class) }
    }
}
