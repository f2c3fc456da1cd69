//! What a model answers. A person's label is never a prediction.

use serde::{Deserialize, Serialize};

use crate::data::objects::Detection;

/// One answer of a model about one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Prediction {
    /// Probabilities over classes, highest first; at most ten are kept.
    Classes {
        /// The classes with their probabilities.
        top: Vec<ClassScore>,
    },
    /// Objects with boxes, highest score first.
    Objects {
        /// The objects above the model's threshold.
        objects: Vec<Detection>,
    },
}

/// A class and how sure the model is of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// Name of the class.
    pub class: String,
    /// Probability, 0 to 1.
    pub score: f32,
}

impl Prediction {
    /// The most probable class, or the object with the highest score.
    pub fn best(&self) -> Option<(&str, f32)> {
        match self {
            Self::Classes { top } => top.first().map(|best| (best.class.as_str(), best.score)),
            Self::Objects { objects } => objects.first().map(|best| (best.class.as_str(), best.score)),
        }
    }

    /// One line for people: the classes or objects with their scores.
    pub fn summary(&self) -> String {
        match self {
            Self::Classes { top } => {
                let words: Vec<String> =
                    top.iter().take(3).map(|c| format!("{} {:.2}", c.class, c.score)).collect();
                words.join(", ")
            }
            Self::Objects { objects } if objects.is_empty() => "no objects".to_owned(),
            Self::Objects { objects } => {
                let mut counts: Vec<(&str, usize)> = Vec::new();
                for object in objects {
                    match counts.iter_mut().find(|(class, _)| *class == object.class) {
                        Some((_, count)) => *count += 1,
                        None => counts.push((&object.class, 1)),
                    }
                }
                let words: Vec<String> = counts.iter().map(|(class, n)| format!("{n} {class}")).collect();
                words.join(", ")
            }
        }
    }
}

/// What the answer must be after a change of the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// The same as before.
    Same,
    /// Exactly this.
    Answer(Prediction),
    /// Nothing can be promised, and why.
    Unknown(String),
}
