//! Queries, what an engine answers, and engines.

use std::collections::BTreeSet;

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A word or several that have to be there, in any place.
    Term(String),
    /// Words that have to stand beside each other.
    Quoted(String),
    /// A word that must not be there.
    Without(String),
}

/// Parts that all have to hold.
pub type Query = Vec<Part>;

/// The query as people write it.
pub fn written(query: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Term(text) => text.clone(),
        Part::Quoted(text) => format!("\"{text}\""),
        Part::Without(text) => format!("-{text}"),
    };
    query.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Results of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// Number of results that the engine states, also of those that it does not list.
    pub count: Option<u64>,
    /// Ids of the listed results, best first.
    pub ids: Vec<String>,
    /// True if all results are listed.
    pub complete: bool,
}

/// Results of one query in all repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeated(pub Vec<Results>);

impl Repeated {
    /// Smallest and largest count; `None` if the engine states none.
    pub fn counts(&self) -> Option<(u64, u64)> {
        let counts: Option<Vec<u64>> = self.0.iter().map(|results| results.count).collect();
        let counts = counts?;
        Some((counts.iter().copied().min()?, counts.iter().copied().max()?))
    }

    /// True if all results were listed each time.
    pub fn complete(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|results| results.complete)
    }

    /// Ids that were listed each time.
    pub fn always(&self) -> BTreeSet<&str> {
        let mut lists = self.0.iter().map(|results| results.ids.iter().map(String::as_str).collect());
        let first: BTreeSet<&str> = lists.next().unwrap_or_default();
        lists.fold(first, |common, list: BTreeSet<&str>| common.intersection(&list).copied().collect())
    }

    /// Ids that were listed at least once.
    pub fn ever(&self) -> BTreeSet<&str> {
        self.0.iter().flat_map(|results| results.ids.iter().map(String::as_str)).collect()
    }
}

/// A query that an engine did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct EngineError {
    /// The reason in a sentence; no password is in it.
    pub what: String,
}

/// A search engine.
pub trait Engine: Sync {
    /// Asks once. Blocks.
    fn ask(&self, query: &[Part]) -> Result<Results, EngineError>;
}
