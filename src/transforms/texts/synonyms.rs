//! Synonyms: words exchanged for others of the same meaning.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{Pair, swapped};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Words become others of the same meaning.
pub static KIND: TransformKind = TransformKind {
    id: "synonyms",
    title: "Synonyms",
    summary: "Common words become others of the same meaning",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Synonyms { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Exchanged", "of the words", 1.0, 1.0);

/// Words of the same meaning in everyday texts.
const PAIRS: &[Pair] = &[
    ("good", "fine"),
    ("great", "excellent"),
    ("bad", "poor"),
    ("terrible", "awful"),
    ("big", "large"),
    ("small", "little"),
    ("fast", "quick"),
    ("happy", "glad"),
    ("sad", "unhappy"),
    ("begin", "start"),
    ("car", "automobile"),
    ("street", "road"),
    ("quiet", "silent"),
    ("difficult", "hard"),
    ("simple", "easy"),
    ("wrong", "incorrect"),
    ("buy", "purchase"),
    ("help", "assist"),
    ("angry", "furious"),
    ("nice", "pleasant"),
    ("movie", "film"),
    ("stop", "halt"),
    ("near", "close to"),
    ("almost", "nearly"),
    ("very", "really"),
    ("sick", "ill"),
    ("rude", "impolite"),
    ("dirty", "filthy"),
    ("boring", "dull"),
    ("beautiful", "lovely"),
];

struct Synonyms {
    part: f64,
}

impl TextTransform for Synonyms {
    fn apply(&self, text: &str, seed: u64) -> String {
        swapped(text, PAIRS, self.part, seed)
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_same_meaning() {
        let all = Synonyms { part: 1.0 };
        assert_eq!(all.apply("A great movie, very good!", 0), "A excellent film, really fine!");
        assert_eq!(all.apply("The car is near the street.", 0), "The automobile is close to the road.");
        assert_eq!(Synonyms { part: 0.0 }.apply("good", 0), "good");
    }
}
