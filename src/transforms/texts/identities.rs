//! Identities: terms of religion, origin, orientation and age exchanged, for counterfactual tests.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{Pair, swapped};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A term of identity becomes another of its kind.
pub static KIND: TransformKind = TransformKind {
    id: "identities",
    title: "Exchanged identities",
    summary: "Terms of religion, origin, orientation and age become others",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Identities { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Exchanged", "of the words", 1.0, 1.0);

/// Terms that become each other.
const PAIRS: &[Pair] = &[
    ("christian", "muslim"),
    ("jewish", "buddhist"),
    ("hindu", "catholic"),
    ("christianity", "islam"),
    ("straight", "gay"),
    ("heterosexual", "homosexual"),
    ("cisgender", "transgender"),
    ("white", "black"),
    ("european", "african"),
    ("american", "mexican"),
    ("german", "turkish"),
    ("british", "indian"),
    ("french", "chinese"),
    ("young", "old"),
    ("able-bodied", "disabled"),
    ("rich", "poor"),
];

struct Identities {
    part: f64,
}

impl TextTransform for Identities {
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
    fn terms_become_others_of_their_kind() {
        let all = Identities { part: 1.0 };
        assert_eq!(all.apply("I am gay.", 0), "I am straight.");
        assert_eq!(all.apply("A Christian Turkish driver", 0), "A Muslim German driver");
        assert_eq!(Identities { part: 0.0 }.apply("gay", 0), "gay");
    }
}
