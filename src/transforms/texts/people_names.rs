//! Names of people: one person gets another name of the same kind.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::entities::{DICTIONARY, List, occurrences, people};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the people gets other names, everywhere in the text. People are found by a dictionary of names.
pub static KIND: TransformKind = TransformKind {
    id: "people_names",
    title: "Other names",
    summary: "People get other common names; they are found by a dictionary",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(PeopleNames { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Renamed", "of the people", 1.0, 1.0);

struct PeopleNames {
    part: f64,
}

impl TextTransform for PeopleNames {
    fn apply(&self, text: &str, seed: u64) -> String {
        let mut names: Vec<(String, String)> = Vec::new();
        for (at, person) in people(text).into_iter().enumerate() {
            let mut rng = Rng::split(seed, at as u64);
            let mut other = |list: List, old: &str| {
                let common = DICTIONARY.common(list);
                let start = rng.bits() % common.len().max(1) as u64;
                let turned = common.iter().cycle().skip(start as usize).take(common.len());
                turned.into_iter().find(|name| *name != old).cloned().unwrap_or_else(|| old.to_owned())
            };
            let whole = person.first.start..person.last.as_ref().map_or(person.first.end, |last| last.end);
            let old = text.get(whole).unwrap_or_default().to_owned();
            let first = other(person.list, text.get(person.first.clone()).unwrap_or_default());
            let last = person.last.map(|last| other(List::Last, text.get(last).unwrap_or_default()));
            let new = last.map_or_else(|| first.clone(), |last| format!("{first} {last}"));
            // The same person keeps one name.
            if names.iter().all(|(known, _)| *known != old) {
                names.push((old, new));
            }
        }
        let mut parts: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        for place in chosen(names.len(), count(self.part, names.len()), seed) {
            let (old, new) = &names[place];
            for range in occurrences(text, old) {
                if parts.iter().all(|(other, _)| other.end <= range.start || range.end <= other.start) {
                    parts.push((range, new.clone()));
                }
            }
        }
        replaced(text, parts)
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_common_ones_of_their_kind() {
        let text = "Then Michael asked Jennifer Smith to call Michael.";
        for seed in 0..30 {
            let changed = PeopleNames { part: 1.0 }.apply(text, seed);
            let words: Vec<&str> = changed.trim_end_matches('.').split(' ').collect();
            assert_eq!(
                (words[0], words[2], words[5], words[6]),
                ("Then", "asked", "to", "call"),
                "{changed}"
            );
            assert_eq!(words[1], words[7], "{changed}");
            let within = |list, word: &str| DICTIONARY.common(list).iter().any(|name| name == word);
            assert!(within(List::Men, words[1]) && words[1] != "Michael", "{changed}");
            assert!(within(List::Women, words[3]) && within(List::Last, words[4]), "{changed}");
        }
        let all = PeopleNames { part: 1.0 };
        // A word at the beginning of a sentence may be anything.
        assert_eq!(all.apply("Will you stop? I met Zzyx.", 1), "Will you stop? I met Zzyx.");
        assert_ne!(all.apply("Jennifer Smith called.", 1), "Jennifer Smith called.");
        assert_eq!(PeopleNames { part: 0.0 }.apply(text, 1), text);
    }
}
