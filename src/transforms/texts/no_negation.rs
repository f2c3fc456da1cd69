//! Negations removed: "is not" becomes "is".

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{bare_words, with_capitals};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the negations is removed.
pub static KIND: TransformKind = TransformKind {
    id: "no_negation",
    title: "Negation removed",
    summary: "English negations are removed: \"isn't\" becomes \"is\"",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(NoNegation { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Removed", "of the negations", 1.0, 1.0);

/// Negated verbs whose stem changes.
const IRREGULAR: [(&str, &str); 4] =
    [("won't", "will"), ("can't", "can"), ("cannot", "can"), ("shan't", "shall")];

struct NoNegation {
    part: f64,
}

impl TextTransform for NoNegation {
    fn apply(&self, text: &str, seed: u64) -> String {
        let words = bare_words(text);
        let mut found = Vec::new();
        for (at, range) in words.iter().enumerate() {
            let word = text.get(range.clone()).unwrap_or_default();
            let lower = word.to_lowercase();
            if at > 0 && (lower == "not" || lower == "never") {
                // The blank before it goes, too.
                found.push((words[at - 1].end..range.end, String::new()));
            } else if let Some((_, positive)) = IRREGULAR.iter().find(|(negated, _)| *negated == lower) {
                found.push((range.clone(), with_capitals(word, positive)));
            } else if let Some(stem) =
                lower.strip_suffix("n't").filter(|stem| !stem.is_empty() && *stem != "ai")
            {
                found.push((range.start + stem.len()..range.end, String::new()));
            }
        }
        let places = chosen(found.len(), count(self.part, found.len()), seed);
        replaced(text, places.into_iter().map(|place| found[place].clone()).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Unknown(
            "a text without its negation means something else, set the claim that must hold".to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negations_go_and_the_verb_stays() {
        let all = NoNegation { part: 1.0 };
        assert_eq!(all.apply("It isn't late and we do not stop.", 0), "It is late and we do stop.");
        assert_eq!(all.apply("Can't wait, I won't.", 0), "Can wait, I will.");
        assert_eq!(all.apply("Not now", 0), "Not now");
        assert_eq!(NoNegation { part: 0.0 }.apply("is not", 0), "is not");
    }
}
