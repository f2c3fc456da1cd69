//! Dates: other months and days of the week, and years nearby.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::swaps::{bare_words, with_capitals};
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the names of months and days and of the years becomes others.
pub static KIND: TransformKind = TransformKind {
    id: "dates",
    title: "Other dates",
    summary: "Months, days of the week and years become others",
    group: Group::Words,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Dates { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Changed", "of the dates", 1.0, 1.0);

/// Without May and March, which are words of their own.
const MONTHS: [&str; 10] = [
    "january",
    "february",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Years that are taken for years.
const YEARS: std::ops::RangeInclusive<u64> = 1900..=2099;
/// Farthest a year moves.
const FAR: u64 = 5;

struct Dates {
    part: f64,
}

impl TextTransform for Dates {
    fn apply(&self, text: &str, seed: u64) -> String {
        let rng = Rng::new(seed);
        let other = |names: &[&'static str], at: usize, draw: u64| {
            names[(at + 1 + (draw % (names.len() as u64 - 1)) as usize) % names.len()].to_owned()
        };
        let mut found = Vec::new();
        for range in bare_words(text) {
            let word = text.get(range.clone()).unwrap_or_default();
            let lower = word.to_lowercase();
            let draw = rng.at(range.start as u64);
            let list = |names: &[&'static str]| names.iter().position(|name| *name == lower);
            let year = || word.parse::<u64>().ok().filter(|year| word.len() == 4 && YEARS.contains(year));
            if let Some(at) = list(&MONTHS) {
                found.push((range, with_capitals(word, &other(&MONTHS, at, draw))));
            } else if let Some(at) = list(&DAYS) {
                found.push((range, with_capitals(word, &other(&DAYS, at, draw))));
            } else if let Some(year) = year() {
                let step = 1 + draw % FAR;
                found.push((range, if draw >> 32 & 1 == 0 { year + step } else { year - step }.to_string()));
            }
        }
        let places = chosen(found.len(), count(self.part, found.len()), seed);
        replaced(text, places.into_iter().map(|place| found[place].clone()).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_others_and_other_words_stay() {
        for seed in 0..20 {
            let changed = Dates { part: 1.0 }.apply("On Monday, 4 July 2019, he may march.", seed);
            assert!(
                !changed.contains("Monday") && !changed.contains("July") && !changed.contains("2019"),
                "{changed}"
            );
            assert!(changed.starts_with("On ") && changed.ends_with(", he may march."), "{changed}");
        }
        assert_eq!(Dates { part: 0.0 }.apply("Monday", 1), "Monday");
    }
}
