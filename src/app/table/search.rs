//! Search of commands: by the beginnings of words, by letters in their order, with one slip of the finger, by synonyms.

use crate::app::table::thesaurus;

/// Rank of a title under a heading, with a sentence about it, for a query: the smaller the better, none if it does not fit.
pub fn rank(query: &str, (group, title, about): (&str, &str, &str)) -> Option<u32> {
    let (query, title, group) = (query.trim().to_lowercase(), title.to_lowercase(), group.to_lowercase());
    if query.is_empty() {
        return Some(0);
    }
    if title == query {
        return Some(0);
    }
    if title.starts_with(&query) {
        return Some(1);
    }
    let about = about.to_lowercase();
    // A phrase that means the same as a whole: "zoom in", "known failure".
    let whole = thesaurus::others(&query).any(|other| contains_word(&title, other)).then_some(14);
    // Of equals the shorter title is meant, and rather what shows than what takes away.
    let away = AWAY.iter().any(|word| title.starts_with(word) && !query.contains(word));
    let rest = (title.chars().count() as u32).min(62) + if away { 64 } else { 0 };
    let mut sum = 0;
    for word in query.split(|c: char| c.is_whitespace() || c == ':').filter(|word| !word.is_empty()) {
        match word_rank(word, &title, &group, &about) {
            Some(rank) => sum += rank,
            None => return whole.map(|whole| whole * 64 + rest),
        }
    }
    Some(whole.map_or(sum, |whole| sum.min(whole)) * 64 + rest)
}

/// First words of commands that take something away.
const AWAY: [&str; 5] = ["hide", "remove", "close", "unload", "delete"];

/// Rank for one word.
fn word_rank(word: &str, title: &str, group: &str, about: &str) -> Option<u32> {
    let starts = |text: &str| words(text).any(|other| other.starts_with(word));
    if words(title).any(|other| other == word) {
        Some(2)
    } else if starts(title) {
        Some(3)
    } else if starts(group) {
        Some(5)
    } else if title.contains(word) {
        Some(6)
    } else if thesaurus::others(word).any(|other| contains_word(title, other)) {
        Some(8)
    } else if starts(about) {
        Some(10)
    } else if words(title).any(|other| one_slip(word, other)) {
        Some(12)
    } else if word.chars().count() >= 3 && in_order(word, title) {
        Some(16)
    } else if thesaurus::others(word).any(|other| contains_word(about, other) || contains_word(group, other))
    {
        Some(20)
    } else {
        None
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty())
}

/// True when a phrase stands in a text from the beginning of a word on.
fn contains_word(text: &str, phrase: &str) -> bool {
    let before = |at: usize| text.get(..at).and_then(|text| text.chars().last());
    text.match_indices(phrase).any(|(at, _)| before(at).is_none_or(|letter| !letter.is_alphanumeric()))
}

/// True when the letters stand in the text in their order, each within one word from its beginning on.
fn in_order(letters: &str, text: &str) -> bool {
    words(text).any(|word| {
        let mut rest = word.chars();
        word.chars().next() == letters.chars().next()
            && letters.chars().all(|letter| rest.any(|other| other == letter))
    })
}

/// True when one letter is wrong, missing, too many, or two are swapped; only in words of four letters or more.
fn one_slip(typed: &str, meant: &str) -> bool {
    let (typed, meant): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    if typed.len() < 4 || typed.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    let same = typed.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    let rest = |text: &[char], from: usize| text.get(from..).unwrap_or_default().to_vec();
    let (a, b) = (rest(&typed, same), rest(&meant, same));
    let swapped = a.len() >= 2 && b.len() >= 2 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
    swapped
        || rest(&a, 1) == rest(&b, 1)
        || a.len() > b.len() && rest(&a, 1) == b
        || b.len() > a.len() && rest(&b, 1) == a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::table::choices;

    /// The first hit of a query among the entries of the table.
    fn first(query: &str) -> String {
        let mut hits: Vec<(u32, String)> = choices::from_table()
            .filter_map(|choice| {
                Some((rank(query, (choice.group, &choice.title, choice.about))?, choice.title))
            })
            .collect();
        hits.sort_by_key(|(rank, _)| *rank);
        hits.first().map(|(_, title)| title.clone()).unwrap_or_default()
    }

    #[test]
    fn commands_are_found_by_beginnings_slips_and_synonyms() {
        for (query, title) in [
            ("operator", "Operator mode"),
            ("opertaor", "Operator mode"),
            ("show expl", "Show Explore"),
            ("heatmap", "Saliency map by gradient"),
            ("shortcuts", "All keys"),
            ("side by side", "Compare side by side"),
            ("night mode", "Dark theme"),
            ("confusion", "Confusion matrix"),
            ("zoom in", "Larger"),
            ("umap", "Embedding map"),
            ("export labels", "Export labels"),
            ("annotations export", "Export labels"),
            ("kappa", "Agreement with another annotator"),
            ("table", "Table of tags and objects"),
            ("pgon", "Draw a polygon"),
            ("bounding box", "Draw a box"),
        ] {
            assert_eq!(first(query), title, "{query}");
        }
    }

    #[test]
    fn a_transform_is_found_by_other_names_for_it() {
        let finds =
            |query: &str, title: &str, about: &str| rank(query, ("Transform", title, about)).is_some();
        assert!(finds("flip", "Mirror", "Left and right swapped"));
        assert!(finds("haze", "Fog", ""));
        assert!(finds("weather", "Fog", ""));
        assert!(!finds("heatmap", "Fog", ""));
    }
}
