//! Predicted numbers as items: each is right up to a limit of its error.

use std::collections::BTreeMap;

use crate::evaluation::samples::{Fact, Item, Sample};
use crate::metrics::detection_errors::Outcome;

/// Share of the standard deviation of the true values from which an error is large, where no limit is given.
pub const USUAL_SHARE: f64 = 0.5;

/// A predicted number with the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The recorded value.
    pub truth: f64,
    /// The predicted value.
    pub predicted: f64,
    /// Largest error that counts as right, in the unit of the number.
    pub limit: f64,
}

impl Number {
    /// Predicted minus true value.
    pub fn error(&self) -> f64 {
        self.predicted - self.truth
    }

    /// True if the error is within the limit; an error that is no number is not.
    pub fn is_right(&self) -> bool {
        self.error().abs() <= self.limit
    }

    /// Size of the error in parts of the true value; `None` where that is zero.
    pub fn relative_error(&self) -> Option<f64> {
        (self.truth.abs() > 0.0).then(|| self.error().abs() / self.truth.abs())
    }

    /// Size of the error in limits: above 1 it is large.
    pub fn excess(&self) -> f64 {
        if self.limit > 0.0 { self.error().abs() / self.limit } else { self.error().abs() }
    }
}

/// Largest errors that count as right by the name of the number: those that are given, else [`USUAL_SHARE`] of the standard deviation
/// of the true values, or of their size if they are all the same.
pub(super) fn limits(samples: &[Sample], given: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for sample in samples {
        let Fact::Values(facts) = &sample.fact else { continue };
        for (name, truth) in facts.iter().filter(|(_, truth)| truth.is_finite()) {
            values.entry(name).or_default().push(*truth);
        }
    }
    let usual = |values: &[f64]| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        let spread = variance.sqrt();
        // What hardly varies at all is the noise of adding up.
        if spread > 1e-9 * mean.abs() { USUAL_SHARE * spread } else { USUAL_SHARE * mean.abs() }
    };
    values
        .into_iter()
        .map(|(name, values)| (name.to_owned(), given.get(name).copied().unwrap_or_else(|| usual(&values))))
        .collect()
}

/// An item for each number that is both recorded and predicted.
pub(super) fn items(at: usize, sample: &Sample, limits: &BTreeMap<String, f64>) -> Vec<Item> {
    let Fact::Values(facts) = &sample.fact else { return Vec::new() };
    let item = |(place, (name, truth)): (usize, &(String, f64))| {
        let predicted = sample.answer.quantity(name)?;
        let number = Number { truth: *truth, predicted, limit: limits.get(name).copied().unwrap_or(0.0) };
        Some(Item {
            sample: at,
            outcome: if number.is_right() { Outcome::Right } else { Outcome::LargeError },
            truth: name.clone(),
            answer: name.clone(),
            score: 1.0,
            iou: 0.0,
            found: None,
            object: None,
            object_at: Some(place),
            number: Some(number),
        })
    };
    facts.iter().enumerate().filter_map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;
    use crate::data::prediction::{NamedValue, Prediction};
    use crate::evaluation::samples::Evaluation;

    fn evaluation(pairs: &[(f64, f32)], given: &BTreeMap<String, f64>) -> Evaluation {
        let sample = |(at, (truth, value)): (usize, &(f64, f32))| Sample {
            clip: "drive".into(),
            channel: "camera".into(),
            frame: at,
            time: Time(at as i64),
            tags: Vec::new(),
            vehicle: [0.0; 2],
            fact: Fact::Values(vec![("steering".to_owned(), *truth)]),
            answer: Prediction::Values {
                values: vec![NamedValue { name: "steering".to_owned(), value: *value }],
            },
        };
        Evaluation::with_limits(pairs.iter().enumerate().map(sample).collect(), 0.0, given)
    }

    #[test]
    fn an_error_is_large_beyond_its_limit() {
        // Standard deviation of the truth: 1.
        let pairs = [(1.0, 1.0), (-1.0, -0.5), (1.0, 1.75), (-1.0, f32::NAN)];
        let found = evaluation(&pairs, &BTreeMap::new());
        assert_eq!(found.limits["steering"], 0.5);
        let outcomes: Vec<Outcome> = found.items.iter().map(|item| item.outcome).collect();
        assert_eq!(outcomes, [Outcome::Right, Outcome::Right, Outcome::LargeError, Outcome::LargeError]);
        let number = found.items[2].number.unwrap();
        assert_eq!((number.error(), number.relative_error(), number.excess()), (0.75, Some(0.75), 1.5));
        let strict = evaluation(&pairs, &BTreeMap::from([("steering".to_owned(), 0.1)]));
        assert_eq!(strict.items.iter().filter(|item| item.outcome == Outcome::Right).count(), 1);
        // What never changes has the limit of its size.
        assert_eq!(evaluation(&[(4.0, 5.0), (4.0, 7.0)], &BTreeMap::new()).limits["steering"], 2.0);
    }
}
