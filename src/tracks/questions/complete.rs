//! Completion of a question that is being written.

use crate::tracks::questions::words::{NAMES, PROPERTIES, WORDS};

/// Names of a recording that a question may hold in quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Classes of its tracks.
    pub classes: Vec<String>,
    /// Its signals.
    pub signals: Vec<String>,
    /// Tags of the project.
    pub tags: Vec<String>,
    /// Finders.
    pub finders: Vec<String>,
    /// Channels of boxes.
    pub channels: Vec<String>,
}

/// A way in which the text may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole text with it.
    pub text: String,
    /// Place of the cursor in it, in characters.
    pub cursor: usize,
    /// The inserted text, as a list shows it.
    pub shown: String,
    /// Its meaning.
    pub meaning: String,
}

/// Candidates for the word that ends at `cursor`, a place in characters: those that begin so first, then those that contain it.
pub fn candidates(text: &str, cursor: usize, known: &Known) -> Vec<Candidate> {
    let letters: Vec<char> = text.chars().collect();
    let cursor = cursor.min(letters.len());
    let before: String = letters.iter().take(cursor).collect();
    let after: String = letters.iter().skip(cursor).collect();
    let quoted = before.matches('"').count() % 2 == 1;
    let word: String = if quoted {
        before.rsplit('"').next().unwrap_or_default().to_owned()
    } else {
        let of = |c: &char| c.is_alphanumeric() || *c == '_';
        let back: Vec<char> = before.chars().rev().take_while(of).collect();
        back.into_iter().rev().collect()
    };
    let start: String = letters.iter().take(cursor - word.chars().count()).collect();
    let all = if quoted { quoted_words(&start, known) } else { words(start.ends_with('.'), word.is_empty()) };
    let wanted = word.to_lowercase();
    let mut ranked: Vec<(usize, Candidate)> = Vec::new();
    for (put, shown, meaning) in all {
        let lower = shown.to_lowercase();
        let rank = match lower.find(&wanted) {
            Some(0) => 0,
            Some(_) if wanted.chars().count() > 1 => 1,
            _ => continue,
        };
        let closed = if quoted && !after.starts_with('"') { "\"" } else { "" };
        let text = format!("{start}{put}{closed}{after}");
        let inside = usize::from(put.ends_with("()"));
        let cursor = start.chars().count() + put.chars().count() + closed.len() - inside;
        ranked.push((rank, Candidate { text, cursor, shown, meaning }));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The inserted text, the shown one, and its meaning.
type Offer = (String, String, String);

fn words(behind_point: bool, empty: bool) -> Vec<Offer> {
    let functions = WORDS.iter().filter(|word| !word.map);
    let functions =
        functions.map(|word| (format!("{}()", word.name), word.usage.to_owned(), word.meaning.to_owned()));
    let plain =
        |(name, meaning): &(&str, &str)| ((*name).to_owned(), (*name).to_owned(), (*meaning).to_owned());
    let mut all: Vec<Offer> = PROPERTIES.iter().map(plain).collect();
    all.extend(functions);
    if !behind_point {
        all.extend(NAMES.iter().map(plain));
        let operators = [("and", "both hold"), ("or", "one of both holds"), ("not", "it does not hold")];
        all.extend(operators.iter().filter(|_| !empty).map(plain));
    }
    all
}

/// Names in quotes, by the function before the quote.
fn quoted_words(before: &str, known: &Known) -> Vec<Offer> {
    let call = before.trim_end_matches('"').trim_end();
    let function: String = call
        .strip_suffix('(')
        .map(|call| call.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<Vec<_>>())
        .map(|back| back.into_iter().rev().collect())
        .unwrap_or_default();
    let (names, meaning) = match function.as_str() {
        "signal" => (&known.signals, "signal"),
        "tag" => (&known.tags, "tag"),
        "finder" => (&known.finders, "finder"),
        "source" => (&known.channels, "channel"),
        _ => (&known.classes, "class"),
    };
    names.iter().map(|name| (name.clone(), name.clone(), meaning.to_owned())).collect()
}
