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
        if of == 0 {
            return Self { hits, of, low: 0.0, high: 1.0 };
        }
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let scale = 1.0 + Z * Z / n;
        let middle = (p + Z * Z / (2.0 * n)) / scale;
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
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

/// Quantile of sorted values by linear interpolation; `None` without values.
pub fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = part.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let (a, b) = (*sorted.get(below)?, *sorted.get((below + 1).min(last))?);
    Some(a + (b - a) * (at - below as f64))
}

/// Resamples of a bootstrap.
const DRAWS: usize = 1000;

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

#[cfg(test)]
mod tests {
    use super::*;

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
