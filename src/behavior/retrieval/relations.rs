//! Relations between two queries.

use crate::behavior::retrieval::query::{Part, Query, Repeated};

/// Judgment of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgment {
    /// It holds.
    Holds,
    /// It is broken in all repetitions; the reason in a sentence.
    Broken(String),
    /// It cannot be judged; the reason in a sentence.
    Unknown(&'static str),
}

/// A relation.
pub struct RelationKind {
    /// Name in reports.
    pub id: &'static str,
    /// Definition in one plain sentence.
    pub summary: &'static str,
    /// Pairs of queries about terms: the source and its follow-up.
    pub pairs: fn(&[String]) -> Vec<(Query, Query)>,
    /// Judges the results of both.
    pub judge: fn(&Repeated, &Repeated) -> Judgment,
}

/// Every relation, in the order of reports.
pub static KINDS: [RelationKind; 6] = [
    RelationKind {
        id: "narrowing",
        summary: "One more term does not give more results",
        pairs: |terms| (1..terms.len()).map(|count| (all(&terms[..count]), all(&terms[..=count]))).collect(),
        judge: narrower,
    },
    RelationKind {
        id: "order",
        summary: "Terms in another order give the same results",
        pairs: |terms| vec![(all(terms), all(&reversed(terms)))],
        judge: equal,
    },
    RelationKind {
        id: "exclusion",
        summary: "What is excluded is not among the results",
        pairs: |terms| {
            with_two(terms, |first, second| (all(std::slice::from_ref(second)), excluding(first, second)))
        },
        judge: disjoint,
    },
    RelationKind {
        id: "exclusion_narrows",
        summary: "Excluding a term does not give more results",
        pairs: |terms| {
            with_two(terms, |first, second| (all(std::slice::from_ref(first)), excluding(first, second)))
        },
        judge: narrower,
    },
    RelationKind {
        id: "quotes_narrow",
        summary: "Terms that have to stand beside each other do not give more results",
        pairs: |terms| {
            if terms.len() < 2 {
                return Vec::new();
            }
            vec![(all(terms), vec![Part::Quoted(terms.join(" "))])]
        },
        judge: narrower,
    },
    RelationKind {
        id: "swapped_quotes",
        summary: "Quoted terms in another order give the same results",
        pairs: |terms| {
            let quoted = |terms: &[String]| terms.iter().cloned().map(Part::Quoted).collect::<Query>();
            if terms.len() < 2 { Vec::new() } else { vec![(quoted(terms), quoted(&reversed(terms)))] }
        },
        judge: equal,
    },
];

fn all(terms: &[String]) -> Query {
    terms.iter().cloned().map(Part::Term).collect()
}

fn reversed(terms: &[String]) -> Vec<String> {
    terms.iter().rev().cloned().collect()
}

fn excluding(first: &str, second: &str) -> Query {
    vec![Part::Term(first.to_owned()), Part::Without(second.to_owned())]
}

fn with_two(terms: &[String], pair: impl Fn(&String, &String) -> (Query, Query)) -> Vec<(Query, Query)> {
    match terms {
        [first, second, ..] if first != second => vec![pair(first, second)],
        _ => Vec::new(),
    }
}

const TOO_LITTLE: &str = "the engine states no count and does not list all results";

/// The follow-up has no more results than the source, and none that the source has not.
fn narrower(source: &Repeated, follow: &Repeated) -> Judgment {
    let counts = source.counts().zip(follow.counts());
    if let Some(((_, most), (least, _))) = counts
        && least > most
    {
        return Judgment::Broken(format!("{least} results instead of at most {most}"));
    }
    if source.complete() {
        let (known, sure) = (source.ever(), follow.always());
        if let Some(new) = sure.iter().find(|id| !known.contains(*id)) {
            return Judgment::Broken(format!("{new:?} is a result of the narrower query only"));
        }
        // All that the follow-up lists is judged.
        return Judgment::Holds;
    }
    if counts.is_some() { Judgment::Holds } else { Judgment::Unknown(TOO_LITTLE) }
}

/// Both have the same results.
fn equal(source: &Repeated, follow: &Repeated) -> Judgment {
    let counts = source.counts().zip(follow.counts());
    if let Some(((low, high), (other_low, other_high))) = counts
        && (low > other_high || other_low > high)
    {
        return Judgment::Broken(format!("{other_low} results instead of {low}"));
    }
    if source.complete() && follow.complete() {
        for (one, other, which) in [(source, follow, "first"), (follow, source, "second")] {
            let (sure, known) = (one.always(), other.ever());
            if let Some(lost) = sure.iter().find(|id| !known.contains(*id)) {
                return Judgment::Broken(format!("{lost:?} is a result of the {which} query only"));
            }
        }
        return Judgment::Holds;
    }
    if counts.is_some() { Judgment::Holds } else { Judgment::Unknown(TOO_LITTLE) }
}

/// Nothing is a result of both.
fn disjoint(source: &Repeated, follow: &Repeated) -> Judgment {
    let listed = |results: &Repeated| results.0.iter().any(|one| !one.ids.is_empty());
    let (one, other) = (source.always(), follow.always());
    if let Some(both) = one.intersection(&other).next() {
        return Judgment::Broken(format!("{both:?} is a result although it has the excluded term"));
    }
    if listed(source) && listed(follow) || source.complete() && follow.complete() {
        return Judgment::Holds;
    }
    Judgment::Unknown("the engine lists no results to compare")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::retrieval::query::{Results, written};

    fn results(count: Option<u64>, ids: &[&str], complete: bool) -> Results {
        Results { count, ids: ids.iter().map(|id| (*id).to_owned()).collect(), complete }
    }

    fn of(lists: &[&[&str]]) -> Repeated {
        Repeated(lists.iter().map(|ids| results(Some(ids.len() as u64), ids, true)).collect())
    }

    #[test]
    fn pairs_are_made_of_terms() {
        let terms = ["a", "b", "c"].map(str::to_owned);
        let pairs: Vec<Vec<(String, String)>> = KINDS
            .iter()
            .map(|kind| (kind.pairs)(&terms).iter().map(|(a, b)| (written(a), written(b))).collect())
            .collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            pairs,
            [
                vec![pair("a", "a b"), pair("a b", "a b c")],
                vec![pair("a b c", "c b a")],
                vec![pair("b", "a -b")],
                vec![pair("a", "a -b")],
                vec![pair("a b c", "\"a b c\"")],
                vec![pair("\"a\" \"b\" \"c\"", "\"c\" \"b\" \"a\"")],
            ]
        );
    }

    #[test]
    fn broken_relations_name_what_breaks_them() {
        let broken = |judgment| matches!(judgment, Judgment::Broken(_));
        assert_eq!(narrower(&of(&[&["1", "2"]]), &of(&[&["2"]])), Judgment::Holds);
        assert!(broken(narrower(&of(&[&["1", "2"]]), &of(&[&["1", "2", "3"]]))));
        assert!(broken(narrower(&of(&[&["1", "2"]]), &of(&[&["3"]]))), "fewer, but another one");
        assert_eq!(equal(&of(&[&["1", "2"]]), &of(&[&["2", "1"]])), Judgment::Holds);
        assert!(broken(equal(&of(&[&["1", "2"]]), &of(&[&["1", "3"]]))));
        assert!(broken(disjoint(&of(&[&["1", "2"]]), &of(&[&["2"]]))));
        assert_eq!(disjoint(&of(&[&["1", "2"]]), &of(&[&["3"]])), Judgment::Holds);
    }

    #[test]
    fn an_engine_that_wavers_breaks_nothing_unless_it_always_does() {
        // Once 2, once 3 results: the other query with 3 is within it.
        let wavering = of(&[&["1", "2"], &["1", "2", "3"]]);
        assert_eq!(narrower(&wavering, &of(&[&["1", "2", "3"], &["1", "2", "3"]])), Judgment::Holds);
        assert_eq!(equal(&wavering, &of(&[&["1", "2"], &["1", "2"]])), Judgment::Holds);
        assert!(matches!(equal(&wavering, &of(&[&["1"], &["1"]])), Judgment::Broken(_)));
    }

    #[test]
    fn lists_that_are_cut_are_judged_by_their_counts_alone() {
        let cut = |count, ids: &[&str]| Repeated(vec![results(count, ids, false)]);
        assert_eq!(equal(&cut(Some(900), &["1"]), &cut(Some(900), &["2"])), Judgment::Holds);
        assert!(matches!(equal(&cut(Some(900), &["1"]), &cut(Some(700), &["1"])), Judgment::Broken(_)));
        assert_eq!(equal(&cut(None, &["1"]), &cut(None, &["2"])), Judgment::Unknown(TOO_LITTLE));
        // A result that both list is one, however many there are.
        assert!(matches!(disjoint(&cut(None, &["1", "2"]), &cut(None, &["2"])), Judgment::Broken(_)));
    }
}
