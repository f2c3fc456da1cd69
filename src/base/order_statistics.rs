//! Percentiles by nearest rank, and their intervals by order statistics.

/// Part of all values that a percentile is about, between 0 and 1: `p99` is 0.99, `p999` is 0.999.
///
/// `None` for other texts; also for `p100`, which would be 10 % by this rule, and nobody means that.
pub fn part(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('p').filter(|digits| digits.chars().all(|c| c.is_ascii_digit()))?;
    let number = || digits.parse::<f64>().ok();
    let part = match digits.len() {
        1 | 2 => number()? / 100.0,
        3 | 4 if digits.starts_with('9') => number()? / 10_f64.powi(digits.len() as i32),
        _ => return None,
    };
    (part > 0.0 && part < 1.0).then_some(part)
}

/// A part as people say it: 99, 99.9.
pub fn percent(part: f64) -> String {
    let text = format!("{:.2}", 100.0 * part);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Number of values that a percentile takes: a hundred for the p99.
pub fn least(part: f64) -> usize {
    ((1.0 - 1e-9) / (1.0 - part)).ceil().max(1.0) as usize
}

/// Position of the nearest rank among sorted values; `count` is at least 1.
pub fn rank(count: usize, part: f64) -> usize {
    ((count as f64 * part - 1e-9).ceil().max(1.0) as usize).min(count.max(1)) - 1
}

/// Positions among sorted values between which a percentile is with a confidence between 0 and 1.
///
/// As many values are below it as a binomial distribution says (Conover, Practical Nonparametric Statistics, 1999). `None` where
/// there are too few values for one.
pub fn interval(count: usize, part: f64, confidence: f64) -> Option<[usize; 2]> {
    let tail = (1.0 - confidence) / 2.0;
    // Probabilities by their logarithms, from one count to the next.
    let odds = libm::log(part) - libm::log(1.0 - part);
    let mut log = count as f64 * libm::log(1.0 - part);
    let mut below = 0.0;
    let (mut low, mut high) = (None, None);
    for hits in 0..=count {
        let before = below;
        below += libm::exp(log);
        log += libm::log((count - hits) as f64) - libm::log((hits + 1) as f64) + odds;
        // At most the tail may lie on each side.
        if before <= tail && hits > 0 {
            low = Some(hits - 1);
        }
        if below >= 1.0 - tail && high.is_none() {
            high = Some(hits);
        }
    }
    let (low, high) = (low?, high.filter(|high| *high < count)?);
    Some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_read_and_told() {
        for (text, expected) in
            [("p50", 0.5), ("p5", 0.05), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)]
        {
            assert!((part(text).unwrap() - expected).abs() < 1e-12, "{text}");
        }
        for text in ["p", "p0", "p100", "99", "q99", "p9x", "p-1", "p99999", ""] {
            assert_eq!(part(text), None, "{text}");
        }
        assert_eq!([0.99, 0.999, 0.5].map(percent), ["99", "99.9", "50"]);
        assert_eq!([0.99, 0.999, 0.9999, 0.5, 0.05].map(least), [100, 1000, 10_000, 2, 2]);
    }

    #[test]
    fn ends_are_those_of_the_binomial_distribution() {
        // R: qbinom(c(0.025, 0.975), 100, 0.5) is 40 and 60: the values of rank 40 and 61.
        assert_eq!(interval(100, 0.5, 0.95), Some([39, 60]));
        // qbinom(c(0.025, 0.975), 1000, 0.99) is 983 and 996.
        assert_eq!(interval(1000, 0.99, 0.95), Some([982, 996]));
        // qbinom(c(0.1, 0.9), 100, 0.5) is 44 and 56.
        assert_eq!(interval(100, 0.5, 0.8), Some([43, 56]));
        // Of a hundred the upper end of the p99 is beyond the largest.
        assert_eq!(interval(100, 0.99, 0.95), None);
        assert_eq!(interval(0, 0.5, 0.95), None);
        assert_eq!((rank(100, 0.99), rank(100, 0.5), rank(1, 0.5)), (98, 49, 0));
    }
}
