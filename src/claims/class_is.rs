//! The top class is an expected one.

use crate::claims::ones::{Check, CheckKind, class_of};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// Ground truth of the image, set by a person.
pub static KIND: CheckKind = CheckKind {
    id: "class_is",
    title: "Class is",
    params: &[],
    about: &[Task::Classes],
    subject: Subject::Needed,
    build: |oracle| Ok(Box::new(ClassIs { class: class_of(oracle)? })),
};

struct ClassIs {
    class: String,
}

impl Check for ClassIs {
    fn judge(&self, answer: &Prediction) -> Verdict {
        match answer.best() {
            Some((class, _)) if class == self.class => Verdict::Pass,
            Some((class, score)) => {
                Verdict::Fail { why: format!("expected {}, predicted {class} {score:.2}", self.class) }
            }
            None => Verdict::Skip { why: "the prediction has no class".to_owned() },
        }
    }
}
