//! Subgroup AUCs of scores (Borkan, Dixon, Sorensen, Thain, Vasserman, "Nuanced Metrics for Measuring Unintended Bias with Real
//! Data for Text Classification", WWW 2019).

use serde::Serialize;

/// AUCs and average equality gaps of a subgroup; `None` where one of two sides is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SubgroupAuc {
    /// Rows of the subgroup.
    pub support: usize,
    /// AUC within the subgroup.
    pub subgroup: Option<f64>,
    /// Positives of the background against negatives of the subgroup: low means that the subgroup is flagged without cause.
    pub bpsn: Option<f64>,
    /// Negatives of the background against positives of the subgroup: low means that the subgroup is missed.
    pub bnsp: Option<f64>,
    /// Probability that a positive of the background scores above one of the subgroup, minus 1/2.
    pub positive_gap: Option<f64>,
    /// The same among the negatives.
    pub negative_gap: Option<f64>,
}

/// Rows in the order of their scores, made once for all subgroups.
#[derive(Debug)]
pub struct Ranking {
    /// Positions of the rows, lowest score first, cut where the score changes.
    ties: Vec<Vec<u32>>,
}

impl Ranking {
    /// Sorts scores; those that are no number come last.
    pub fn new(scores: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let score = |at: &u32| scores.get(*at as usize).copied().unwrap_or(f64::NAN);
        order.sort_by(|a, b| score(a).total_cmp(&score(b)));
        let ties = order.chunk_by(|a, b| score(a).total_cmp(&score(b)).is_eq());
        Self { ties: ties.map(<[u32]>::to_vec).collect() }
    }

    /// The probability that a row of `high` scores above a row of `low`, ties counting half; `None` if one of them is empty.
    pub fn above(&self, high: impl Fn(usize) -> bool, low: impl Fn(usize) -> bool) -> Option<f64> {
        let (mut area, mut below, mut highs) = (0.0, 0.0, 0.0);
        for tie in &self.ties {
            let count = |of: &dyn Fn(usize) -> bool| tie.iter().filter(|at| of(**at as usize)).count() as f64;
            let (of_high, of_low) = (count(&high), count(&low));
            area += of_high * (below + of_low / 2.0);
            below += of_low;
            highs += of_high;
        }
        (below > 0.0 && highs > 0.0).then(|| area / (below * highs))
    }

    /// The AUCs of a subgroup, in one pass over the rows.
    pub fn subgroup(&self, truth: &[bool], inside: impl Fn(usize) -> bool) -> SubgroupAuc {
        const POSITIVE: usize = 1;
        const OWN: usize = 2;
        // Each pair is the side that should score high and the one that should score low.
        let sides = [
            (OWN | POSITIVE, OWN),
            (POSITIVE, OWN),
            (OWN | POSITIVE, 0),
            (POSITIVE, OWN | POSITIVE),
            (0, OWN),
        ];
        let (mut below, mut areas) = ([0.0; 4], [0.0; 5]);
        for tie in &self.ties {
            let mut counts = [0.0; 4];
            for at in tie {
                let at = *at as usize;
                let positive = truth.get(at).copied().unwrap_or(false);
                counts[usize::from(inside(at)) * OWN + usize::from(positive)] += 1.0;
            }
            for (area, (high, low)) in areas.iter_mut().zip(sides) {
                *area += counts[high] * (below[low] + counts[low] / 2.0);
            }
            below.iter_mut().zip(counts).for_each(|(below, count)| *below += count);
        }
        let of = |at: usize| {
            let (high, low) = sides[at];
            (below[high] > 0.0 && below[low] > 0.0).then(|| areas[at] / (below[high] * below[low]))
        };
        let half = |probability: f64| probability - 0.5;
        SubgroupAuc {
            support: (below[OWN] + below[OWN | POSITIVE]) as usize,
            subgroup: of(0),
            bpsn: of(1),
            bnsp: of(2),
            positive_gap: of(3).map(half),
            negative_gap: of(4).map(half),
        }
    }

    /// AUC of all rows.
    pub fn overall(&self, truth: &[bool]) -> Option<f64> {
        let positive = |at: usize| truth.get(at).copied().unwrap_or(false);
        self.above(positive, |at| !positive(at))
    }
}

/// Power mean of the competition of Jigsaw, which is drawn to the worst subgroups.
pub const POWER: i32 = -5;

/// Power mean of values; `None` without any.
pub fn power_mean(values: &[f64], power: i32) -> Option<f64> {
    let sum: f64 = values.iter().map(|value| value.powi(power)).sum();
    (!values.is_empty() && power != 0).then(|| libm::pow(sum / values.len() as f64, 1.0 / f64::from(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_scores_are_chance_and_one_class_has_no_auc() {
        let ranking = Ranking::new(&[0.5; 4]);
        let auc = ranking.subgroup(&[true, false, true, false], |at| at < 2);
        assert_eq!((auc.subgroup, auc.bpsn, auc.positive_gap), (Some(0.5), Some(0.5), Some(0.0)));
        assert_eq!(ranking.overall(&[true; 4]), None);
        assert_eq!(ranking.subgroup(&[true; 4], |at| at == 0).bnsp, None);
        assert_eq!(power_mean(&[], POWER), None);
        assert_eq!(Ranking::new(&[]).overall(&[]), None);
    }
}
