//! Predictions of models. A person's label is never a prediction.

use serde::{Deserialize, Serialize};

use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::Mask;

/// Task of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Classification: one class for the input.
    Classes,
    /// Object detection: objects with boxes.
    Objects,
    /// Regression: named numbers such as a steering angle or a speed.
    Values,
    /// Semantic segmentation: a class for each pixel.
    Segments,
    /// Embedding: a vector that represents the input.
    Vector,
}

impl Task {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Classes, Self::Objects, Self::Values, Self::Segments, Self::Vector];
}

/// One prediction of a model for one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Prediction {
    /// Probabilities over classes, highest first; at most ten are stored.
    Classes {
        /// The classes with their probabilities.
        top: Vec<ClassScore>,
    },
    /// Objects with boxes, highest score first.
    Objects {
        /// The objects above the model's threshold.
        objects: Vec<Detection>,
    },
    /// Named numbers, in the order of the model's outputs.
    Values {
        /// The numbers.
        values: Vec<NamedValue>,
    },
    /// A class for each pixel of the image.
    Segments {
        /// The classes that are present, in the order of the card.
        segments: Vec<Segment>,
    },
    /// An embedding: inputs of the same meaning lie close together.
    Vector {
        /// Its numbers, in the order of the model's output.
        vector: Vec<f32>,
    },
}

/// The pixels of one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Name of the class.
    pub class: String,
    /// Its pixels, in an image of the size of the input.
    pub mask: Mask,
}

impl Segment {
    /// Fraction of the image that it covers, 0 to 1.
    pub fn share(&self) -> f64 {
        let [width, height] = self.mask.size;
        self.mask.area() as f64 / (f64::from(width) * f64::from(height)).max(1.0)
    }
}

/// A number with its name and unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedValue {
    /// Name: `"steering"`.
    pub name: String,
    /// The number.
    pub value: f32,
    /// Unit: `"deg"`; "" for a plain number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// True if the value points left or right, so that mirroring changes its sign.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lateral: bool,
}

/// A class and its score.
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
            Self::Values { .. } | Self::Segments { .. } | Self::Vector { .. } => None,
        }
    }

    /// Task of the prediction.
    pub fn task(&self) -> Task {
        match self {
            Self::Classes { .. } => Task::Classes,
            Self::Objects { .. } => Task::Objects,
            Self::Values { .. } => Task::Values,
            Self::Segments { .. } => Task::Segments,
            Self::Vector { .. } => Task::Vector,
        }
    }

    /// One number about `name`: the value of that name, the probability of that class, the number of objects of that class,
    /// or its fraction of the image. `None` if there is no such value.
    pub fn quantity(&self, name: &str) -> Option<f64> {
        match self {
            Self::Values { values } => values.iter().find(|v| v.name == name).map(|v| f64::from(v.value)),
            Self::Classes { top } => {
                Some(top.iter().find(|c| c.class == name).map_or(0.0, |c| f64::from(c.score)))
            }
            Self::Objects { objects } => {
                Some(objects.iter().filter(|o| o.class == name && o.score > 0.0).count() as f64)
            }
            Self::Segments { segments } => {
                Some(segments.iter().find(|s| s.class == name).map_or(0.0, Segment::share))
            }
            Self::Vector { .. } => None,
        }
    }

    /// The points of a path in meters, if the values are called `x0`, `y0`, `x1`, `y1` and so on.
    pub fn path(&self) -> Option<Vec<[f64; 2]>> {
        let Self::Values { values } = self else { return None };
        let at = |name: String| values.iter().find(|v| v.name == name).map(|v| f64::from(v.value));
        let points: Vec<[f64; 2]> =
            (0..).map_while(|i| Some([at(format!("x{i}"))?, at(format!("y{i}"))?])).collect();
        (!points.is_empty()).then_some(points)
    }

    /// One-line summary: the classes or objects with their scores.
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
            Self::Values { values } => {
                let words: Vec<String> = values.iter().take(4).map(NamedValue::text).collect();
                words.join(", ")
            }
            Self::Segments { segments } => {
                let mut largest: Vec<&Segment> = segments.iter().collect();
                largest.sort_by(|a, b| b.share().total_cmp(&a.share()));
                let word = |segment: &&Segment| format!("{} {:.0} %", segment.class, 100.0 * segment.share());
                largest.iter().take(4).map(word).collect::<Vec<_>>().join(", ")
            }
            Self::Vector { vector } => format!("an embedding of {} numbers", vector.len()),
        }
    }
}

impl NamedValue {
    /// `steering -0.120 rad`.
    pub fn text(&self) -> String {
        let space = if self.unit.is_empty() { "" } else { " " };
        format!("{} {:.3}{space}{}", self.name, self.value, self.unit)
    }
}

/// Expected prediction after a transform of the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// The same prediction as before.
    Same,
    /// Exactly this prediction.
    Answer(Prediction),
    /// No expectation, with the reason.
    Unknown(String),
}
