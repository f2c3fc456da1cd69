//! Examples, cases and answers of behavioral tests.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A class as predictions and labels name it: by its number or by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// Index of a class.
    Number(i64),
    /// Name of a class.
    Name(SmolStr),
}

impl Answer {
    /// The answer that a cell of a file names; digits alone are a number.
    pub fn read(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.into()), Self::Number)
    }

    /// Index into probabilities of `classes` classes.
    pub fn index(&self, classes: usize) -> Option<usize> {
        match self {
            Self::Number(number) => usize::try_from(*number).ok().filter(|index| *index < classes),
            Self::Name(_) => None,
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// One input of a model: a text, or several texts that belong together, such as two questions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Example {
    /// A text.
    Text(String),
    /// Texts that are judged together.
    Texts(Vec<String>),
}

impl Example {
    /// Its texts on one line, separated by ` | `.
    pub fn joined(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Texts(texts) => texts.join(" | ").into(),
        }
    }

    /// Its texts.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::Texts(texts) => texts,
        }
    }
}

/// The label of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// The same for every example.
    One(Answer),
    /// One for each example.
    Each(Vec<Answer>),
}

impl Label {
    /// The label of an example.
    pub fn at(&self, example: usize) -> Option<&Answer> {
        match self {
            Self::One(answer) => Some(answer),
            Self::Each(answers) => answers.get(example),
        }
    }
}

/// A case: one example, or an original with its perturbed copies behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The examples; the first is the original of invariance and directional tests.
    pub examples: Vec<Example>,
    /// The label, where it is not that of the whole test.
    pub label: Option<Label>,
}
