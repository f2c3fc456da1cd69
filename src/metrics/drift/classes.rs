//! Drift of classes: chi-square, total variation, differences of shares.

use crate::base::stats::Rate;
use crate::metrics::drift::special::chi_square_tail;

/// Chi-square statistic of the counts of classes in two samples, without correction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquare {
    /// The statistic.
    pub statistic: f64,
    /// Classes that occur, minus one.
    pub degrees: usize,
    /// Probability of at least that statistic for samples of one distribution.
    pub p_value: f64,
}

/// The test of homogeneity of two rows of counts; `None` without a row, or with fewer than two classes.
pub fn chi_square(a: &[usize], b: &[usize]) -> Option<ChiSquare> {
    let (n, m) = (a.iter().sum::<usize>() as f64, b.iter().sum::<usize>() as f64);
    let used: Vec<(f64, f64)> =
        a.iter().zip(b).filter(|(a, b)| **a + **b > 0).map(|(a, b)| (*a as f64, *b as f64)).collect();
    if n < 1.0 || m < 1.0 || used.len() < 2 {
        return None;
    }
    let statistic = used
        .iter()
        .map(|(a, b)| {
            let both = a + b;
            let (first, second) = (both * n / (n + m), both * m / (n + m));
            (a - first).powi(2) / first + (b - second).powi(2) / second
        })
        .sum();
    let degrees = used.len() - 1;
    Some(ChiSquare { statistic, degrees, p_value: chi_square_tail(statistic, degrees as f64) })
}

/// Total variation distance of two rows of counts: half the sum of the differences of shares. `None` without a row.
pub fn total_variation(a: &[usize], b: &[usize]) -> Option<f64> {
    let (n, m) = (a.iter().sum::<usize>(), b.iter().sum::<usize>());
    let apart = a.iter().zip(b).map(|(a, b)| (*a as f64 / n as f64 - *b as f64 / m as f64).abs());
    (n > 0 && m > 0).then(|| apart.sum::<f64>() / 2.0)
}

/// Difference of the share of a class between two samples, second minus first, with the 95 % interval of Newcombe, 1998, from
/// both Wilson intervals.
pub fn difference(first: (usize, usize), second: (usize, usize)) -> (f64, f64, f64) {
    let (a, b) = (Rate::wilson(first.0, first.1), Rate::wilson(second.0, second.1));
    let (p, q) = (a.share(), b.share());
    let below = ((q - b.low).powi(2) + (a.high - p).powi(2)).sqrt();
    let above = ((b.high - q).powi(2) + (p - a.low).powi(2)).sqrt();
    (q - p, (q - p - below).max(-1.0), (q - p + above).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_one_kind_have_no_test() {
        assert_eq!(chi_square(&[5, 0], &[7, 0]), None);
        assert_eq!(chi_square(&[], &[]), None);
        assert_eq!(total_variation(&[0], &[3]), None);
        assert_eq!(total_variation(&[4, 0], &[0, 2]), Some(1.0));
        let found = chi_square(&[10, 20, 0], &[20, 10, 0]).unwrap();
        assert!((found.statistic - 20.0 / 3.0).abs() < 1e-12 && found.degrees == 1);
        // Newcombe's own example: 56/70 against 48/80.
        let (apart, low, high) = difference((48, 80), (56, 70));
        assert!(
            (apart - 0.2).abs() < 1e-12 && (low - 0.0524).abs() < 1e-4 && (high - 0.3339).abs() < 1e-4,
            "{low} {high}"
        );
    }
}
