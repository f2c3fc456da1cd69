//! Negation: "is" becomes "is not".

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{bare_words, with_capitals};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the auxiliary verbs gets a "not"; sentences that are negated already are left alone.
pub static KIND: TransformKind = TransformKind {
    id: "negation",
    title: "Negation",
    summary: "English auxiliary verbs are negated: \"is\" becomes \"is not\"",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Negation { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Negated", "of the verbs", 1.0, 1.0);

/// Verbs that take a "not" behind them.
const AUXILIARIES: [&str; 17] = [
    "am", "is", "are", "was", "were", "will", "would", "can", "could", "should", "must", "may", "might",
    "has", "have", "had", "did",
];

struct Negation {
    part: f64,
}

impl TextTransform for Negation {
    fn apply(&self, text: &str, seed: u64) -> String {
        let words = bare_words(text);
        let word = |at: usize| words.get(at).and_then(|range| text.get(range.clone())).unwrap_or_default();
        let negated = |at: usize| matches!(word(at + 1).to_lowercase().as_str(), "not" | "never" | "no");
        // A second auxiliary of a chain is not negated: "would have been".
        let follows = |at: usize| at > 0 && AUXILIARIES.contains(&word(at - 1).to_lowercase().as_str());
        let found: Vec<usize> = (0..words.len())
            .filter(|at| {
                AUXILIARIES.contains(&word(*at).to_lowercase().as_str()) && !negated(*at) && !follows(*at)
            })
            .collect();
        let written = |place: usize| {
            let at = found[place];
            let end = words[at].end;
            // "can not" is one word.
            let not = if word(at).eq_ignore_ascii_case("can") { "not" } else { " not" };
            (
                end..end,
                with_capitals(
                    if word(at).len() > 1 && word(at) == word(at).to_uppercase() { "AB" } else { "ab" },
                    not,
                ),
            )
        };
        let places = chosen(found.len(), count(self.part, found.len()), seed);
        replaced(text, places.into_iter().map(written).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Unknown("a negated text means something else, set the claim that must hold".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_negated_once() {
        let all = Negation { part: 1.0 };
        assert_eq!(all.apply("This is good.", 0), "This is not good.");
        assert_eq!(all.apply("It is not late, we can stop.", 0), "It is not late, we cannot stop.");
        assert_eq!(all.apply("IT IS OVER", 0), "IT IS NOT OVER");
        assert_eq!(all.apply("It would have been", 0), "It would not have been");
        assert_eq!(all.apply("Stop!", 0), "Stop!");
        assert_eq!(Negation { part: 0.0 }.apply("It is", 0), "It is");
    }
}
