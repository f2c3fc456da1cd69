//! An object of a class is detected, anywhere, in a region or in place of a cuboid.

use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::no_object::MIN_SCORE;
use crate::claims::spec::subject;
use crate::claims::{ClaimKind, Judge, OneClaim, Text};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::geometry::objects::{Detection, IOU};
use crate::data::prediction::{Prediction, Task};

/// True positive expected: for example a person here.
pub static KIND: ClaimKind = ClaimKind {
    id: "has_object",
    title: "Object detected",
    summary: "An object of the class is detected, anywhere, in a region or in place of a cuboid",
    margin: "best score of such an object minus the least score that counts; without one its score is 0",
    params: &[MIN_SCORE, IOU],
    about: &[Task::Objects],
    subject: Subject::Needed,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::One(|oracle| {
        Ok(Box::new(HasObject {
            class: subject(oracle, "class")?,
            min_score: oracle.params.value(&MIN_SCORE) as f32,
            iou: oracle.params.value(&IOU) as f32,
        }))
    }),
};

struct HasObject {
    class: String,
    min_score: f32,
    iou: f32,
}

impl OneClaim for HasObject {
    fn judge(&self, prediction: &Prediction, oracle: &ClaimSpec) -> Result<Judgment, Unjudged> {
        let Prediction::Objects { objects } = prediction else {
            return Err("the prediction has no objects".into());
        };
        let placed = oracle.region.is_some() || oracle.object.is_some();
        let place = |found: &Detection| match (oracle.object, oracle.region) {
            (Some(object), _) => found.solid.is_some_and(|solid| solid.iou(&object) >= self.iou),
            (None, Some(region)) => region.iou(&found.bbox) >= self.iou,
            (None, None) => true,
        };
        let such = objects.iter().filter(|o| o.class == self.class && place(o)).map(|o| o.score);
        let best = such.fold(0.0, f32::max);
        let margin = f64::from(best) - f64::from(self.min_score);
        if best >= self.min_score {
            return Ok(Judgment::pass(margin));
        }
        let there = objects.iter().filter(|o| placed && place(o)).max_by(|a, b| a.score.total_cmp(&b.score));
        let instead = there.map_or_else(|| "nothing".to_owned(), |o| format!("{} {:.2}", o.class, o.score));
        Ok(Judgment::fail(margin, format!("expected a {}, found {instead}", self.class)))
    }
}
