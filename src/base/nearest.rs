//! The known word that is most like a mistyped one.

/// The word that fewest insertions, removals and replacements of letters turn `word` into; none when more than a third of its
/// letters would change.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = word.chars().count().div_ceil(3);
    let distances = known.into_iter().map(|other| (distance(word, other), other));
    distances
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// A hint at the known word that is most like a mistyped one, to follow a message; "" if there is none.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|other| format!(", did you mean {other:?}?")).unwrap_or_default()
}

/// A message of a parser, which names an unknown word and the known ones in backticks, with a [hint].
pub fn with_hint(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let names_word = message.contains("unknown field") || message.contains("unknown variant");
    match names.next().filter(|_| names_word) {
        Some(word) => format!("{message}{}", hint(word, names)),
        None => message.to_owned(),
    }
}

/// The edit distance of Levenshtein (1966), one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (k, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[k + 1];
            row[k + 1] = replaced.min(diagonal + 1).min(row[k] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_recognized() {
        let known = ["same_class", "same_objects", "at_least"];
        let check = |word: &str, expected| assert_eq!(nearest(word, known), expected, "{word}");
        check("same_clas", Some("same_class"));
        check("sameobjects", Some("same_objects"));
        check("at_laest", Some("at_least"));
        check("brightness", None);
        check("", None);
        let message = "unknown field `repaets`, expected one of `tags`, `why`, `repeats`";
        assert_eq!(with_hint(message), format!("{message}, did you mean \"repeats\"?"));
        assert_eq!(with_hint("invalid type: `x`"), "invalid type: `x`");
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
