//! Transforms of texts that keep the meaning, as in people's everyday writing.
//!
//! After the perturbations of Ribeiro, Wu, Guestrin, Singh, "Beyond Accuracy: Behavioral Testing of NLP Models with `CheckList`",
//! ACL 2020. A severity is a fraction of the places that can be changed, and a larger one changes the same places and
//! more, so that a search for the smallest failing severity is well defined.

use crate::transforms::TransformKind;

use std::ops::Range;

use crate::base::rng::Rng;

pub mod added_handles;
pub mod antonyms;
pub mod character_swaps;
pub mod contract;
pub mod contractions;
pub mod dates;
mod english_forms;
mod entities;
pub mod expand_contractions;
pub mod genders;
pub mod identities;
pub mod irrelevant_phrase;
pub mod letter_case;
pub mod lost_words;
pub mod negation;
pub mod no_negation;
pub mod numbers;
pub mod people_names;
pub mod places;
pub mod punctuation;
mod swaps;
pub mod synonyms;
pub mod typos;

/// Number of changed places: at least one if the severity is above zero.
fn count(part: f64, places: usize) -> usize {
    ((part * places as f64).ceil() as usize).min(places)
}

/// The first `count` of some places in random order; larger counts begin with the same.
fn chosen(places: usize, count: usize, seed: u64) -> Vec<usize> {
    let rng = Rng::new(seed);
    let mut order: Vec<usize> = (0..places).collect();
    order.sort_by_key(|place| (rng.at(*place as u64), *place));
    order.truncate(count);
    order
}

/// The words of a text, separated by blanks.
fn words(text: &str) -> Vec<Range<usize>> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| {
            let from = word.as_ptr() as usize - start;
            from..from + word.len()
        })
        .collect()
}

/// The text with some parts replaced; the parts do not overlap.
fn replaced(text: &str, mut parts: Vec<(Range<usize>, String)>) -> String {
    parts.sort_by_key(|(range, _)| range.start);
    let (mut result, mut at) = (String::with_capacity(text.len()), 0);
    for (range, new) in parts {
        result.push_str(text.get(at..range.start).unwrap_or_default());
        result.push_str(&new);
        at = range.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    result
}

/// The transforms of texts, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &typos::KIND,
    &letter_case::KIND,
    &punctuation::KIND,
    &contractions::KIND,
    &expand_contractions::KIND,
    &contract::KIND,
    &character_swaps::KIND,
    &added_handles::KIND,
    &numbers::KIND,
    &dates::KIND,
    &people_names::KIND,
    &places::KIND,
    &genders::KIND,
    &identities::KIND,
    &synonyms::KIND,
    &antonyms::KIND,
    &negation::KIND,
    &no_negation::KIND,
    &irrelevant_phrase::KIND,
    &lost_words::KIND,
];
