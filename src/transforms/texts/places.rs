//! Places: a city or a country becomes another.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::entities::{DICTIONARY, occurrences, places};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the cities and countries becomes others, everywhere in the text. They are found by a dictionary.
pub static KIND: TransformKind = TransformKind {
    id: "places",
    title: "Other places",
    summary: "Cities and countries become others; they are found by a dictionary",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Places { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Changed", "of the places", 1.0, 1.0);

struct Places {
    part: f64,
}

impl TextTransform for Places {
    fn apply(&self, text: &str, seed: u64) -> String {
        let mut names: Vec<(String, String)> = Vec::new();
        for (at, (range, list)) in places(text).into_iter().enumerate() {
            let old = text.get(range).unwrap_or_default().to_owned();
            if names.iter().any(|(known, _)| *known == old) {
                continue;
            }
            let common = DICTIONARY.common(list);
            let start = Rng::split(seed, at as u64).at(0) % common.len().max(1) as u64;
            let new =
                common.iter().cycle().skip(start as usize).take(common.len()).find(|name| **name != old);
            names.extend(new.map(|new| (old, new.clone())));
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
    fn cities_become_cities_and_countries_countries() {
        use crate::transforms::texts::entities::List;
        let text = "Chicago is bigger than Boston; Germany is not.";
        for seed in 0..30 {
            let changed = Places { part: 1.0 }.apply(text, seed);
            let (first, rest) = changed.split_once(" is bigger than ").unwrap();
            let (second, rest) = rest.split_once("; ").unwrap();
            let third = rest.strip_suffix(" is not.").unwrap();
            let within = |list, name: &str| DICTIONARY.common(list).iter().any(|other| other == name);
            assert!(
                within(List::City, first) && within(List::City, second) && within(List::Country, third),
                "{changed}"
            );
            assert!(first != "Chicago" && second != "Boston" && third != "Germany", "{changed}");
        }
        assert_eq!(Places { part: 1.0 }.apply("I met Zzyx.", 1), "I met Zzyx.");
    }
}
