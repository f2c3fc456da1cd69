//! Typos: neighboring letters swapped, as by fast typing.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::chosen;
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Number of swapped pairs of letters.
pub static KIND: TransformKind = TransformKind {
    id: "typos",
    title: "Typos",
    summary: "Neighboring letters are swapped",
    group: Group::Writing,
    params: &[COUNT],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Typos { count: params.value(&COUNT).round() as usize })),
};

const COUNT: ParamSpec = ParamSpec {
    id: "count",
    title: "Typos",
    unit: "",
    min: 0.0,
    max: 10.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

struct Typos {
    count: usize,
}

impl TextTransform for Typos {
    fn apply(&self, text: &str, seed: u64) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        // Two different letters of one word.
        let swapped = |at: &usize| {
            letters[*at].is_alphanumeric()
                && letters[at + 1].is_alphanumeric()
                && letters[*at] != letters[at + 1]
        };
        let places: Vec<usize> = (0..letters.len().saturating_sub(1)).filter(swapped).collect();
        let mut done: Vec<usize> = Vec::new();
        for place in chosen(places.len(), places.len(), seed) {
            if done.len() == self.count {
                break;
            }
            let at = places[place];
            // A letter takes part in one typo only, so that none undoes another.
            if done.iter().all(|other| other.abs_diff(at) > 1) {
                letters.swap(at, at + 1);
                done.push(at);
            }
        }
        letters.into_iter().collect()
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_typos_begin_with_the_same_ones() {
        let text = "pedestrian on the crosswalk, stopped late";
        let changed = |count| Typos { count }.apply(text, 5);
        assert_eq!(changed(0), text);
        let apart = |a: &str, b: &str| a.chars().zip(b.chars()).filter(|(a, b)| a != b).count();
        for count in 1..6 {
            assert_eq!(apart(text, &changed(count)), 2 * count);
            assert_eq!(apart(&changed(count - 1), &changed(count)), 2);
        }
        assert_eq!(Typos { count: 3 }.apply("é", 1), "é");
        assert_eq!(Typos { count: 3 }.apply("", 1), "");
    }
}
