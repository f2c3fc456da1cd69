//! Latency histogram with bins that are 10 % wide.

/// Latencies of predictions, in bins that are 10 % wide.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// Counts by bin.
    counts: std::collections::BTreeMap<i32, u64>,
}

impl Latency {
    /// Adds one latency in seconds.
    pub fn add(&mut self, seconds: f64) {
        let step = (libm::log(seconds.max(1e-6)) / libm::log(1.1)).floor() as i32;
        *self.counts.entry(step).or_default() += 1;
    }

    /// Number of latencies added.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Latency quantile in seconds, accurate to 10 %; `part` is 0 to 1.
    pub fn quantile(&self, part: f64) -> f64 {
        let wanted = (self.count() as f64 * part).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (step, count) in &self.counts {
            seen += count;
            if seen >= wanted {
                return libm::pow(1.1, f64::from(step + 1));
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_latency_are_right_to_a_tenth() {
        let mut latency = Latency::default();
        for i in 1..=1000 {
            latency.add(f64::from(i) / 1000.0);
        }
        for (part, wanted) in [(0.5, 0.5), (0.95, 0.95), (0.99, 0.99)] {
            let found = latency.quantile(part);
            assert!((found / wanted - 1.0).abs() < 0.11, "{found} is not {wanted}");
        }
        assert_eq!(latency.count(), 1000);
    }
}
