//! The top class is an expected one.

use crate::claims::classes::lead;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::spec::subject;
use crate::claims::{ClaimKind, Judge, OneClaim, Text};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::prediction::{Prediction, Task};

/// Ground truth of the image, set by a person.
pub static KIND: ClaimKind = ClaimKind {
    id: "class_is",
    title: "Class is",
    summary: "The most probable class is the one that is named",
    margin: "probability of the named class minus that of the best other one",
    params: &[],
    about: &[Task::Classes],
    subject: Subject::Needed,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::One(|oracle| Ok(Box::new(ClassIs { class: subject(oracle, "class")? }))),
};

struct ClassIs {
    class: String,
}

impl OneClaim for ClassIs {
    fn judge(&self, prediction: &Prediction, _: &ClaimSpec) -> Result<Judgment, Unjudged> {
        let (class, score) = prediction.best().ok_or("the prediction has no class")?;
        let margin = lead(prediction, &self.class);
        if class == self.class {
            return Ok(Judgment::pass(margin));
        }
        Ok(Judgment::fail(margin, format!("expected {}, predicted {class} {score:.2}", self.class)))
    }
}
