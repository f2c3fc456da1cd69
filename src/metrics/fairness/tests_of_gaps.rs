//! Tests of many gaps: each group against the rest, corrected for their number.

use crate::metrics::fairness::{Counts, Measure};

/// Two-sided p-value that a rate is the same in a group and in the rest: the pooled z test of two proportions. `None` where
/// one of them has no rows.
pub fn p_value(measure: Measure, group: &Counts, rest: &Counts) -> Option<f64> {
    let ((a, n), (b, m)) = (measure.of(group), measure.of(rest));
    if n == 0 || m == 0 {
        return None;
    }
    let [a, n, b, m] = [a, n, b, m].map(|count| count as f64);
    let pooled = (a + b) / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if deviation <= 0.0 {
        return Some(1.0);
    }
    let z = (a / n - b / m).abs() / deviation;
    Some(libm::erfc(z / std::f64::consts::SQRT_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_of_nothing_is_none() {
        let all = Counts { true_positive: 5, true_negative: 5, ..Counts::default() };
        assert_eq!(p_value(Measure::Accuracy, &all, &all), Some(1.0));
        assert_eq!(p_value(Measure::Accuracy, &all, &Counts::default()), None);
        let wrong = Counts { false_positive: 50, false_negative: 50, ..Counts::default() };
        assert!(p_value(Measure::Accuracy, &all, &wrong).unwrap() < 1e-10);
    }
}
