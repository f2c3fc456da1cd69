//! No object of a class is detected, in the whole input, in a region or inside of a cuboid.

use crate::base::params::ParamSpec;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::spec::subject;
use crate::claims::{ClaimKind, Judge, OneClaim, Text};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::prediction::{Prediction, Task};

/// False positive check: for example a cloth on the grass is not a bird.
pub static KIND: ClaimKind = ClaimKind {
    id: "no_object",
    title: "No such object",
    summary: "No object of the class is detected, in the whole input, in a region or inside of a cuboid",
    margin: "least score that counts minus the best score of such an object; without one its score is 0",
    params: &[MIN_SCORE],
    about: &[Task::Objects],
    subject: Subject::Needed,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::One(|oracle| {
        let min_score = oracle.params.value(&MIN_SCORE) as f32;
        Ok(Box::new(NoObject { class: subject(oracle, "class")?, min_score }))
    }),
};

/// Minimum score of detected objects.
pub const MIN_SCORE: ParamSpec = ParamSpec {
    id: "min_score",
    title: "Min. confidence",
    unit: "score",
    min: 0.05,
    max: 0.99,
    neutral: 0.4,
    initial: 0.4,
    step: 0.05,
};

struct NoObject {
    class: String,
    min_score: f32,
}

impl OneClaim for NoObject {
    fn judge(&self, prediction: &Prediction, oracle: &ClaimSpec) -> Result<Judgment, Unjudged> {
        let Prediction::Objects { objects } = prediction else {
            return Err("the prediction has no objects".into());
        };
        let such = || {
            objects.iter().filter(|object| {
                let (x, y) = object.bbox.center();
                let inside = match (oracle.object, oracle.region) {
                    (Some(place), _) => object.solid.is_some_and(|solid| place.contains(solid.center)),
                    (None, region) => region.is_none_or(|region| region.contains(x, y)),
                };
                object.class == self.class && inside
            })
        };
        let best = such().map(|object| object.score).fold(0.0, f32::max);
        let margin = f64::from(self.min_score) - f64::from(best);
        let Some(object) = such().find(|object| object.score >= self.min_score) else {
            return Ok(Judgment::pass(margin));
        };
        let ((x, y), class, score) = (object.bbox.center(), &object.class, object.score);
        let why = if object.solid.is_some() {
            format!("false positive {class} {score:.2} at {}", object.place())
        } else {
            format!("false positive {class} {score:.2} at {x:.0},{y:.0}")
        };
        Ok(Judgment::fail(margin, why))
    }
}
