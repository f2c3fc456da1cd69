//! Tests of paired numbers: the same thing measured under two set-ups.

use std::collections::BTreeMap;

use crate::base::rng::Rng;
use crate::base::stats::quantile;
use crate::metrics::classification::mcnemar;

/// Largest number of differences for which the distribution of ranks is counted out.
const EXACT: usize = 50;

/// Result of the signed-rank test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Smaller one of both sums of ranks.
    pub statistic: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Number of differences that are not zero.
    pub count: usize,
}

/// The signed-rank test for paired numbers (Wilcoxon, Individual comparisons by ranking methods, 1945), two-sided.
///
/// Differences of zero are left out. Up to fifty differences without ties have their exact p-value, all others that of the normal
/// distribution with the correction for ties. `None` without a difference.
pub fn signed_rank(differences: &[f64]) -> Option<SignedRank> {
    let mut sorted: Vec<f64> =
        differences.iter().copied().filter(|d| d.is_finite() && d.abs() > 0.0).collect();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let count = sorted.len();
    if count == 0 {
        return None;
    }
    let (mut above, mut below, mut ties, mut at) = (0.0, 0.0, 0.0, 0);
    for alike in sorted.chunk_by(|a, b| a.abs().total_cmp(&b.abs()).is_eq()) {
        let number = alike.len() as f64;
        // The mean of the ranks that they share.
        let rank = at as f64 + f64::midpoint(1.0, number);
        for difference in alike {
            if *difference > 0.0 { above += rank } else { below += rank }
        }
        ties += number * number * number - number;
        at += alike.len();
    }
    let statistic = f64::min(above, below);
    let p_value = if count <= EXACT && ties <= 0.0 {
        exact(count, statistic as usize)
    } else {
        let n = count as f64;
        let mean = n * (n + 1.0) / 4.0;
        let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
        if variance > 0.0 { libm::erfc((mean - statistic) / (2.0 * variance).sqrt()) } else { 1.0 }
    };
    Some(SignedRank { statistic, p_value: p_value.min(1.0), count })
}

/// Two-sided probability of a sum of ranks of at most this.
fn exact(count: usize, statistic: usize) -> f64 {
    let most = count * (count + 1) / 2;
    let mut chances = vec![0.0; most + 1];
    chances[0] = 1.0;
    for rank in 1..=count {
        for sum in (0..=most).rev() {
            let with = if sum >= rank { chances[sum - rank] } else { 0.0 };
            chances[sum] = f64::midpoint(chances[sum], with);
        }
    }
    2.0 * chances.iter().take(statistic + 1).sum::<f64>()
}

/// Two-sided p-value of the sign test; differences of zero are left out.
pub fn sign_test(differences: &[f64]) -> f64 {
    let count =
        |wanted: fn(f64) -> bool| differences.iter().filter(|difference| wanted(**difference)).count();
    mcnemar(count(|difference| difference > 0.0), count(|difference| difference < 0.0))
}

/// The 95 % interval of the mean of differences by the percentile bootstrap over groups (Efron, 1979).
///
/// Differences of one group, which are those of one frame, are drawn together, for they are alike. `None` with fewer than two
/// groups or without draws.
pub fn mean_interval(differences: &[(usize, f64)], draws: usize, seed: u64) -> Option<[f64; 2]> {
    let mut groups: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
    for (group, difference) in differences {
        let entry = groups.entry(*group).or_default();
        entry.0 += difference;
        entry.1 += 1;
    }
    let groups: Vec<(f64, usize)> = groups.into_values().collect();
    if groups.len() < 2 || draws == 0 {
        return None;
    }
    let mut rng = Rng::new(seed);
    let mut means: Vec<f64> = (0..draws)
        .map(|_| {
            let (sum, count) = (0..groups.len()).fold((0.0, 0), |(sum, count), _| {
                let (own, many) = groups[(rng.bits() % groups.len() as u64) as usize];
                (sum + own, count + many)
            });
            sum / count as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    quantile(&means, 0.025).zip(quantile(&means, 0.975)).map(|(low, high)| [low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `scipy.stats.wilcoxon` and `binomtest` of `SciPy` 1.17.1.
    #[test]
    fn p_values_are_those_of_scipy() {
        let check = |differences: &[f64], statistic: f64, p_value: f64| {
            let found = signed_rank(differences).unwrap();
            assert!((found.statistic - statistic).abs() < 1e-9, "{found:?}");
            assert!((found.p_value - p_value).abs() < 1e-12, "{found:?} is not {p_value}");
        };
        // Hollander and Wolfe, Nonparametric Statistical Methods, example 3.1.
        let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        #[expect(clippy::approx_constant, reason = "one of the published values happens to be 3.14")]
        let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        let differences: Vec<f64> = before.iter().zip(after).map(|(a, b)| a - b).collect();
        check(&differences, 5.0, 0.039_062_5);
        // Ties and a zero: the normal distribution.
        let tied = [0.3, -0.1, 0.2, 0.2, 0.0, -0.3, 0.5, 0.5, 0.1, -0.2, 0.4, 0.0, 0.6];
        check(&tied, 12.0, 0.060_982_971_925_821_625);
        let many: Vec<f64> =
            (0..60).map(|i| f64::from((i * 37) % 101 - 43) / 10.0 + 0.013 * f64::from(i)).collect();
        check(&many, 572.0, 0.011_568_846_907_813_103);
        check(&many[..50], 404.0, 0.023_585_311_964_122_724);
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.0, 0.0625);
        check(&[-1.0], 0.0, 1.0);
        assert_eq!(signed_rank(&[0.0, f64::NAN]), None);
        let signs: Vec<f64> =
            (0..12).map(|i| if i < 3 { -1.0 } else { f64::from(i % 12 - 11).abs() }).collect();
        assert_eq!(signs.iter().filter(|sign| **sign > 0.0).count(), 8);
        assert!((sign_test(&signs) - 0.226_562_5).abs() < 1e-12);
    }

    #[test]
    fn differences_of_a_group_are_drawn_together() {
        // A hundred times the same frame is no more than once.
        let one: Vec<(usize, f64)> = [(0, 1.0), (1, 0.0)].into();
        let many: Vec<(usize, f64)> = one.iter().flat_map(|pair| std::iter::repeat_n(*pair, 100)).collect();
        assert_eq!(mean_interval(&one, 500, 7), mean_interval(&many, 500, 7));
        assert_eq!(mean_interval(&one, 500, 7), Some([0.0, 1.0]));
        assert_eq!(mean_interval(&one[..1], 500, 7), None);
        assert_eq!(mean_interval(&one, 0, 7), None);
    }
}
