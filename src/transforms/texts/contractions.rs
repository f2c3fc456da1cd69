//! Contractions: "do not" as "don't" and the other way round.

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the places where English can be contracted or spelled out is rewritten.
pub static KIND: TransformKind = TransformKind {
    id: "contractions",
    title: "Contractions",
    summary: "English contractions are spelled out and the other way round",
    group: Group::Writing,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Contractions { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Rewritten", "of the places", 1.0, 1.0);

/// Spelled out and contracted. Ambiguous ones ("he'd") are left out.
const FORMS: [(&str, &str); 34] = [
    ("are not", "aren't"),
    ("can not", "can't"),
    ("cannot", "can't"),
    ("could not", "couldn't"),
    ("did not", "didn't"),
    ("does not", "doesn't"),
    ("do not", "don't"),
    ("had not", "hadn't"),
    ("has not", "hasn't"),
    ("have not", "haven't"),
    ("he is", "he's"),
    ("here is", "here's"),
    ("how is", "how's"),
    ("i am", "i'm"),
    ("i have", "i've"),
    ("i will", "i'll"),
    ("is not", "isn't"),
    ("it is", "it's"),
    ("must not", "mustn't"),
    ("she is", "she's"),
    ("should not", "shouldn't"),
    ("that is", "that's"),
    ("there is", "there's"),
    ("they are", "they're"),
    ("they have", "they've"),
    ("was not", "wasn't"),
    ("we are", "we're"),
    ("we have", "we've"),
    ("were not", "weren't"),
    ("what is", "what's"),
    ("where is", "where's"),
    ("will not", "won't"),
    ("would not", "wouldn't"),
    ("you are", "you're"),
];

struct Contractions {
    part: f64,
}

impl TextTransform for Contractions {
    fn apply(&self, text: &str, seed: u64) -> String {
        let lower = text.to_ascii_lowercase();
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '\'');
        let mut found: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
        for (long, short) in FORMS {
            for (from, to) in [(long, short), (short, long)] {
                for (at, _) in lower.match_indices(from) {
                    let range = at..at + from.len();
                    let before = lower.get(..at).unwrap_or_default().chars().next_back();
                    let after = lower.get(range.end..).unwrap_or_default().chars().next();
                    let alone = edge(before) && edge(after);
                    if alone && found.iter().all(|(other, _)| other.end <= at || other.start >= range.end) {
                        found.push((range, to));
                    }
                }
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        let places = chosen(found.len(), count(self.part, found.len()), seed);
        let written = |place: usize| {
            let (range, to) = found[place].clone();
            let capital = text.get(range.clone()).unwrap_or_default().starts_with(|c: char| c.is_uppercase());
            let mut to = to.to_owned();
            if capital && let Some(first) = to.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            (range, to)
        };
        replaced(text, places.into_iter().map(written).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_and_the_first_letter_stays() {
        let all = Contractions { part: 1.0 };
        assert_eq!(all.apply("It's late, we do not stop.", 0), "It is late, we don't stop.");
        assert_eq!(all.apply("It is late, we don't stop.", 0), "It's late, we do not stop.");
        // Not inside of other words.
        assert_eq!(all.apply("this is nothing", 0), "this is nothing");
        assert_eq!(Contractions { part: 0.0 }.apply("It is", 0), "It is");
    }
}
