//! The squared steering error is at most a multiple of the model's mean squared error.

use crate::base::params::{ParamSpec, Params};
use crate::claims::close_values::{agreement, value_pairs};
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::spec::subject;
use crate::claims::{ClaimKind, Human, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::Task;

/// (human - after)^2 <= lambda * MSE.
///
/// From Tian et al., "`DeepTest`", ICSE 2018: the human's angle and the mean squared error of the model over the
/// unchanged recording are part of the claim. Without a human value, the expected prediction of the transforms
/// takes its place.
pub static KIND: ClaimKind = ClaimKind {
    id: "deep_test",
    title: "Error within a multiple of the MSE",
    summary: "The squared error against the human driver is at most a multiple of the usual one",
    margin: "allowed squared error minus squared error, in the squared unit of the value",
    params: &[LAMBDA, MSE, HUMAN],
    about: &[Task::Values],
    subject: Subject::Needed,
    text: Text::None,
    human: Some(Human { value: &HUMAN, usual_error: &MSE }),
    reach: None,
    judge: Judge::Pair(|oracle| Ok(Box::new(DeepTest::new(subject(oracle, "value")?, &oracle.params)))),
};

/// Multiple of the usual error that is allowed.
pub const LAMBDA: ParamSpec = ParamSpec {
    id: "lambda",
    title: "Lambda",
    unit: "times",
    min: 1.0,
    max: 10.0,
    neutral: 5.0,
    initial: 5.0,
    step: 0.5,
};

/// The usual squared error.
pub const MSE: ParamSpec = ParamSpec {
    id: "mse",
    title: "MSE",
    unit: "squared",
    min: 0.0,
    max: 1e6,
    neutral: 0.01,
    initial: 0.01,
    step: 0.001,
};

/// The value of the human driver, or another true value.
pub const HUMAN: ParamSpec = ParamSpec {
    id: "human",
    title: "Human",
    unit: "",
    min: -1e6,
    max: 1e6,
    neutral: 0.0,
    initial: 0.0,
    step: 0.01,
};

struct DeepTest {
    name: String,
    limit: f64,
    human: Option<f64>,
}

impl DeepTest {
    fn new(name: String, params: &Params) -> Self {
        let human = params.0.contains_key(HUMAN.id).then(|| params.value(&HUMAN));
        Self { name, limit: params.value(&LAMBDA) * params.value(&MSE), human }
    }

    /// The squared error, and the two values compared.
    fn error(&self, pair: &Pair<'_>) -> Result<(f64, f64, f64), Unjudged> {
        let pairs = value_pairs(Some(&self.name), pair.expected, pair.after)?;
        let (expected, after) = pairs.first().ok_or("no values to compare")?;
        let (truth, after) =
            (self.human.unwrap_or_else(|| f64::from(expected.value)), f64::from(after.value));
        Ok(((truth - after) * (truth - after), truth, after))
    }
}

impl PairClaim for DeepTest {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (error, truth, after) = self.error(pair)?;
        let margin = self.limit - error;
        if error <= self.limit {
            return Ok(Judgment::pass(margin));
        }
        let why = format!(
            "{} is {after:.3}, expected {truth:.3}: squared error {error:.4}, allowed {:.4}",
            self.name, self.limit
        );
        Ok(Judgment::fail(margin, why))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        self.error(pair).map_or(0.0, |(error, ..)| agreement(error, self.limit))
    }
}
