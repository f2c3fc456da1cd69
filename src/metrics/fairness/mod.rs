//! Fairness for groups: rates by group, their differences and ratios, and subgroup AUCs.
//!
//! Demographic parity, equalized odds (Hardt, Price, Srebro, 2016), error-rate equality (Dixon et al., AIES 2018), subgroup AUCs
//! (Borkan et al., WWW 2019). Differences and ratios are those of fairlearn's `MetricFrame`.

use serde::Serialize;

use crate::base::stats::Rate;

pub mod bootstrap;
pub mod counterfactual;
pub mod subgroup;
pub mod tests_of_gaps;
pub mod thresholds;

/// Groups with fewer rows are shown, but take no part in differences and ranks.
pub const MIN_SUPPORT: usize = 30;

/// Rows of a binary classification with the group of each. All columns have the same length.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Names of the groups.
    pub names: Vec<String>,
    /// Index of the group of each row.
    pub groups: Vec<u32>,
    /// True for positives.
    pub truth: Vec<bool>,
    /// True for rows that are predicted to be positive.
    pub predicted: Vec<bool>,
    /// Score of the positive class, 0 to 1; empty if there is none.
    pub scores: Vec<f64>,
}

/// Rows by truth and prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Negatives predicted to be negative.
    pub true_negative: usize,
    /// Negatives predicted to be positive.
    pub false_positive: usize,
    /// Positives predicted to be negative.
    pub false_negative: usize,
    /// Positives predicted to be positive.
    pub true_positive: usize,
}

/// A rate of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Share of right predictions.
    Accuracy,
    /// Share that is predicted to be positive.
    SelectionRate,
    /// Share of the positives that are found.
    TruePositiveRate,
    /// Share of the negatives that are predicted to be positive.
    FalsePositiveRate,
    /// Share of the positives that are missed.
    FalseNegativeRate,
    /// Share of right predictions among those that are positive.
    Precision,
}

impl Measure {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 6] = [
        Self::Accuracy,
        Self::SelectionRate,
        Self::TruePositiveRate,
        Self::FalsePositiveRate,
        Self::FalseNegativeRate,
        Self::Precision,
    ];

    /// Name in files and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::SelectionRate => "selection_rate",
            Self::TruePositiveRate => "true_positive_rate",
            Self::FalsePositiveRate => "false_positive_rate",
            Self::FalseNegativeRate => "false_negative_rate",
            Self::Precision => "precision",
        }
    }

    /// Numerator and denominator.
    pub fn of(self, counts: &Counts) -> (usize, usize) {
        let Counts { true_negative: tn, false_positive: fp, false_negative: missed, true_positive: tp } =
            *counts;
        match self {
            Self::Accuracy => (tp + tn, counts.total()),
            Self::SelectionRate => (tp + fp, counts.total()),
            Self::TruePositiveRate => (tp, tp + missed),
            Self::FalsePositiveRate => (fp, fp + tn),
            Self::FalseNegativeRate => (missed, tp + missed),
            Self::Precision => (tp, tp + fp),
        }
    }

    /// The rate; `None` of no rows.
    pub fn value(self, counts: &Counts) -> Option<f64> {
        let (part, of) = self.of(counts);
        (of > 0).then(|| part as f64 / of as f64)
    }

    /// The rate with its Wilson interval.
    pub fn rate(self, counts: &Counts) -> Rate {
        let (part, of) = self.of(counts);
        Rate::wilson(part, of)
    }

    /// True if less is better; `None` where neither is, as of the selection rate.
    pub fn less_is_better(self) -> Option<bool> {
        match self {
            Self::Accuracy | Self::TruePositiveRate | Self::Precision => Some(false),
            Self::FalsePositiveRate | Self::FalseNegativeRate => Some(true),
            Self::SelectionRate => None,
        }
    }
}

impl Counts {
    /// All rows.
    pub fn total(&self) -> usize {
        self.true_negative + self.false_positive + self.false_negative + self.true_positive
    }

    fn add(&mut self, other: &Self) {
        self.true_negative += other.true_negative;
        self.false_positive += other.false_positive;
        self.false_negative += other.false_negative;
        self.true_positive += other.true_positive;
    }

    /// The counts of both.
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        all.into_iter().for_each(|counts| sum.add(counts));
        sum
    }

    fn from_cells(cells: &[usize]) -> Self {
        let at = |index: usize| cells.get(index).copied().unwrap_or(0);
        Self { true_negative: at(0), false_positive: at(1), false_negative: at(2), true_positive: at(3) }
    }

    fn cells(&self) -> [usize; 4] {
        [self.true_negative, self.false_positive, self.false_negative, self.true_positive]
    }
}

impl Rows {
    /// Counts of each group.
    pub fn counts(&self) -> Vec<Counts> {
        let mut cells = vec![0_usize; self.names.len() * 4];
        for ((group, truth), predicted) in self.groups.iter().zip(&self.truth).zip(&self.predicted) {
            let cell = *group as usize * 4 + usize::from(*truth) * 2 + usize::from(*predicted);
            if let Some(count) = cells.get_mut(cell) {
                *count += 1;
            }
        }
        cells.chunks_exact(4).map(Counts::from_cells).collect()
    }
}

/// Differences and ratios of one measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Largest minus smallest value of the groups.
    pub difference: f64,
    /// Largest distance of a group to the value of all rows.
    pub difference_to_overall: f64,
    /// Smallest divided by largest value.
    pub ratio: f64,
    /// Smallest ratio of a group and all rows, the smaller of both above.
    pub ratio_to_overall: f64,
}

/// Differences and ratios of values of groups; `None` with fewer than two values.
pub fn gap(values: &[f64], overall: f64) -> Option<Gap> {
    if values.len() < 2 {
        return None;
    }
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    let apart = values.iter().map(|value| (value - overall).abs()).fold(0.0, f64::max);
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 1.0 };
    let to_overall = values.iter().map(|value| share(value.min(overall), value.max(overall)));
    Some(Gap {
        difference: high - low,
        difference_to_overall: apart,
        ratio: share(low, high),
        ratio_to_overall: to_overall.fold(1.0, f64::min),
    })
}

/// Gaps between groups in the terms of the literature; `None` where a rate is not defined for two groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parity {
    /// Demographic parity: difference of selection rates.
    pub demographic_parity_difference: Option<f64>,
    /// Demographic parity: ratio of selection rates.
    pub demographic_parity_ratio: Option<f64>,
    /// Equalized odds: the larger difference of true and false positive rates.
    pub equalized_odds_difference: Option<f64>,
    /// Equalized odds: the mean of both differences.
    pub equalized_odds_difference_mean: Option<f64>,
    /// Equalized odds: the smaller ratio of true and false positive rates.
    pub equalized_odds_ratio: Option<f64>,
    /// Equal opportunity: difference of true positive rates.
    pub equal_opportunity_difference: Option<f64>,
    /// Equal opportunity: ratio of true positive rates.
    pub equal_opportunity_ratio: Option<f64>,
    /// Predictive parity: difference of precisions.
    pub predictive_parity_difference: Option<f64>,
    /// Equal accuracy: difference of accuracies.
    pub equal_accuracy_difference: Option<f64>,
    /// Sum of the distances of false positive rates to that of all rows (Dixon 2018).
    pub false_positive_equality_difference: Option<f64>,
    /// Sum of the distances of false negative rates to that of all rows.
    pub false_negative_equality_difference: Option<f64>,
}

/// The gap of a measure over groups with enough support; `None` where fewer than two of them have a value.
pub fn gap_of(measure: Measure, counts: &[Counts], min_support: usize) -> Option<Gap> {
    let overall = measure.value(&Counts::sum(counts))?;
    gap(&values(measure, counts, min_support), overall)
}

fn values(measure: Measure, counts: &[Counts], min_support: usize) -> Vec<f64> {
    let large = counts.iter().filter(|counts| counts.total() >= min_support);
    large.filter_map(|counts| measure.value(counts)).collect()
}

/// The gaps of counts by group.
pub fn parity(counts: &[Counts], min_support: usize) -> Parity {
    let of = |measure| gap_of(measure, counts, min_support);
    let difference = |measure| of(measure).map(|gap| gap.difference);
    let (found, wrong) = (of(Measure::TruePositiveRate), of(Measure::FalsePositiveRate));
    let both = found.zip(wrong);
    let sum = |measure: Measure| {
        let overall = measure.value(&Counts::sum(counts))?;
        let values = values(measure, counts, min_support);
        (values.len() > 1).then(|| values.iter().map(|value| (overall - value).abs()).sum())
    };
    Parity {
        demographic_parity_difference: difference(Measure::SelectionRate),
        demographic_parity_ratio: of(Measure::SelectionRate).map(|gap| gap.ratio),
        equalized_odds_difference: both.map(|(a, b)| a.difference.max(b.difference)),
        equalized_odds_difference_mean: both.map(|(a, b)| f64::midpoint(a.difference, b.difference)),
        equalized_odds_ratio: both.map(|(a, b)| a.ratio.min(b.ratio)),
        equal_opportunity_difference: difference(Measure::TruePositiveRate),
        equal_opportunity_ratio: found.map(|gap| gap.ratio),
        predictive_parity_difference: difference(Measure::Precision),
        equal_accuracy_difference: difference(Measure::Accuracy),
        false_positive_equality_difference: sum(Measure::FalsePositiveRate),
        false_negative_equality_difference: sum(Measure::FalseNegativeRate),
    }
}

/// The group with the worst value of a measure, among those with enough support; the first of equal ones.
pub fn worst_group(measure: Measure, counts: &[Counts], min_support: usize) -> Option<(usize, f64)> {
    let less = measure.less_is_better()?;
    let large = counts.iter().enumerate().filter(|(_, counts)| counts.total() >= min_support);
    let known = large.filter_map(|(at, counts)| Some((at, measure.value(counts)?)));
    known.reduce(
        |worst, other| {
            if (other.1 > worst.1) == less && (other.1 - worst.1).abs() > 0.0 { other } else { worst }
        },
    )
}

/// Calibration error of the scores of a group: mean distance of score and share of positives over bins of equal width without
/// their lower ends, weighted by rows; and the mean score. `None` without rows.
pub fn calibration(rows: &Rows, group: usize, bins: usize) -> Option<(f64, f64)> {
    let mut sums = vec![(0_usize, 0.0, 0_usize); bins.max(1)];
    let own =
        rows.groups.iter().zip(&rows.truth).zip(&rows.scores).filter(|((of, _), _)| **of as usize == group);
    let (mut count, mut total) = (0_usize, 0.0);
    for ((_, truth), score) in own {
        let at = ((score * bins as f64).ceil() as usize).clamp(1, bins.max(1)) - 1;
        let bin = &mut sums[at];
        bin.0 += 1;
        bin.1 += score;
        bin.2 += usize::from(*truth);
        count += 1;
        total += score;
    }
    let apart: f64 = sums.iter().map(|(_, scores, positives)| (scores - *positives as f64).abs()).sum();
    (count > 0).then(|| (apart / count as f64, total / count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_one_and_rates_that_are_not_defined_give_no_number() {
        let positive = Counts { true_positive: 3, false_negative: 1, ..Counts::default() };
        let one = Counts { false_positive: 1, ..Counts::default() };
        assert_eq!(Measure::FalsePositiveRate.value(&positive), None);
        assert_eq!(gap_of(Measure::FalsePositiveRate, &[positive, positive], 0), None);
        let gaps = parity(&[positive, one], 2);
        // One group is large enough: there is nothing to compare it with.
        assert_eq!(gaps.demographic_parity_difference, None);
        assert_eq!((gaps.equal_accuracy_difference, gaps.false_negative_equality_difference), (None, None));
        assert_eq!(parity(&[positive, one], 0).demographic_parity_difference, Some(0.25));
        assert_eq!(gaps.equalized_odds_difference, None);
        assert_eq!(parity(&[], 0).demographic_parity_ratio, None);
        assert_eq!(worst_group(Measure::Accuracy, &[positive, one], 0), Some((1, 0.0)));
        assert_eq!(worst_group(Measure::Accuracy, &[positive, one], 2), Some((0, 0.75)));
        assert_eq!(worst_group(Measure::FalsePositiveRate, &[one, positive], 0), Some((0, 1.0)));
    }
}
