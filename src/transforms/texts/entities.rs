//! Names of people and places in texts, by dictionary: no parser is run, so a name that is no entry is not found.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::transforms::texts::swaps::bare_words;

/// Entries of a list that are drawn, the most frequent ones.
pub(super) const COMMON: usize = 100;
/// The same of countries.
pub(super) const COMMON_COUNTRIES: usize = 50;

/// Names by frequency, from `CheckList` (MIT).
#[derive(Deserialize)]
pub(super) struct Names {
    pub(super) men: Vec<String>,
    pub(super) women: Vec<String>,
    pub(super) last: Vec<String>,
}

#[derive(Deserialize)]
struct Places {
    city: Vec<String>,
    country: Vec<String>,
}

/// List that a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Men,
    Women,
    Last,
    City,
    Country,
}

/// The lists with an index of their entries.
pub(super) struct Dictionary {
    pub(super) names: Names,
    places: Places,
    first: HashMap<String, List>,
    last: HashMap<String, List>,
    place: HashMap<String, List>,
    /// Words of the longest place.
    longest: usize,
}

/// The dictionary that ships.
pub(super) static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    // The files are a part of the program, a test reads them.
    let names = serde_json::from_str(include_str!("../../../assets/lexicons/names.json"));
    let names = names.unwrap_or(Names { men: Vec::new(), women: Vec::new(), last: Vec::new() });
    let places = serde_json::from_str(include_str!("../../../assets/lexicons/basic.json"));
    let places = places.unwrap_or(Places { city: Vec::new(), country: Vec::new() });
    let mut first = HashMap::new();
    // A name of both is a man's.
    first.extend(names.women.iter().map(|name| (name.clone(), List::Women)));
    first.extend(names.men.iter().map(|name| (name.clone(), List::Men)));
    let last = names.last.iter().map(|name| (name.clone(), List::Last)).collect();
    let mut place: HashMap<String, List> =
        places.country.iter().map(|name| (name.clone(), List::Country)).collect();
    place.extend(places.city.iter().map(|name| (name.clone(), List::City)));
    let longest =
        places.city.iter().chain(&places.country).map(|name| name.split(' ').count()).max().unwrap_or(1);
    Dictionary { names, places, first, last, place, longest }
});

impl Dictionary {
    /// The entries of a list that are drawn from.
    pub(super) fn common(&self, list: List) -> &[String] {
        let (all, most) = match list {
            List::Men => (&self.names.men, COMMON),
            List::Women => (&self.names.women, COMMON),
            List::Last => (&self.names.last, COMMON),
            List::City => (&self.places.city, COMMON),
            List::Country => (&self.places.country, COMMON_COUNTRIES),
        };
        all.get(..most.min(all.len())).unwrap_or_default()
    }
}

/// A name in a text: its first name with the last name behind it if there is one.
pub(super) struct Person {
    pub(super) first: Range<usize>,
    pub(super) list: List,
    pub(super) last: Option<Range<usize>>,
}

/// People that a text names. The first word of a sentence is one only with a last name behind it.
pub(super) fn people(text: &str) -> Vec<Person> {
    let words = bare_words(text);
    let word = |at: usize| words.get(at).and_then(|range| text.get(range.clone())).unwrap_or_default();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let list =
            DICTIONARY.first.get(word(at)).copied().filter(|_| word(at).starts_with(char::is_uppercase));
        let beside = words.get(at + 1).is_some_and(|next| text.get(words[at].end..next.start) == Some(" "));
        let last = beside && word(at + 1).chars().count() > 2 && DICTIONARY.last.contains_key(word(at + 1));
        match list {
            Some(list) if last || !begins_sentence(text, words[at].start) => {
                let last = last.then(|| words[at + 1].clone());
                at += if last.is_some() { 2 } else { 1 };
                found.push(Person { first: words[at - 1 - usize::from(last.is_some())].clone(), list, last });
            }
            Some(_) | None => at += 1,
        }
    }
    found
}

/// Cities and countries that a text names, the longest name first.
pub(super) fn places(text: &str) -> Vec<(Range<usize>, List)> {
    let words = bare_words(text);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let longest = (1..=DICTIONARY.longest).rev().find_map(|count| {
            let range = words[at].start..words.get(at + count - 1)?.end;
            let list = DICTIONARY.place.get(text.get(range.clone())?)?;
            Some((range, *list, count))
        });
        if let Some((range, list, count)) = longest {
            found.push((range, list));
            at += count;
        } else {
            at += 1;
        }
    }
    found
}

fn begins_sentence(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    before.is_empty() || before.ends_with(['.', '!', '?', ':', '\n'])
}

/// Every occurrence of a word or of words, with borders of words around it.
pub(super) fn occurrences(text: &str, name: &str) -> Vec<Range<usize>> {
    let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    let alone = |at: usize| {
        outside(text.get(..at).unwrap_or_default().chars().next_back())
            && outside(text.get(at + name.len()..).unwrap_or_default().chars().next())
    };
    text.match_indices(name).map(|(at, _)| at).filter(|at| alone(*at)).map(|at| at..at + name.len()).collect()
}
