//! Surprise adequacy: how far an input is from what a model has seen, by the values inside of the model.
//!
//! Kim, Feldt, Yoo, "Guiding Deep Learning System Testing Using Surprise Adequacy", ICSE 2019. A score is a kind: one file with
//! a `static KIND`, and its line below.

use std::collections::BTreeSet;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::classification::roc_auc;
use crate::metrics::observed::{Observed, ReferenceError};

mod bounds;
pub mod dsa;
mod kde;
pub mod lsa;

/// A score of surprise.
#[derive(Debug)]
pub struct SurpriseKind {
    /// Name on the command line and key in JSON.
    pub id: &'static str,
    /// Name in full.
    pub title: &'static str,
    /// Definition in a sentence.
    pub meaning: &'static str,
    /// Paper that defines it.
    pub source: &'static str,
    /// Its settings.
    pub params: &'static [ParamSpec],
    /// Upper bound of surprise coverage.
    pub upper: f64,
    /// Fits it to a reference set.
    pub fit: fn(&Observed, &Params) -> Result<Fitted, ReferenceError>,
}

/// A score fitted to a reference set.
pub struct Fitted {
    /// Conventions, as sentences.
    pub about: Vec<String>,
    /// Parts of the reference set that could not be used, as sentences.
    pub problems: Vec<String>,
    /// Computes it.
    pub scorer: Box<dyn Scorer>,
}

/// Computes the surprise of inputs against the reference set.
pub trait Scorer: Send + Sync {
    /// The score of each input; `None` where the reference set has nothing to compare with.
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>>;
}

/// Every score.
pub static KINDS: &[&SurpriseKind] = &[&lsa::KIND, &dsa::KIND];

/// The score of a name.
pub fn kind(id: &str) -> Option<&'static SurpriseKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// Buckets of surprise coverage.
pub const BUCKETS: usize = 1000;

/// Surprise coverage: percentage of `buckets` that scores fall into, between thresholds at equal distances from the smallest score
/// to `upper`.
///
/// Scores above the last threshold share one bucket. `None` without scores.
pub fn coverage(scores: &[Option<f64>], upper: f64, buckets: usize) -> Option<f64> {
    let known: Vec<f64> = scores.iter().flatten().copied().filter(|score| !score.is_nan()).collect();
    let lower = known.iter().copied().reduce(f64::min)?;
    let step = (upper - lower) / (buckets.max(2) as f64 - 1.0);
    let threshold = |at: usize| if at + 1 == buckets { upper } else { lower + at as f64 * step };
    let thresholds: Vec<f64> = (0..buckets).map(threshold).collect();
    let hit: BTreeSet<usize> =
        known.iter().map(|score| thresholds.partition_point(|threshold| threshold <= score)).collect();
    Some(100.0 * hit.len() as f64 / buckets as f64)
}

/// Area under the ROC curve of "the higher the score, the more probably wrong"; `None` unless some are right and some wrong.
pub fn finds_mistakes(scores: &[Option<f64>], wrong: &[Option<bool>]) -> Option<f64> {
    let both = scores.iter().zip(wrong).filter_map(|(score, wrong)| Some(((*score)?, (*wrong)?)));
    let mut ranked: Vec<(f64, bool)> = both.filter(|(score, _)| !score.is_nan()).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    roc_auc(&ranked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_count_once_and_above_all_thresholds_is_one() {
        let scores = [0.0, 0.1, 0.9, 5.0, 7.0].map(Some);
        // Thresholds 0, 0.5, 1, 1.5, 2: two scores in the first, one in the second, two above the last.
        assert_eq!(coverage(&scores, 2.0, 5), Some(60.0));
        assert_eq!(coverage(&[None], 2.0, 5), None);
    }

    #[test]
    fn mistakes_with_the_highest_scores_are_found() {
        let scores = [Some(3.0), Some(2.0), None, Some(1.0)];
        assert_eq!(finds_mistakes(&scores, &[Some(true), Some(false), Some(true), Some(false)]), Some(1.0));
        assert_eq!(finds_mistakes(&scores, &[Some(false); 4]), None);
    }
}
