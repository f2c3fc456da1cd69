//! Contractions: "is not" as "isn't".

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::english_forms::{FORMS, ONE_WAY};
use crate::transforms::texts::swaps::with_capitals;
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the places where English can be contracted is contracted.
pub static KIND: TransformKind = TransformKind {
    id: "contract",
    title: "Contracted",
    summary: "English words are contracted where another word follows",
    group: Group::Writing,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Contracted { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Contracted", "of the places", 1.0, 1.0);

struct Contracted {
    part: f64,
}

impl TextTransform for Contracted {
    fn apply(&self, text: &str, seed: u64) -> String {
        let lower = text.to_ascii_lowercase();
        let forms: Vec<(String, &str)> = FORMS
            .iter()
            .filter(|(short, _)| !ONE_WAY.contains(short))
            .map(|(short, long)| (long.to_ascii_lowercase(), *short))
            .collect();
        let mut found = Vec::new();
        let mut at = 0;
        // From the left: a word that was taken cannot be part of another contraction.
        while let Some(rest) = lower.get(at..).filter(|rest| !rest.is_empty()) {
            let before = lower.get(..at).unwrap_or_default().chars().next_back();
            let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            // A contraction ends no sentence: "I am."
            let fits = |(long, _): &&(String, &str)| {
                rest.strip_prefix(long.as_str()).is_some_and(|rest| rest.starts_with(' '))
            };
            if let Some((long, short)) = forms.iter().find(fits).filter(|_| begins) {
                found.push((at..at + long.len(), *short));
                at += long.len();
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        let places = chosen(found.len(), count(self.part, found.len()), seed);
        let written = |place: usize| {
            let (range, short) = found[place].clone();
            let old = text.get(range.clone()).unwrap_or_default();
            // "I am" has one letter in capitals, and so has "I'm".
            let single = old.split(' ').next().is_some_and(|word| word.chars().count() == 1);
            let all = old.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
            let new = with_capitals(if single && !all { "Ab" } else { old }, short);
            (range, if old.starts_with('i') && single { short.to_owned() } else { new })
        };
        replaced(text, places.into_iter().map(written).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
