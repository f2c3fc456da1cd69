//! Judging of predictions: failures of each test, with the worst cases first.

use crate::base::stats::Rate;
use crate::behavior::data::Case;
use crate::behavior::error::NotJudged;
use crate::behavior::predictions::Predictions;
use crate::behavior::suite::{Suite, Test};

/// A case that fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Index of the case in its test.
    pub case: usize,
    /// Index of its worst example.
    pub example: usize,
    /// Value of that example, zero or less.
    pub value: f64,
    /// Position of the first example of the case among all predictions.
    pub first: usize,
}

/// Outcome of a test for one model.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was judged.
    Judged {
        /// Failures among the cases that count, with the 95 % Wilson interval.
        failed: Rate,
        /// The failed cases, worst first.
        failures: Vec<Failure>,
    },
    /// It was not judged, for this reason.
    NotJudged(NotJudged),
}

/// Verdict of a test that states a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The failure rate is within the limit.
    Pass,
    /// The failure rate is above the limit.
    Fail,
    /// The test states no limit.
    NoLimit,
    /// The test was not judged, or no case counts.
    Skip,
}

impl Verdict {
    /// Word in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NoLimit => "no limit",
            Self::Skip => "skip",
        }
    }
}

impl Outcome {
    /// Failures among the cases that count.
    pub fn failed(&self) -> Option<Rate> {
        match self {
            Self::Judged { failed, .. } => Some(*failed),
            Self::NotJudged(_) => None,
        }
    }

    /// The verdict against a limit.
    pub fn verdict(&self, limit: Option<f64>) -> Verdict {
        match (self.failed(), limit) {
            (None | Some(Rate { of: 0, .. }), _) => Verdict::Skip,
            (Some(_), None) => Verdict::NoLimit,
            (Some(failed), Some(limit)) if failed.share() > limit => Verdict::Fail,
            (Some(_), Some(_)) => Verdict::Pass,
        }
    }
}

/// Outcome of every test of a suite, in its order.
pub fn judge(suite: &Suite, predictions: &Predictions) -> Vec<Outcome> {
    let mut first = 0;
    let mut judged = |test: &Test| {
        let outcome = of_test(test, predictions, first).unwrap_or_else(Outcome::NotJudged);
        first += test.examples();
        outcome
    };
    suite.tests.iter().map(&mut judged).collect()
}

fn of_test(test: &Test, predictions: &Predictions, mut first: usize) -> Result<Outcome, NotJudged> {
    let mut counted = 0;
    let mut failures = Vec::new();
    if test.expect.is_none() {
        return Err(NotJudged::NoExpectation { note: test.note.clone() });
    }
    for (at, case) in test.cases.iter().enumerate() {
        if let Some((example, value)) = worst(test, case, predictions, first)? {
            counted += 1;
            if value <= 0.0 {
                failures.push(Failure { case: at, example, value, first });
            }
        }
        first += case.examples.len();
    }
    failures.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.case.cmp(&b.case)));
    Ok(Outcome::Judged { failed: Rate::wilson(failures.len(), counted), failures })
}

/// The worst example of a case and its value; `None` where the case does not count.
fn worst(
    test: &Test,
    case: &Case,
    predictions: &Predictions,
    first: usize,
) -> Result<Option<(usize, f64)>, NotJudged> {
    let Some(expect) = &test.expect else { return Ok(None) };
    if case.examples.is_empty() {
        return Ok(None);
    }
    let original = predictions.get(first).ok_or(NotJudged::TooFew)?;
    let mut worst: Option<(usize, f64)> = None;
    for example in test.kind.judged_from()..case.examples.len() {
        let guess = predictions.get(first + example).ok_or(NotJudged::TooFew)?;
        if test.only_where.as_ref().is_some_and(|slice| !slice.holds(original.answer, guess.answer)) {
            return Ok(None);
        }
        let value = expect.value(original, guess, test.label_of(case, example))?;
        if let Some(value) = value
            && worst.is_none_or(|(_, least)| value < least)
        {
            worst = Some((example, value));
        }
    }
    Ok(worst)
}
