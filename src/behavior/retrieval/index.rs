//! A search engine over texts of this machine: every word of a text counts, whatever its case.

use std::collections::BTreeMap;

use crate::behavior::retrieval::query::{Engine, EngineError, Part, Results};

/// Documents with the places of their words.
#[derive(Clone, Debug, Default)]
pub struct Index {
    documents: usize,
    /// Places in each document by word.
    words: BTreeMap<String, BTreeMap<usize, Vec<usize>>>,
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

impl Index {
    /// The index of documents; their ids are their numbers.
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for text in documents {
            for (place, word) in words(text).enumerate() {
                index.words.entry(word).or_default().entry(index.documents).or_default().push(place);
            }
            index.documents += 1;
        }
        index
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.documents
    }

    /// True without documents.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// True if a document has all words, beside each other if they are quoted.
    fn has(&self, document: usize, text: &str, beside: bool) -> bool {
        let places: Option<Vec<&Vec<usize>>> =
            words(text).map(|word| self.words.get(&word)?.get(&document)).collect();
        let Some(places) = places else { return false };
        let Some((first, rest)) = places.split_first() else { return true };
        let follows = |start: &usize| rest.iter().enumerate().all(|(n, own)| own.contains(&(start + n + 1)));
        !beside || first.iter().any(follows)
    }
}

impl Engine for Index {
    fn ask(&self, query: &[Part]) -> Result<Results, EngineError> {
        let fits = |document: &usize| {
            query.iter().all(|part| match part {
                Part::Term(text) => self.has(*document, text, false),
                Part::Quoted(text) => self.has(*document, text, true),
                Part::Without(text) => !self.has(*document, text, false),
            })
        };
        let ids: Vec<String> =
            (0..self.documents).filter(fits).map(|document| document.to_string()).collect();
        Ok(Results { count: Some(ids.len() as u64), ids, complete: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_exclusions_are_found() {
        let index = Index::of(["The brake light failed.", "A light, a brake.", "Brake!", ""]);
        let ask = |query: &[Part]| index.ask(query).unwrap().ids;
        let term = |text: &str| Part::Term(text.to_owned());
        assert_eq!(ask(&[term("brake")]), ["0", "1", "2"]);
        assert_eq!(ask(&[term("light"), term("BRAKE")]), ["0", "1"]);
        assert_eq!(ask(&[Part::Quoted("brake light".to_owned())]), ["0"]);
        assert_eq!(ask(&[term("brake"), Part::Without("light".to_owned())]), ["2"]);
        assert!(ask(&[term("horn")]).is_empty());
        assert_eq!((index.len(), index.is_empty()), (4, false));
    }
}
