//! Cases of suites that were judged under two set-ups.

use std::collections::BTreeMap;

use crate::evaluation::comparison::Tally;
use crate::evaluation::setups::numbers::{Number, Values};
use crate::evaluation::setups::verdict::{Compared, adjusted, decisions};
use crate::evaluation::slices::Cut;

/// Margin of a claim: value minus bound in the unit of the claim.
const MARGIN: Number = Number {
    name: "margin",
    meaning: "value minus bound of the claim, in its own unit",
    unit: "",
    less_is_better: false,
    decides: false,
};

/// A case that was judged under both set-ups.
#[derive(Clone, Debug, PartialEq)]
pub struct CasePair {
    /// Name of the case.
    pub id: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Claim of the case.
    pub claim: String,
    /// True for each set-up under which it passes.
    pub passed: [bool; 2],
    /// Margins, where they were judged.
    pub margins: [Option<f64>; 2],
    /// Reason of each verdict; "" for a pass.
    pub why: [String; 2],
}

/// Compares the verdicts of two set-ups.
pub fn compare_cases(pairs: &[CasePair]) -> Compared {
    let mut all = Tally::default();
    let mut tags: BTreeMap<String, Tally> = BTreeMap::new();
    let mut margins: BTreeMap<&str, Values> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        all.add(pair.passed[0], pair.passed[1]);
        let untagged = pair.tags.is_empty().then(|| "untagged".to_owned());
        for tag in pair.tags.iter().cloned().chain(untagged) {
            tags.entry(tag).or_default().add(pair.passed[0], pair.passed[1]);
        }
        margins.entry(&pair.claim).or_default().add(at, pair.margins);
    }
    let named =
        |(claim, values): (&str, Values)| values.difference(&MARGIN, format!("{} of {claim}", MARGIN.name));
    let numbers: Vec<_> = margins.into_iter().filter_map(named).collect();
    let decisions = decisions(&all, &numbers);
    let parts = BTreeMap::from([(Cut::Tag, adjusted(Cut::Tag, tags))]);
    Compared { all, parts, numbers, decisions, ..Compared::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_counted_by_tag_and_margins_by_claim() {
        let pair = |id: &str, tag: &str, passed, margins| CasePair {
            id: id.to_owned(),
            tags: if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] },
            claim: "class_is".to_owned(),
            passed,
            margins,
            why: Default::default(),
        };
        let pairs = [
            pair("a", "night", [true, false], [Some(0.5), Some(-0.25)]),
            pair("b", "night", [true, true], [Some(0.5), Some(0.25)]),
            pair("c", "", [false, true], [None, Some(0.25)]),
        ];
        let found = compare_cases(&pairs);
        assert_eq!(found.all, Tally { both: 1, first: 1, second: 1, neither: 0 });
        let tags = &found.parts[&Cut::Tag];
        assert_eq!(tags.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["night", "untagged"]);
        assert_eq!(tags[0].tally.first, 1);
        let margin = &found.numbers[0];
        assert_eq!((margin.name.as_str(), margin.count, margin.difference), ("margin of class_is", 2, -0.5));
        assert!(!found.is_worse(0.05) && found.decisions.len() == 1, "one against one is chance");
    }
}
