//! Punctuation: marks that are left out.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Fraction of the marks that is missing.
pub static KIND: TransformKind = TransformKind {
    id: "punctuation",
    title: "No punctuation",
    summary: "Periods, commas and other marks are left out",
    group: Group::Writing,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Punctuation { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Left out", "of the marks", 1.0, 1.0);

struct Punctuation {
    part: f64,
}

impl TextTransform for Punctuation {
    fn apply(&self, text: &str, seed: u64) -> String {
        // A mark between two letters or digits belongs to the word: don't, 3.5, well-kept.
        let letters: Vec<(usize, char)> = text.char_indices().collect();
        let near =
            |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|(_, c)| c.is_alphanumeric());
        let sign = |at: &usize| {
            let (_, c) = letters[*at];
            let punctuation = ".,;:!?()[]{}\"'-\u{2013}\u{2014}\u{2026}".contains(c);
            punctuation && !(near(at.checked_sub(1)) && near(at.checked_add(1)))
        };
        let signs: Vec<usize> = (0..letters.len()).filter(sign).collect();
        let places = chosen(signs.len(), count(self.part, signs.len()), seed);
        let gone = |place: usize| {
            let (at, c) = letters[signs[place]];
            (at..at + c.len_utf8(), String::new())
        };
        replaced(text, places.into_iter().map(gone).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_inside_of_words_stay() {
        let all = Punctuation { part: 1.0 };
        assert_eq!(all.apply("Don't stop (at 3.5 m/s), now!", 0), "Don't stop at 3.5 m/s now");
        assert_eq!(Punctuation { part: 0.0 }.apply("a, b.", 0), "a, b.");
    }
}
