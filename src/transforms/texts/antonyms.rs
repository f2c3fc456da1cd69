//! Antonyms: words exchanged for others of the opposite meaning.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{Pair, swapped};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Words become others of the opposite meaning, so that the prediction is not expected to stay.
pub static KIND: TransformKind = TransformKind {
    id: "antonyms",
    title: "Antonyms",
    summary: "Common words become others of the opposite meaning",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Antonyms { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Exchanged", "of the words", 1.0, 1.0);

/// Words of opposite meaning in everyday texts.
const PAIRS: &[Pair] = &[
    ("good", "bad"),
    ("great", "terrible"),
    ("happy", "sad"),
    ("fast", "slow"),
    ("big", "small"),
    ("hot", "cold"),
    ("clean", "dirty"),
    ("safe", "dangerous"),
    ("open", "closed"),
    ("easy", "difficult"),
    ("early", "late"),
    ("full", "empty"),
    ("light", "dark"),
    ("love", "hate"),
    ("loved", "hated"),
    ("like", "dislike"),
    ("always", "never"),
    ("right", "wrong"),
    ("true", "false"),
    ("best", "worst"),
    ("better", "worse"),
    ("friendly", "rude"),
    ("interesting", "boring"),
    ("beautiful", "ugly"),
    ("increase", "decrease"),
    ("more", "less"),
    ("before", "after"),
    ("cheap", "expensive"),
    ("polite", "impolite"),
    ("near", "far from"),
];

struct Antonyms {
    part: f64,
}

impl TextTransform for Antonyms {
    fn apply(&self, text: &str, seed: u64) -> String {
        swapped(text, PAIRS, self.part, seed)
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Unknown(
            "a word of the opposite meaning changes the text, set the claim that must hold".to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_opposite_meaning() {
        let all = Antonyms { part: 1.0 };
        assert_eq!(all.apply("I love the clean seats", 0), "I hate the dirty seats");
        assert!(matches!(all.expect(&Prediction::Classes { top: Vec::new() }), Expected::Unknown(_)));
        assert_eq!(Antonyms { part: 0.0 }.apply("good", 0), "good");
    }
}
