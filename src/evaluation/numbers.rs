//! Predicted numbers as items: each is right up to a limit of its error.

use std::collections::BTreeMap;

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
pub(super) fn limits<'a>(
    truths: impl Iterator<Item = (&'a str, f64)>,
    given: &BTreeMap<String, f64>,
) -> BTreeMap<String, f64> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (name, truth) in truths.filter(|(_, truth)| truth.is_finite()) {
        values.entry(name).or_default().push(truth);
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
