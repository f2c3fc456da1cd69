//! Letter case: words in capitals, or without any.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::{chosen, count, replaced, words};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the words in capitals, or in lower case below zero.
pub static KIND: TransformKind = TransformKind {
    id: "letter_case",
    title: "Letter case",
    summary: "Words in capitals; below zero in lower case",
    group: Group::Writing,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(LetterCase { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec {
    id: "part",
    title: "Capitals",
    unit: "of the words",
    min: -1.0,
    max: 1.0,
    neutral: 0.0,
    initial: 1.0,
    step: 0.1,
};

struct LetterCase {
    part: f64,
}

impl TextTransform for LetterCase {
    fn apply(&self, text: &str, seed: u64) -> String {
        let words = words(text);
        let written = |place: usize| {
            let word = text.get(words[place].clone()).unwrap_or_default();
            let word = if self.part > 0.0 { word.to_uppercase() } else { word.to_lowercase() };
            (words[place].clone(), word)
        };
        let places = chosen(words.len(), count(self.part.abs(), words.len()), seed);
        replaced(text, places.into_iter().map(written).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
