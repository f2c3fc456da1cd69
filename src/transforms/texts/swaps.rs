//! Words exchanged in pairs, with their capitals.

use std::ops::Range;

use crate::transforms::texts::{chosen, count, replaced};

/// Two words, in small letters, that become each other.
pub(super) type Pair = (&'static str, &'static str);

/// The words of a text, without the marks around them. An apostrophe or a hyphen between two letters belongs to the word.
pub(super) fn bare_words(text: &str) -> Vec<Range<usize>> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let is_letter = |at: usize| letters.get(at).is_some_and(|(_, c)| c.is_alphanumeric());
    let (mut words, mut start) = (Vec::new(), None);
    for (at, (byte, c)) in letters.iter().enumerate() {
        let joins = matches!(c, '\'' | '\u{2019}' | '-') && at > 0 && is_letter(at - 1) && is_letter(at + 1);
        if c.is_alphanumeric() || joins {
            start.get_or_insert(*byte);
        } else if let Some(from) = start.take() {
            words.push(from..*byte);
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

/// The text with a fraction of the words of the pairs exchanged.
pub(super) fn swapped(text: &str, pairs: &[Pair], part: f64, seed: u64) -> String {
    let words = bare_words(text);
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    for (at, range) in words.iter().enumerate() {
        let word = text.get(range.clone()).unwrap_or_default();
        let lower = word.to_lowercase();
        // Abbreviations such as "Mr." include their period.
        let dotted = format!("{lower}.");
        let is_dotted = text.get(range.end..).is_some_and(|rest| rest.starts_with('.'));
        let other = |word: &str| {
            pairs.iter().find_map(|(a, b)| if *a == word { Some(*b) } else { (*b == word).then_some(*a) })
        };
        let new = if lower == "her" && pairs.contains(&("his", "her")) {
            // "her" stands for both "his" and "him".
            let next = words.get(at + 1).and_then(|next| text.get(range.end..next.start));
            Some(if next.is_some_and(|between| between.chars().all(char::is_whitespace)) {
                "his"
            } else {
                "him"
            })
        } else {
            other(&lower)
        };
        if let Some(new) = new {
            found.push((range.clone(), new));
        } else if let Some(new) = other(&dotted).filter(|_| is_dotted) {
            found.push((range.start..range.end + 1, new));
        }
    }
    let places = chosen(found.len(), count(part, found.len()), seed);
    let written = |place: usize| {
        let (range, new) = found[place].clone();
        let old = text.get(range.clone()).unwrap_or_default();
        (range, with_capitals(old, new))
    };
    replaced(text, places.into_iter().map(written).collect())
}

/// A word with the capitals of another: all, or that of the beginning.
pub(super) fn with_capitals(like: &str, word: &str) -> String {
    let mut letters = like.chars().filter(|c| c.is_alphabetic());
    let first = letters.next().is_some_and(char::is_uppercase);
    let mut rest = letters.peekable();
    if first && rest.peek().is_some() && rest.all(char::is_uppercase) {
        return word.to_uppercase();
    }
    let mut chars = word.chars();
    match chars.next() {
        Some(initial) if first => initial.to_uppercase().chain(chars).collect(),
        Some(_) | None => word.to_owned(),
    }
}
