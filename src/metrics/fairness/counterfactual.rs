//! Counterfactual swaps: scores of templates that are filled with one term after the other (Garg et al., "Counterfactual Fairness in
//! Text Classification through Robustness", AIES 2019).

use serde::Serialize;

use crate::base::stats::Rate;

/// Scores by template, then by term.
#[derive(Clone, Debug)]
pub struct Swaps {
    /// One row for each template, one score for each term.
    pub scores: Vec<Vec<f64>>,
    /// Score from which a text is predicted to be positive.
    pub threshold: f64,
}

/// Figures of swaps; `None` without a template or with fewer than two terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SwapFigures {
    /// Mean score of each term.
    pub mean_by_term: Vec<f64>,
    /// Largest minus smallest score of each template.
    pub range_by_template: Vec<f64>,
    /// Templates whose terms do not all get the same prediction, of all templates.
    pub flips: usize,
    /// Share of such templates.
    pub flip_rate: f64,
    /// Wilson interval of the share.
    pub flip_interval: (f64, f64),
    /// Mean distance to the score of the first term.
    pub gap_to_first: f64,
    /// Mean distance over all pairs of terms.
    pub pairwise_gap: f64,
}

impl Swaps {
    /// The figures of the scores.
    pub fn figures(&self) -> Option<SwapFigures> {
        let terms = self.scores.first()?.len();
        if terms < 2 || self.scores.iter().any(|row| row.len() != terms) {
            return None;
        }
        let templates = self.scores.len() as f64;
        let mean = |term: usize| self.scores.iter().map(|row| row[term]).sum::<f64>() / templates;
        let low = |row: &[f64]| row.iter().copied().fold(f64::INFINITY, f64::min);
        let high = |row: &[f64]| row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let flips =
            self.scores.iter().filter(|row| low(row) < self.threshold && high(row) >= self.threshold).count();
        let rate = Rate::wilson(flips, self.scores.len());
        let to_first =
            self.scores.iter().flat_map(|row| row.iter().skip(1).map(|score| (score - row[0]).abs()));
        let pairs = self.scores.iter().flat_map(|row| {
            (0..terms).flat_map(move |a| (a + 1..terms).map(move |b| (row[a] - row[b]).abs()))
        });
        let count = (terms * (terms - 1) / 2) as f64;
        Some(SwapFigures {
            mean_by_term: (0..terms).map(mean).collect(),
            range_by_template: self.scores.iter().map(|row| high(row) - low(row)).collect(),
            flips,
            flip_rate: rate.share(),
            flip_interval: (rate.low, rate.high),
            gap_to_first: to_first.sum::<f64>() / (templates * (terms as f64 - 1.0)),
            pairwise_gap: pairs.sum::<f64>() / (templates * count),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_term_is_no_swap() {
        let figures = |scores: Vec<Vec<f64>>| Swaps { scores, threshold: 0.5 }.figures();
        assert_eq!(figures(Vec::new()), None);
        assert_eq!(figures(vec![vec![0.5]]), None);
        assert_eq!(figures(vec![vec![0.5, 0.6], vec![0.5]]), None);
        let two = figures(vec![vec![0.4, 0.6], vec![0.1, 0.3]]).unwrap();
        assert_eq!((two.flips, two.range_by_template.len()), (1, 2));
        assert!((two.gap_to_first - 0.2).abs() < 1e-12 && (two.pairwise_gap - 0.2).abs() < 1e-12);
    }
}
