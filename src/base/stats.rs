//! Statistics with confidence intervals.

use crate::base::rng::Rng;

/// 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A proportion with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Number of hits.
    pub hits: usize,
    /// Number of trials.
    pub of: usize,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Rate {
    /// The proportion with its Wilson score interval (Wilson, "Probable inference, the law of succession, and
    /// statistical inference", 1927). Of zero trials it is anything between 0 and 1.
    pub fn wilson(hits: usize, of: usize) -> Self {
        Self::within(hits, of, Z)
    }

    /// The proportion with its Wilson score interval at another confidence, between 0 and 1.
    pub fn wilson_at(hits: usize, of: usize, confidence: f64) -> Self {
        Self::within(hits, of, normal_quantile(f64::midpoint(1.0, confidence)))
    }

    /// The Wilson score interval that is `z` standard deviations wide on each side.
    fn within(hits: usize, of: usize, z: f64) -> Self {
        if of == 0 {
            return Self { hits, of, low: 0.0, high: 1.0 };
        }
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let scale = 1.0 + z * z / n;
        let middle = (p + z * z / (2.0 * n)) / scale;
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / scale;
        // All or nothing leaves no room on that side, even with rounding.
        let low = if hits == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if hits == of { 1.0 } else { (middle + half).min(1.0) };
        Self { hits, of, low, high }
    }

    /// The proportion, or 0 of zero trials.
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }
}

/// Quantile of the standard normal distribution for a probability between 0 and 1, to the last digits of the error function,
/// by bisection; the ends are 40 standard deviations.
pub fn normal_quantile(probability: f64) -> f64 {
    let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if below(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Quantile of sorted values by linear interpolation; `None` without values.
pub fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = part.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let (a, b) = (*sorted.get(below)?, *sorted.get((below + 1).min(last))?);
    Some(a + (b - a) * (at - below as f64))
}

/// Resamples of a bootstrap.
pub(super) const DRAWS: usize = 1000;

/// The 95 % interval of the median by the percentile bootstrap (Efron, 1979); `None` without values.
pub fn median_interval(values: &[f64], seed: u64) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let mut rng = Rng::new(seed);
    let mut medians: Vec<f64> = Vec::with_capacity(DRAWS);
    let mut drawn = Vec::with_capacity(values.len());
    for _ in 0..DRAWS {
        drawn.clear();
        drawn.extend((0..values.len()).map(|_| values[(rng.bits() % values.len() as u64) as usize]));
        drawn.sort_by(f64::total_cmp);
        medians.extend(quantile(&drawn, 0.5));
    }
    medians.sort_by(f64::total_cmp);
    Some((quantile(&medians, 0.025)?, quantile(&medians, 0.975)?))
}

/// P-values adjusted by the step-up procedure of Benjamini and Hochberg, 1995, which bounds the share of false discoveries.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let (count, mut least, mut adjusted) = (p_values.len() as f64, 1.0_f64, vec![1.0; p_values.len()]);
    for (place, at) in order.into_iter().enumerate() {
        least = least.min(p_values[at] * count / (count - place as f64));
        adjusted[at] = least;
    }
    adjusted
}

/// P-values adjusted by the step-down procedure of Holm, 1979, which bounds the chance of any false discovery.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let (mut most, mut adjusted) = (0.0_f64, vec![1.0; p_values.len()]);
    for (place, at) in order.into_iter().enumerate() {
        most = most.max((p_values[at] * (p_values.len() - place) as f64).min(1.0));
        adjusted[at] = most;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_the_paper() {
        // Benjamini and Hochberg, 1995, section 4: four of fifteen hypotheses are rejected at 0.05.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let rejected = |adjusted: Vec<f64>| adjusted.iter().filter(|p| **p <= 0.05).count();
        assert_eq!(rejected(benjamini_hochberg(&p)), 4);
        // Holm rejects the three that Bonferroni does.
        assert_eq!(rejected(holm(&p)), 3);
        assert_eq!(benjamini_hochberg(&[]), Vec::<f64>::new());
    }

    #[test]
    fn the_published_rates_get_their_intervals() {
        // Zhou and Sun, CACM 2019: 27, 121 and 335 violations of 1000.
        for (hits, low, high) in [(27, 0.019, 0.039), (121, 0.102, 0.143), (335, 0.306, 0.365)] {
            let rate = Rate::wilson(hits, 1000);
            assert!((rate.low - low).abs() < 6e-4 && (rate.high - high).abs() < 6e-4, "{rate:?}");
        }
        let none = Rate::wilson(0, 10);
        assert!(none.low <= 0.0 && (none.high - 0.2775).abs() < 1e-3, "{none:?}");
        assert!(Rate::wilson(0, 0).high >= 1.0);
        assert!(Rate::wilson(7, 7).high >= 1.0);
    }

    #[test]
    fn medians_lie_in_their_intervals() {
        let values: Vec<f64> = (0..101).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.5), Some(50.0));
        assert_eq!(quantile(&[], 0.5), None);
        let (low, high) = median_interval(&values, 3).unwrap();
        assert!((30.0..50.0).contains(&low) && (50.0..70.0).contains(&high), "{low} {high}");
        assert_eq!(median_interval(&values, 3), median_interval(&values, 3));
    }
}
