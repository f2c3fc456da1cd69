//! Swapped characters: typing errors of any two neighbors, blanks and marks too.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Number of positions, drawn with replacement, that are swapped with the next one after the other.
pub static KIND: TransformKind = TransformKind {
    id: "character_swaps",
    title: "Swapped characters",
    summary: "Neighboring characters are swapped, blanks and marks too",
    group: Group::Writing,
    params: &[COUNT],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(CharacterSwaps { count: params.value(&COUNT).round() as usize })),
};

const COUNT: ParamSpec = ParamSpec {
    id: "count",
    title: "Swaps",
    unit: "",
    min: 0.0,
    max: 10.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

struct CharacterSwaps {
    count: usize,
}

/// The text with each position swapped with the next, in this order; a position without a next is passed over. Positions count
/// characters.
pub fn swapped(text: &str, positions: impl IntoIterator<Item = usize>) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for at in positions {
        if at + 1 < letters.len() {
            letters.swap(at, at + 1);
        }
    }
    letters.into_iter().collect()
}

impl TextTransform for CharacterSwaps {
    fn apply(&self, text: &str, seed: u64) -> String {
        let places = text.chars().count().saturating_sub(1) as u64;
        if places == 0 {
            return text.to_owned();
        }
        let rng = Rng::new(seed);
        swapped(text, (0..self.count as u64).map(|draw| (rng.at(draw) % places) as usize))
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_swapped_in_their_order() {
        // From CheckList's add_typos with these draws.
        let text = "He is late and she will not wait, so they are leaving. What is the problem?";
        assert_eq!(
            swapped(text, [67, 53]),
            "He is late and she will not wait, so they are leaving .What is the rpoblem?"
        );
        assert_eq!(
            swapped("CAN'T wait. It is over. IT IS NOT.", [14, 14]),
            "CAN'T wait. It is over. IT IS NOT."
        );
        assert_eq!(swapped("\u{e9}\u{1f600}", [0, 1]), "\u{1f600}\u{e9}");
        assert_eq!(CharacterSwaps { count: 3 }.apply("x", 1), "x");
        assert_eq!(CharacterSwaps { count: 3 }.apply("", 1), "");
    }
}
