//! Lost words: omissions of speech recognition or of people in haste.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::{chosen, count, words};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Fraction of the words that is missing.
pub static KIND: TransformKind = TransformKind {
    id: "lost_words",
    title: "Lost words",
    summary: "Words are missing; at least one stays",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(LostWords { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Missing", "of the words", 1.0, 0.2);

struct LostWords {
    part: f64,
}

impl TextTransform for LostWords {
    fn apply(&self, text: &str, seed: u64) -> String {
        let words = words(text);
        let lost =
            chosen(words.len(), count(self.part, words.len()).min(words.len().saturating_sub(1)), seed);
        if lost.is_empty() {
            return text.to_owned();
        }
        let kept = words.iter().enumerate().filter(|(at, _)| !lost.contains(at));
        kept.filter_map(|(_, range)| text.get(range.clone())).collect::<Vec<_>>().join(" ")
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        if self.part <= 0.0 {
            return Expected::Same;
        }
        // A lost word may be the one that matters.
        Expected::Unknown(
            "the effect of lost words is unknown, set assume_same if the prediction must stay".to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_lost_words_are_the_same_and_others() {
        let text = "a b c d e f g h i j";
        let kept = |part| LostWords { part }.apply(text, 3);
        assert_eq!(kept(0.0), text);
        let (few, many) = (kept(0.2), kept(0.6));
        assert_eq!((few.split(' ').count(), many.split(' ').count()), (8, 4));
        assert!(many.split(' ').all(|word| few.contains(word)));
        assert_eq!(kept(1.0).split(' ').count(), 1);
    }
}
