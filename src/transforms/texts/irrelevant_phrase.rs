//! An irrelevant phrase behind the text.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Number of sentences without an opinion that are added.
pub static KIND: TransformKind = TransformKind {
    id: "irrelevant_phrase",
    title: "Irrelevant phrase",
    summary: "A sentence that has nothing to do with the text is added behind it",
    group: Group::Words,
    params: &[COUNT],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(IrrelevantPhrase { count: params.value(&COUNT).round() as usize })),
};

const COUNT: ParamSpec = ParamSpec {
    id: "count",
    title: "Added",
    unit: "sentences",
    min: 0.0,
    max: 5.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

/// Sentences without an opinion.
const PHRASES: [&str; 8] = [
    "It was a Tuesday.",
    "I write this on a train.",
    "My phone has two cameras.",
    "The library opens at nine.",
    "There is a table next to the window.",
    "My neighbor has a bicycle.",
    "The next bus comes at noon.",
    "The door is made of wood.",
];

struct IrrelevantPhrase {
    count: usize,
}

impl TextTransform for IrrelevantPhrase {
    fn apply(&self, text: &str, seed: u64) -> String {
        let rng = Rng::new(seed);
        (0..self.count as u64).fold(text.to_owned(), |text, number| {
            let phrase = PHRASES[(rng.at(number) % PHRASES.len() as u64) as usize];
            if text.is_empty() { phrase.to_owned() } else { format!("{text} {phrase}") }
        })
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
