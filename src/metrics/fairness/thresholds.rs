//! Thresholds of a score by group: one for all, or one for each group so that a rate is the same in all, at the least cost.
//!
//! The strategies are those of Hardt, Price, Srebro, "Equality of Opportunity in Supervised Learning", 2016, as the What-If Tool
//! (Wexler et al., 2019) offers them.

use serde::Serialize;

use crate::metrics::fairness::{Counts, Measure, Rows};

/// Steps of the rate that is to be the same, between 0 and 1.
const STEPS: usize = 400;
/// Gap between the groups below which costs decide.
const TOLERANCE: f64 = 0.01;

/// Cost of an error of either kind, zero or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Costs {
    /// Cost of a negative that is predicted to be positive.
    pub false_positive: f64,
    /// Cost of a positive that is missed.
    pub false_negative: f64,
}

impl Default for Costs {
    fn default() -> Self {
        Self { false_positive: 1.0, false_negative: 1.0 }
    }
}

impl Costs {
    /// Cost of all errors together.
    pub fn of(self, counts: &Counts) -> f64 {
        self.false_positive * counts.false_positive as f64
            + self.false_negative * counts.false_negative as f64
    }
}

/// Choice of the thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One threshold for all rows.
    Single,
    /// The same selection rate in each group.
    DemographicParity,
    /// The same true positive rate in each group.
    EqualOpportunity,
    /// The same accuracy in each group.
    EqualAccuracy,
}

impl Strategy {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] =
        [Self::Single, Self::DemographicParity, Self::EqualOpportunity, Self::EqualAccuracy];

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Single => "Single threshold",
            Self::DemographicParity => "Demographic parity",
            Self::EqualOpportunity => "Equal opportunity",
            Self::EqualAccuracy => "Equal accuracy",
        }
    }

    /// The rate that is to be the same in all groups.
    pub fn measure(self) -> Option<Measure> {
        match self {
            Self::Single => None,
            Self::DemographicParity => Some(Measure::SelectionRate),
            Self::EqualOpportunity => Some(Measure::TruePositiveRate),
            Self::EqualAccuracy => Some(Measure::Accuracy),
        }
    }
}

/// The threshold of a group and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GroupThreshold {
    /// Score from which a row is predicted to be positive; none if no row is.
    pub threshold: Option<f64>,
    /// Rows by truth and prediction.
    pub counts: Counts,
    /// Cost of the errors, for each row.
    pub cost: f64,
}

/// Thresholds of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// The strategy.
    pub strategy: Strategy,
    /// Threshold of each group.
    pub groups: Vec<GroupThreshold>,
    /// Cost of the errors in all groups, for each row.
    pub cost: f64,
    /// Difference of the rate between the groups with enough rows; none with one threshold for all or one group.
    pub gap: Option<f64>,
}

/// A threshold with the counts that follow from it.
#[derive(Clone, Copy)]
struct Candidate {
    threshold: Option<f64>,
    counts: Counts,
}

/// Every different threshold of each group.
pub struct Explorer {
    groups: Vec<Vec<Candidate>>,
    all: Vec<Candidate>,
    min_support: usize,
}

/// Every threshold of some rows, the highest first: first the one that selects nobody.
fn candidates(mut rows: Vec<(f64, bool)>) -> Vec<Candidate> {
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = rows.iter().filter(|(_, truth)| *truth).count();
    let mut now =
        Counts { true_negative: rows.len() - positives, false_negative: positives, ..Counts::default() };
    let mut all = vec![Candidate { threshold: None, counts: now }];
    for (at, (score, truth)) in rows.iter().enumerate() {
        if *truth {
            (now.true_positive, now.false_negative) = (now.true_positive + 1, now.false_negative - 1);
        } else {
            (now.false_positive, now.true_negative) = (now.false_positive + 1, now.true_negative - 1);
        }
        // Rows of one score are selected together.
        if rows.get(at + 1).is_none_or(|next| next.0.total_cmp(score).is_ne()) {
            all.push(Candidate { threshold: Some(*score), counts: now });
        }
    }
    all
}

/// The cheapest of some candidates; of several the first.
fn cheapest<'a>(of: impl Iterator<Item = &'a Candidate>, costs: Costs) -> Option<&'a Candidate> {
    of.reduce(|best, next| if costs.of(&next.counts) < costs.of(&best.counts) { next } else { best })
}

/// Counts at the threshold `at`, among candidates with the highest threshold first.
fn counts_at(of: &[Candidate], at: Option<f64>) -> Counts {
    let Some(at) = at else { return of.first().map(|first| first.counts).unwrap_or_default() };
    let below = of.partition_point(|one| one.threshold.is_none_or(|threshold| threshold >= at));
    below.checked_sub(1).and_then(|last| of.get(last)).map(|last| last.counts).unwrap_or_default()
}

impl Explorer {
    /// Thresholds of rows with scores; groups with fewer rows than `min_support` take no part in what is to be the same. `None`
    /// without scores.
    pub fn new(rows: &Rows, min_support: usize) -> Option<Self> {
        if rows.scores.is_empty() {
            return None;
        }
        let all: Vec<(f64, bool)> = rows.scores.iter().copied().zip(rows.truth.iter().copied()).collect();
        let mut by_group = vec![Vec::new(); rows.names.len()];
        for (group, row) in rows.groups.iter().zip(&all) {
            by_group.get_mut(*group as usize)?.push(*row);
        }
        Some(Self {
            groups: by_group.into_iter().map(candidates).collect(),
            all: candidates(all),
            min_support,
        })
    }

    /// Counts of each group at one threshold for all.
    pub fn at(&self, threshold: f64) -> Vec<Counts> {
        self.groups.iter().map(|group| counts_at(group, Some(threshold))).collect()
    }

    /// Cost for each row of a group, or of all rows, at `points` + 1 thresholds from 0 to 1.
    pub fn costs(&self, group: Option<usize>, costs: Costs, points: usize) -> Vec<[f64; 2]> {
        let of = group.map_or(Some(&self.all), |group| self.groups.get(group));
        let Some(of) = of else { return Vec::new() };
        let cost = |at: f64| {
            let counts = counts_at(of, Some(at));
            costs.of(&counts) / counts.total().max(1) as f64
        };
        let at = |point: usize| point as f64 / points.max(1) as f64;
        (0..=points).map(|point| [at(point), cost(at(point))]).collect()
    }

    /// The thresholds of a strategy at the least cost. Groups that cannot take part, for they are small or have no rows of the
    /// rate, get the single threshold.
    pub fn thresholds(&self, strategy: Strategy, costs: Costs) -> Thresholds {
        let single = cheapest(self.all.iter(), costs).and_then(|one| one.threshold);
        let mut chosen: Vec<Candidate> = self
            .groups
            .iter()
            .map(|group| Candidate { threshold: single, counts: counts_at(group, single) })
            .collect();
        let mut gap = None;
        if let Some(measure) = strategy.measure() {
            let part: Vec<usize> = (0..self.groups.len())
                .filter(|at| {
                    let all = self.groups[*at].last();
                    all.is_some_and(|all| {
                        all.counts.total() >= self.min_support.max(1) && measure.value(&all.counts).is_some()
                    })
                })
                .collect();
            if let Some((same, of)) = self.same(measure, &part, costs) {
                for (at, candidate) in part.iter().zip(same) {
                    chosen[*at] = candidate;
                }
                gap = (part.len() > 1).then_some(of);
            }
        }
        let group = |one: &Candidate| GroupThreshold {
            threshold: one.threshold,
            counts: one.counts,
            cost: costs.of(&one.counts) / one.counts.total().max(1) as f64,
        };
        let rows: usize = chosen.iter().map(|one| one.counts.total()).sum();
        let cost = chosen.iter().map(|one| costs.of(&one.counts)).sum::<f64>() / rows.max(1) as f64;
        Thresholds { strategy, groups: chosen.iter().map(group).collect(), cost, gap }
    }

    /// Thresholds of some groups at which a rate is the same, as far as their scores allow it, with the gap that is left.
    fn same(&self, measure: Measure, part: &[usize], costs: Costs) -> Option<(Vec<Candidate>, f64)> {
        // The cheapest threshold of each group by its rate in steps.
        let by_step: Vec<Vec<Option<Candidate>>> = part
            .iter()
            .map(|at| {
                let mut steps: Vec<Option<Candidate>> = vec![None; STEPS + 1];
                for one in &self.groups[*at] {
                    let Some(rate) = measure.value(&one.counts) else { continue };
                    let place = &mut steps[(rate * STEPS as f64).round() as usize];
                    if place.is_none_or(|known| costs.of(&one.counts) < costs.of(&known.counts)) {
                        *place = Some(*one);
                    }
                }
                steps
            })
            .collect();
        let nearest = |steps: &[Option<Candidate>], target: usize| {
            let around = |apart: usize| {
                let below = target.checked_sub(apart).and_then(|at| steps.get(at).copied().flatten());
                let above = steps.get(target + apart).copied().flatten();
                cheapest([below, above].iter().flatten(), costs).copied()
            };
            (0..=STEPS).find_map(around)
        };
        let mut found: Vec<(f64, f64, Vec<Candidate>)> = Vec::new();
        for target in 0..=STEPS {
            let same: Vec<Candidate> =
                by_step.iter().map(|steps| nearest(steps, target)).collect::<Option<_>>()?;
            let rates: Vec<f64> = same.iter().filter_map(|one| measure.value(&one.counts)).collect();
            let (low, high) = rates.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), rate| {
                (low.min(*rate), high.max(*rate))
            });
            let cost = same.iter().map(|one| costs.of(&one.counts)).sum();
            found.push((if rates.is_empty() { 0.0 } else { high - low }, cost, same));
        }
        let least = found.iter().map(|(gap, ..)| *gap).fold(f64::INFINITY, f64::min);
        let good = found.into_iter().filter(|(gap, ..)| *gap <= least.max(TOLERANCE));
        good.reduce(|best, next| if next.1 < best.1 { next } else { best }).map(|(gap, _, same)| (same, gap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Group 0: scores 0.1 to 1.0, positive from 0.5 on. Group 1: the same, positive from 0.8 on.
    fn rows() -> Rows {
        let scores: Vec<f64> = (1..=10).map(|tenth| f64::from(tenth) / 10.0).collect();
        let truth = |from: f64| scores.iter().map(move |score| *score >= from - 1e-9).collect::<Vec<bool>>();
        Rows {
            names: vec!["a".to_owned(), "b".to_owned()],
            groups: [vec![0; 10], vec![1; 10]].concat(),
            truth: [truth(0.5), truth(0.8)].concat(),
            predicted: vec![false; 20],
            scores: [scores.clone(), scores.clone()].concat(),
        }
    }

    #[test]
    fn each_strategy_finds_its_thresholds_at_the_least_cost() {
        let explorer = Explorer::new(&rows(), 0).unwrap();
        let costs = Costs::default();
        let of = |strategy| explorer.thresholds(strategy, costs);
        // Between 0.5 and 0.8 each step takes an error from one group and gives one to the other: the highest wins.
        let single = of(Strategy::Single);
        assert_eq!(single.groups.iter().map(|one| one.threshold).collect::<Vec<_>>(), [Some(0.8); 2]);
        assert!((single.cost - 3.0 / 20.0).abs() < 1e-12 && single.gap.is_none());
        // Everybody right: thresholds by group.
        let equal = of(Strategy::EqualOpportunity);
        assert_eq!(equal.groups.iter().map(|one| one.threshold).collect::<Vec<_>>(), [Some(0.5), Some(0.8)]);
        assert_eq!((equal.cost, equal.gap), (0.0, Some(0.0)));
        let accurate = of(Strategy::EqualAccuracy);
        assert_eq!((accurate.cost, accurate.gap), (0.0, Some(0.0)));
        // Six and three of ten are positive: the same share cannot be right for both.
        let parity = of(Strategy::DemographicParity);
        let selected: Vec<usize> =
            parity.groups.iter().map(|one| one.counts.true_positive + one.counts.false_positive).collect();
        assert_eq!(selected[0], selected[1]);
        assert!((parity.cost - 3.0 / 20.0).abs() < 1e-12 && parity.gap == Some(0.0));
    }

    #[test]
    fn costs_move_the_threshold_and_small_groups_stay_out() {
        let explorer = Explorer::new(&rows(), 0).unwrap();
        let misses = Costs { false_positive: 0.1, false_negative: 1.0 };
        assert_eq!(explorer.thresholds(Strategy::Single, misses).groups[0].threshold, Some(0.5));
        let nobody = Costs { false_positive: 100.0, false_negative: 0.0 };
        assert_eq!(explorer.thresholds(Strategy::Single, nobody).groups[0].counts.false_positive, 0);
        let explorer = Explorer::new(&rows(), 11).unwrap();
        let equal = explorer.thresholds(Strategy::EqualOpportunity, Costs::default());
        assert_eq!((equal.groups[0].threshold, equal.gap), (Some(0.8), None));
        let curve = explorer.costs(Some(0), Costs::default(), 10);
        assert_eq!(curve.len(), 11);
        assert!((curve[0][1] - 0.4).abs() < 1e-12 && curve[5][1] == 0.0);
        assert!(Explorer::new(&Rows::default(), 0).is_none());
    }
}
