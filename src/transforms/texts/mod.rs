//! Transforms of texts: what people do to them without meaning anything else.
//!
//! After the perturbations of Ribeiro, Wu, Guestrin, Singh, "Beyond Accuracy: Behavioral Testing of NLP Models with `CheckList`",
//! ACL 2020. A strength is a part of the places where something can be changed, and a larger one changes the same places and
//! more, so that a search for the least breaking strength means something.

use crate::transforms::TransformKind;

use std::ops::Range;

use crate::base::rng::Rng;

pub mod contractions;
pub mod letter_case;
pub mod lost_words;
pub mod numbers;
pub mod punctuation;
pub mod typos;

/// How many of so many places are changed: at least one as soon as the strength is more than nothing.
fn count(part: f64, places: usize) -> usize {
    ((part * places as f64).ceil() as usize).min(places)
}

/// The first so many of some places in the order that chance gives them; more of them begin with the same.
fn chosen(places: usize, count: usize, seed: u64) -> Vec<usize> {
    let rng = Rng::new(seed);
    let mut order: Vec<usize> = (0..places).collect();
    order.sort_by_key(|place| (rng.at(*place as u64), *place));
    order.truncate(count);
    order
}

/// The words of a text: what stands between blanks.
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

/// The transforms of texts, in the order in which they are offered.
pub static KINDS: &[&TransformKind] = &[
    &typos::KIND,
    &letter_case::KIND,
    &punctuation::KIND,
    &contractions::KIND,
    &numbers::KIND,
    &lost_words::KIND,
];
