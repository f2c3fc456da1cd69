//! Relations over many queries.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::stats::Rate;
use crate::behavior::retrieval::query::{Engine, EngineError, Part, Query, Repeated, written};
use crate::behavior::retrieval::relations::{Judgment, KINDS};

/// A broken relation between two queries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The first query.
    pub source: String,
    /// The second query.
    pub follow_up: String,
    /// The reason in a sentence.
    pub why: String,
}

/// Results of one relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelationResult {
    /// The relation.
    pub id: &'static str,
    /// Its definition.
    pub summary: &'static str,
    /// Number of pairs that were judged.
    pub judged: usize,
    /// Those that broke it, in the order of the queries.
    pub broken: Vec<Broken>,
    /// Reasons why pairs were not judged, with their number.
    pub unknown: BTreeMap<String, usize>,
}

impl RelationResult {
    /// The share of broken pairs.
    pub fn rate(&self) -> Rate {
        Rate::wilson(self.broken.len(), self.judged)
    }
}

/// Results of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RetrievalReport {
    /// By relation.
    pub relations: Vec<RelationResult>,
    /// Queries that were asked.
    pub queries: usize,
    /// Errors of the engine by their text, with the number of queries.
    pub errors: BTreeMap<String, usize>,
}

/// Asks every query that the relations need so many times, and judges all pairs. Blocks.
pub fn run(
    engine: &dyn Engine,
    terms: &[Vec<String>],
    repeats: usize,
    threads: usize,
    progress: &Progress,
) -> Result<RetrievalReport, Cancelled> {
    let pairs: Vec<Vec<(Query, Query)>> =
        KINDS.iter().map(|kind| terms.iter().flat_map(|terms| (kind.pairs)(terms)).collect()).collect();
    let needed: BTreeSet<&Query> = pairs.iter().flatten().flat_map(|(a, b)| [a, b]).collect();
    let needed: Vec<&Query> = needed.into_iter().collect();
    let mut answers: BTreeMap<&[Part], Result<Repeated, EngineError>> = BTreeMap::new();
    progress.begin(needed.len() as u64);
    let ask = |at: usize| -> Result<Repeated, EngineError> {
        (0..repeats.max(1)).map(|_| engine.ask(needed[at])).collect::<Result<Vec<_>, _>>().map(Repeated)
    };
    in_order(needed.len(), threads, ask, |at, answer| {
        answers.insert(needed[at], answer);
        progress.step()
    })?;
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    for err in answers.values().filter_map(|answer| answer.as_ref().err()) {
        *errors.entry(err.what.clone()).or_default() += 1;
    }
    let relations = KINDS.iter().zip(&pairs).map(|(kind, pairs)| {
        let mut result = RelationResult {
            id: kind.id,
            summary: kind.summary,
            judged: 0,
            broken: Vec::new(),
            unknown: BTreeMap::new(),
        };
        for (source, follow) in pairs {
            let both = (answers.get(source.as_slice()), answers.get(follow.as_slice()));
            let judgment = match both {
                (Some(Ok(source)), Some(Ok(follow))) => (kind.judge)(source, follow),
                _ => Judgment::Unknown("the engine did not answer"),
            };
            match judgment {
                Judgment::Holds => result.judged += 1,
                Judgment::Broken(why) => {
                    result.judged += 1;
                    let (source, follow_up) = (written(source), written(follow));
                    result.broken.push(Broken { source, follow_up, why });
                }
                Judgment::Unknown(why) => *result.unknown.entry(why.to_owned()).or_default() += 1,
            }
        }
        result
    });
    Ok(RetrievalReport { relations: relations.collect(), queries: needed.len(), errors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::retrieval::index::Index;

    #[test]
    fn an_honest_index_breaks_nothing_and_every_relation_is_judged() {
        let index =
            Index::of(["brake light broken", "light brake", "brake", "horn and light", "brake light"]);
        let terms =
            [vec!["brake".to_owned(), "light".to_owned()], vec!["light".to_owned(), "horn".to_owned()]];
        let report = run(&index, &terms, 2, 3, &Progress::default()).unwrap();
        assert!(report.errors.is_empty());
        for relation in &report.relations {
            assert_eq!((relation.judged, relation.broken.len()), (2, 0), "{relation:?}");
        }
        assert_eq!(report, run(&index, &terms, 2, 1, &Progress::default()).unwrap());
    }
}
