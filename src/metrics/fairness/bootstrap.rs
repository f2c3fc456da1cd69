//! Bootstrap of rates by group: rows drawn with replacement are counts drawn from a multinomial distribution.

use crate::base::rng::Rng;
use crate::base::stats::quantile;
use crate::metrics::fairness::{Counts, Gap, Measure, gap_of};

/// The 95 % intervals of a measure: of groups those of percentiles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervals {
    /// Of each group; `None` where the rate was never defined.
    pub groups: Vec<Option<(f64, f64)>>,
    /// Of the difference between groups. A draw spreads groups that are alike, so that the largest difference is drawn too large:
    /// the lower end is that of the basic interval (Davison and Hinkley, 1997, section 5.2) and at least 0, the upper one the
    /// percentile, which is too high rather than too low.
    pub difference: Option<(f64, f64)>,
    /// Of the ratio between groups, likewise: the lower end is the percentile, the upper one that of the basic interval and at most
    /// 1.
    pub ratio: Option<(f64, f64)>,
}

/// Intervals of every measure, in the order of [`Measure::ALL`], from `samples` draws.
pub fn intervals(counts: &[Counts], min_support: usize, samples: usize, seed: u64) -> Vec<Intervals> {
    let cells: Vec<usize> = counts.iter().flat_map(Counts::cells).collect();
    // Support is that of the data, not of a draw.
    let large: Vec<bool> = counts.iter().map(|counts| counts.total() >= min_support).collect();
    let mut groups = vec![vec![Vec::with_capacity(samples); counts.len()]; Measure::ALL.len()];
    let mut gaps: Vec<Vec<Gap>> = vec![Vec::with_capacity(samples); Measure::ALL.len()];
    let mut drawn = vec![0; cells.len()];
    for sample in 0..samples {
        let mut rng = Rng::split(seed, sample as u64);
        multinomial(&cells, &mut drawn, &mut rng);
        let all: Vec<Counts> = drawn.chunks_exact(4).map(Counts::from_cells).collect();
        let kept: Vec<Counts> =
            all.iter().zip(&large).filter(|(_, large)| **large).map(|(counts, _)| *counts).collect();
        for (at, measure) in Measure::ALL.into_iter().enumerate() {
            for (group, counts) in all.iter().enumerate() {
                groups[at][group].extend(measure.value(counts));
            }
            gaps[at].extend(gap_of(measure, &kept, 0));
        }
    }
    let of = |((measure, groups), gaps): ((Measure, Vec<Vec<f64>>), Vec<Gap>)| {
        let gap = gap_of(measure, counts, min_support);
        let spread =
            |of: fn(&Gap) -> f64| Some((gap.as_ref().map(of)?, interval(gaps.iter().map(of).collect())?));
        Intervals {
            groups: groups.into_iter().map(interval).collect(),
            difference: spread(|gap| gap.difference)
                .map(|(value, (_, high))| ((2.0 * value - high).max(0.0), high.max(value))),
            ratio: spread(|gap| gap.ratio)
                .map(|(value, (low, _))| (low.min(value), (2.0 * value - low).min(1.0))),
        }
    };
    Measure::ALL.into_iter().zip(groups).zip(gaps).map(of).collect()
}

fn interval(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    Some((quantile(&values, 0.025)?, quantile(&values, 0.975)?))
}

/// Counts of as many draws with replacement as there are.
fn multinomial(cells: &[usize], drawn: &mut [usize], rng: &mut Rng) {
    let (mut draws, mut rest) = (cells.iter().sum::<usize>(), cells.iter().sum::<usize>());
    for (cell, target) in cells.iter().zip(drawn) {
        *target = if rest == 0 { 0 } else { binomial(draws, *cell as f64 / rest as f64, rng.unit()) };
        draws -= *target;
        rest -= cell;
    }
}

/// The number of hits of `draws` with probability `p` at a uniform number: inversion from the most likely number outwards.
fn binomial(draws: usize, p: f64, mut uniform: f64) -> usize {
    if draws == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return draws;
    }
    let n = draws as f64;
    let mode = ((n + 1.0) * p).floor().min(n);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(mode + 1.0) - libm::lgamma(n - mode + 1.0);
    let likeliest = libm::exp(choose + mode * libm::log(p) + (n - mode) * libm::log1p(-p));
    let odds = p / (1.0 - p);
    let (mut up, mut down) = (mode, mode);
    let (mut above, mut below) = (likeliest, likeliest);
    uniform -= likeliest;
    while uniform > 0.0 {
        let mut moved = false;
        if up < n {
            above *= (n - up) / (up + 1.0) * odds;
            up += 1.0;
            uniform -= above;
            if uniform <= 0.0 {
                return up as usize;
            }
            moved = above > 0.0;
        }
        if down > 0.0 {
            below *= down / ((n - down + 1.0) * odds);
            down -= 1.0;
            uniform -= below;
            if uniform <= 0.0 {
                return down as usize;
            }
            moved |= below > 0.0;
        }
        // What rounding left over of the probability.
        if !moved {
            break;
        }
    }
    mode as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_mean_and_the_variance_of_the_distribution() {
        let mut rng = Rng::new(3);
        for (n, p) in [(10, 0.3), (1000, 0.02), (100_000, 0.4)] {
            let draws: Vec<f64> = (0..4000).map(|_| binomial(n, p, rng.unit()) as f64).collect();
            let mean = draws.iter().sum::<f64>() / 4000.0;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 4000.0;
            let wanted = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean - wanted.0).abs() < 4.0 * (wanted.1 / 4000.0).sqrt(), "{n} {p}: {mean}");
            assert!((variance / wanted.1 - 1.0).abs() < 0.12, "{n} {p}: {variance}");
        }
        assert_eq!((binomial(0, 0.5, 0.9), binomial(5, 0.0, 0.9), binomial(5, 1.0, 0.1)), (0, 0, 5));
    }

    #[test]
    fn an_interval_of_a_gap_holds_its_value() {
        let counts = Counts { true_positive: 40, true_negative: 50, false_positive: 8, false_negative: 2 };
        let alike = intervals(&[counts, counts], 30, 500, 7);
        // Groups that are alike have no difference, and draws of them always have one.
        for (measure, interval) in Measure::ALL.into_iter().zip(&alike) {
            let (low, high) = interval.difference.unwrap();
            assert!(low.abs() < 1e-12 && high > 0.01, "{} {low} {high}", measure.id());
            assert!(interval.ratio.is_some_and(|(low, high)| low < 1.0 && (high - 1.0).abs() < 1e-12));
        }
        let other = Counts { true_positive: 10, false_negative: 32, ..counts };
        let apart = intervals(&[counts, other], 30, 500, 7);
        for (measure, interval) in Measure::ALL.into_iter().zip(&apart) {
            let value = gap_of(measure, &[counts, other], 30).unwrap();
            let ((low, high), ratio) = (interval.difference.unwrap(), interval.ratio.unwrap());
            assert!(low <= value.difference && value.difference <= high, "{}", measure.id());
            assert!(ratio.0 <= value.ratio && value.ratio <= ratio.1, "{}", measure.id());
        }
    }

    #[test]
    fn a_seed_fixes_the_intervals_and_empty_tables_have_none() {
        let counts = Counts { true_positive: 40, true_negative: 50, false_positive: 8, false_negative: 2 };
        let few = Counts { true_positive: 1, ..Counts::default() };
        let all = intervals(&[counts, few], 30, 200, 7);
        assert_eq!(all, intervals(&[counts, few], 30, 200, 7));
        assert_ne!(all, intervals(&[counts, few], 30, 200, 8));
        assert_eq!(all[3].groups[1], None);
        assert!(intervals(&[], 30, 10, 1)[0].difference.is_none());
        assert!(intervals(&[Counts::default()], 0, 10, 1)[0].groups[0].is_none());
    }
}
