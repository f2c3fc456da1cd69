//! Many values of which few differ, kept as counts, with the statistics of [`stats`](crate::base::stats).

use serde::{Deserialize, Serialize};

use crate::base::rng::Rng;
use crate::base::stats::{DRAWS, median_interval, normal_quantile, quantile};

/// A multiset of numbers: each different one with its count, in ascending order.
///
/// Its statistics are those of the sorted list, to the bit, for any order in which the numbers came and however they were
/// joined. Memory grows with the number of different values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counted {
    counts: Vec<(f64, usize)>,
}

/// More values than this have the interval of their order statistics in place of a bootstrap.
const MOST_DRAWN: usize = 100_000;

impl Counted {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        self.add_many(value, 1);
    }

    fn add_many(&mut self, value: f64, count: usize) {
        match self.counts.binary_search_by(|(known, _)| known.total_cmp(&value)) {
            Ok(at) => self.counts[at].1 += count,
            Err(at) => self.counts.insert(at, (value, count)),
        }
    }

    /// Adds all numbers of another one.
    pub fn join(&mut self, other: &Self) {
        for (value, count) in &other.counts {
            self.add_many(*value, *count);
        }
    }

    /// Number of numbers.
    pub fn count(&self) -> usize {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// The number at a position of the sorted list.
    fn at(&self, position: usize) -> Option<f64> {
        let mut before = 0;
        self.counts.iter().find_map(|(value, count)| {
            before += count;
            (position < before).then_some(*value)
        })
    }

    /// Quantile by linear interpolation, see [`quantile`]; `None` without values.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let last = self.count().checked_sub(1)?;
        let at = part.clamp(0.0, 1.0) * last as f64;
        let below = at.floor() as usize;
        let (a, b) = (self.at(below)?, self.at((below + 1).min(last))?);
        Some(a + (b - a) * (at - below as f64))
    }

    /// The 95 % interval of the median; `None` without values.
    ///
    /// Up to 100,000 values it is [`median_interval`], the percentile bootstrap. Above, it lies between the order statistics
    /// whose ranks are those of the binomial distribution in its normal approximation: n / 2 -+ 1.96 sqrt(n) / 2 (Conover,
    /// "Practical Nonparametric Statistics", section 3.2).
    pub fn median_interval(&self, seed: u64) -> Option<(f64, f64)> {
        let count = self.count();
        if count > MOST_DRAWN {
            let half = normal_quantile(0.975) * (count as f64).sqrt() / 2.0;
            let middle = count as f64 / 2.0;
            let rank = |at: f64| (at.max(1.0) as usize - 1).min(count - 1);
            return Some((
                self.at(rank((middle - half).floor()))?,
                self.at(rank((middle + half + 1.0).ceil()))?,
            ));
        }
        if self.counts.len() == count {
            let values: Vec<f64> = self.counts.iter().map(|(value, _)| *value).collect();
            return median_interval(&values, seed);
        }
        let mut rng = Rng::new(seed);
        let mut medians = Vec::with_capacity(DRAWS);
        let mut ends = Vec::with_capacity(self.counts.len());
        for (_, count) in &self.counts {
            ends.push(ends.last().copied().unwrap_or(0) + *count);
        }
        let mut drawn = Self { counts: self.counts.clone() };
        for _ in 0..DRAWS {
            for (_, count) in &mut drawn.counts {
                *count = 0;
            }
            for _ in 0..count {
                let position = (rng.bits() % count as u64) as usize;
                drawn.counts[ends.partition_point(|end| *end <= position)].1 += 1;
            }
            medians.extend(drawn.quantile(0.5));
        }
        medians.sort_by(f64::total_cmp);
        Some((quantile(&medians, 0.025)?, quantile(&medians, 0.975)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_the_statistics_of_the_list() {
        let mut rng = Rng::new(4);
        for (count, levels) in [(1, 3), (2, 3), (57, 4), (300, 11), (40, 1_000_000)] {
            let mut values: Vec<f64> =
                (0..count).map(|_| (rng.bits() % levels) as f64 / levels as f64).collect();
            let mut whole = Counted::default();
            for part in values.chunks(7) {
                let mut one = Counted::default();
                for value in part {
                    one.add(*value);
                }
                whole.join(&one);
            }
            values.sort_by(f64::total_cmp);
            assert_eq!(whole.count(), values.len());
            for part in [0.0, 0.25, 0.5, 0.75, 0.9, 1.0] {
                assert_eq!(whole.quantile(part), quantile(&values, part), "{part} of {values:?}");
            }
            assert_eq!(whole.median_interval(1), median_interval(&values, 1), "{values:?}");
            let text = serde_json::to_string(&whole).unwrap();
            assert_eq!(serde_json::from_str::<Counted>(&text).unwrap(), whole);
        }
        assert_eq!((Counted::default().quantile(0.5), Counted::default().median_interval(1)), (None, None));
    }

    #[test]
    fn many_values_have_the_interval_of_their_ranks() {
        let mut many = Counted::default();
        (0..200_001).for_each(|value| many.add(f64::from(value)));
        let (low, high) = many.median_interval(1).unwrap();
        // 1.96 * sqrt(200001) / 2 = 438.3 ranks on each side of 100000.5.
        assert!((low - 99_561.0).abs() <= 1.0 && (high - 100_439.0).abs() <= 1.0, "{low} {high}");
    }
}
