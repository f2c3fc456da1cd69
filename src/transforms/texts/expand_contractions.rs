//! Contractions spelled out: "can't" as "cannot".

use std::ops::Range;

use crate::base::params::ParamSpec;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::english_forms::FORMS;
use crate::transforms::texts::swaps::with_capitals;
use crate::transforms::texts::{chosen, count, replaced};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// A fraction of the English contractions is spelled out.
pub static KIND: TransformKind = TransformKind {
    id: "expand_contractions",
    title: "Contractions spelled out",
    summary: "English contractions are spelled out",
    group: Group::Writing,
    params: &[PART],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Expanded { part: params.value(&PART) })),
};

const PART: ParamSpec = ParamSpec::from_zero("part", "Spelled out", "of the contractions", 1.0, 1.0);

struct Expanded {
    part: f64,
}

impl TextTransform for Expanded {
    fn apply(&self, text: &str, seed: u64) -> String {
        let lower = text.to_ascii_lowercase();
        let mut found: Vec<(Range<usize>, &str)> = Vec::new();
        // The longer form first: "he'd've" is not "he'd".
        let mut forms: Vec<&(&str, &str)> = FORMS.iter().filter(|(short, _)| *short != "ain't").collect();
        forms.sort_by_key(|(short, _)| std::cmp::Reverse(short.len()));
        for (short, long) in forms {
            for (at, _) in lower.match_indices(short) {
                let range = at..at + short.len();
                let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
                let before = lower.get(..at).unwrap_or_default().chars().next_back();
                let after = lower.get(range.end..).unwrap_or_default().chars().next();
                let free =
                    found.iter().all(|(other, _)| other.end <= range.start || range.end <= other.start);
                if outside(before) && outside(after) && free {
                    found.push((range, long));
                }
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        let places = chosen(found.len(), count(self.part, found.len()), seed);
        let written = |place: usize| {
            let (range, long) = found[place].clone();
            let old = text.get(range.clone()).unwrap_or_default();
            (range, with_capitals(old, long))
        };
        replaced(text, places.into_iter().map(written).collect())
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}
