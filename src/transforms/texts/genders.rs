//! Genders: words for men and women exchanged, for counterfactual tests.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{Pair, swapped};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Words for men become words for women and the other way round.
pub static KIND: TransformKind = TransformKind {
    id: "genders",
    title: "Exchanged genders",
    summary: "Words for men become words for women and the other way round",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Genders { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Exchanged", "of the words", 1.0, 1.0);

/// Words for men and for women. "her" becomes "his" before a word and "him" elsewhere, see `swapped`.
const PAIRS: &[Pair] = &[
    ("he", "she"),
    ("his", "her"),
    ("him", "her"),
    ("himself", "herself"),
    ("man", "woman"),
    ("men", "women"),
    ("boy", "girl"),
    ("boys", "girls"),
    ("father", "mother"),
    ("fathers", "mothers"),
    ("son", "daughter"),
    ("sons", "daughters"),
    ("brother", "sister"),
    ("brothers", "sisters"),
    ("husband", "wife"),
    ("husbands", "wives"),
    ("uncle", "aunt"),
    ("nephew", "niece"),
    ("grandfather", "grandmother"),
    ("king", "queen"),
    ("prince", "princess"),
    ("actor", "actress"),
    ("waiter", "waitress"),
    ("gentleman", "lady"),
    ("gentlemen", "ladies"),
    ("male", "female"),
    ("mr.", "ms."),
    ("sir", "madam"),
    ("dad", "mom"),
    ("guy", "gal"),
];

struct Genders {
    part: f64,
}

impl TextTransform for Genders {
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
    fn both_ways_and_capitals_stay() {
        let all = Genders { part: 1.0 };
        assert_eq!(all.apply("He asked his mother, Sir.", 0), "She asked her father, Madam.");
        assert_eq!(all.apply("Her son saw her.", 0), "His daughter saw him.");
        assert_eq!(all.apply("THE MAN is human.", 0), "THE WOMAN is human.");
        assert_eq!(Genders { part: 0.0 }.apply("he", 0), "he");
    }
}
