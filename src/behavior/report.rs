//! The table of a suite: capability, type and model, with failure rates, intervals and examples.

use serde_json::{Value, json};

use crate::base::stats::Rate;
use crate::behavior::data::Answer;
use crate::behavior::expectation::{Confidence, Guess};
use crate::behavior::outcome::{Failure, Outcome, Verdict, judge};
use crate::behavior::predictions::Predictions;
use crate::behavior::suite::{CAPABILITIES, Suite, Test, TestKind};

pub mod html;
pub mod markdown;

/// Predictions of one model, and how the tests come out.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name of the model or of the file of predictions.
    pub name: String,
    /// Its predictions.
    pub predictions: Predictions,
    /// Outcome of each test.
    pub outcomes: Vec<Outcome>,
}

impl Column {
    /// Judges predictions.
    pub fn new(name: String, suite: &Suite, predictions: Predictions) -> Self {
        let outcomes = judge(suite, &predictions);
        Self { name, predictions, outcomes }
    }

    /// The highest failure rate of some tests of a type, and the number of tests that were judged.
    pub fn worst(&self, suite: &Suite, tests: &[usize], kind: TestKind) -> Option<(Rate, usize)> {
        let of_kind = tests.iter().filter(|test| suite.tests[**test].kind == kind);
        let rates: Vec<Rate> =
            of_kind.filter_map(|test| self.outcomes[*test].failed()).filter(|rate| rate.of > 0).collect();
        let worst = rates.iter().copied().reduce(|a, b| if b.share() > a.share() { b } else { a })?;
        Some((worst, rates.len()))
    }

    /// The examples of a failed case; beside the original only the worst copy.
    pub fn shown<'a>(&self, suite: &Suite, test: &'a Test, failure: &Failure) -> Vec<Shown<'a>> {
        let Some(case) = test.cases.get(failure.case) else { return Vec::new() };
        let mut wanted = vec![failure.example];
        if test.kind != TestKind::Mft && failure.example != 0 {
            wanted.insert(0, 0);
        }
        let shown = |example: usize| {
            let guess = self.predictions.get(failure.first + example)?;
            Some(Shown {
                text: case.examples.get(example)?.joined(),
                prediction: class_name(suite, guess.answer),
                confidence: confidence(guess),
            })
        };
        wanted.into_iter().filter_map(shown).collect()
    }
}

/// A run of a suite on one or more models.
#[derive(Debug)]
pub struct TextReport<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// One column for each model.
    pub columns: Vec<Column>,
    /// Limit of the tests that state none.
    pub limit: Option<f64>,
    /// Failed cases that are listed of each test and model.
    pub listed: usize,
}

/// An example of a failed case as it is shown.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// Its text.
    pub text: std::borrow::Cow<'a, str>,
    /// The predicted class.
    pub prediction: String,
    /// Confidence in it.
    pub confidence: f64,
}

/// The capabilities of a suite, in the order of tables, each with the positions of its tests.
pub fn capabilities(suite: &Suite) -> Vec<(&str, Vec<usize>)> {
    let place =
        |name: &str| CAPABILITIES.iter().position(|known| *known == name).unwrap_or(CAPABILITIES.len());
    let mut names: Vec<&str> = suite.tests.iter().map(|test| test.capability.as_str()).collect();
    names.sort_by_key(|name| (place(name), *name));
    names.dedup();
    let of = |name: &str| (0..suite.tests.len()).filter(|at| suite.tests[*at].capability == name).collect();
    names.into_iter().map(|name| (name, of(name))).collect()
}

/// The expectation of a test for people, with the names of the classes.
pub fn expectation_text(suite: &Suite, test: &Test) -> Option<String> {
    let named = |answer: Answer| match answer.index(suite.classes.len()) {
        Some(at) => Answer::Name(suite.classes[at].as_str().into()),
        None => answer,
    };
    test.expect.clone().map(|expect| expect.with(&named).sentence())
}

/// The name of a class, or its number.
pub fn class_name(suite: &Suite, answer: &Answer) -> String {
    let name = answer.index(suite.classes.len()).and_then(|at| suite.classes.get(at));
    name.cloned().unwrap_or_else(|| answer.to_string())
}

impl TextReport<'_> {
    /// Limit of a test.
    pub fn limit_of(&self, test: &Test) -> Option<f64> {
        test.max_failure_rate.or(self.limit)
    }

    /// The verdict of a test for a column.
    pub fn verdict(&self, test: usize, column: &Column) -> Verdict {
        match (column.outcomes.get(test), self.suite.tests.get(test)) {
            (Some(outcome), Some(about)) => outcome.verdict(self.limit_of(about)),
            _ => Verdict::Skip,
        }
    }

    /// True if a test is above its limit for any model.
    pub fn failed(&self) -> bool {
        self.any(Verdict::Fail)
    }

    /// True if a test was judged for any model.
    pub fn judged(&self) -> bool {
        (0..self.suite.tests.len())
            .any(|test| self.columns.iter().any(|column| self.verdict(test, column) != Verdict::Skip))
    }

    fn any(&self, verdict: Verdict) -> bool {
        (0..self.suite.tests.len())
            .any(|test| self.columns.iter().any(|column| self.verdict(test, column) == verdict))
    }

    /// The capabilities of the suite, in the order of tables, each with the positions of its tests.
    pub fn capabilities(&self) -> Vec<(&str, Vec<usize>)> {
        capabilities(self.suite)
    }

    /// The highest failure rate of some tests of a type for a model, and the number of tests that were judged.
    pub fn worst(&self, tests: &[usize], kind: TestKind, column: &Column) -> Option<(Rate, usize)> {
        column.worst(self.suite, tests, kind)
    }

    /// The examples of a failed case; beside the original only the worst copies.
    pub(crate) fn shown<'a>(&'a self, test: &'a Test, column: &Column, failure: &Failure) -> Vec<Shown<'a>> {
        column.shown(self.suite, test, failure)
    }

    /// The run as JSON: every test with its outcome for each model, and the table of worst failure rates.
    pub fn json(&self) -> Value {
        let tests: Vec<Value> = (0..self.suite.tests.len()).map(|test| self.test_json(test)).collect();
        let table: Vec<Value> = self
            .capabilities()
            .into_iter()
            .map(|(capability, tests)| {
                let models: Vec<Value> = self
                    .columns
                    .iter()
                    .map(|column| {
                        let cell = |kind: TestKind| {
                            let worst = self.worst(&tests, kind, column);
                            let cell = worst.map(
                                |(rate, tests)| json!({ "worst_failure_rate": rate.share(), "tests": tests }),
                            );
                            (kind.id().to_owned(), json!(cell))
                        };
                        let cells: serde_json::Map<String, Value> =
                            TestKind::ALL.into_iter().map(cell).collect();
                        json!({ "model": column.name, "types": cells })
                    })
                    .collect();
                json!({ "capability": capability, "models": models })
            })
            .collect();
        let models: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        json!({
            "suite": self.suite.name,
            "models": models,
            "examples": self.suite.examples(),
            "passed": !self.failed(),
            "table": table,
            "tests": tests,
        })
    }

    fn test_json(&self, at: usize) -> Value {
        let test = &self.suite.tests[at];
        let results: Vec<Value> = self
            .columns
            .iter()
            .map(|column| {
                let verdict = self.verdict(at, column).word();
                match &column.outcomes[at] {
                    Outcome::NotJudged(why) => json!({ "model": column.name, "verdict": verdict, "why": why.to_string() }),
                    Outcome::Judged { failed, failures } => {
                        let failures: Vec<Value> = failures
                            .iter()
                            .take(self.listed)
                            .map(|failure| {
                                let examples: Vec<Value> = self
                                    .shown(test, column, failure)
                                    .iter()
                                    .map(|shown| json!({ "text": shown.text, "prediction": shown.prediction, "confidence": shown.confidence }))
                                    .collect();
                                json!({ "case": failure.case, "value": failure.value, "examples": examples })
                            })
                            .collect();
                        json!({
                            "model": column.name,
                            "verdict": verdict,
                            "counted": failed.of,
                            "failed": failed.hits,
                            "failure_rate": (failed.of > 0).then(|| failed.share()),
                            "low": failed.low,
                            "high": failed.high,
                            "failures": failures,
                        })
                    }
                }
            })
            .collect();
        json!({
            "name": test.name,
            "capability": test.capability,
            "type": test.kind.id(),
            "description": test.description,
            "expectation": test.expect.as_ref().map(super::expectation::Expectation::sentence),
            "max_failure_rate": self.limit_of(test),
            "cases": test.cases.len(),
            "examples": test.examples(),
            "note": test.note,
            "results": results,
        })
    }
}

/// Confidence in the predicted class.
pub fn confidence(guess: Guess<'_>) -> f64 {
    match guess.confidence {
        Confidence::Scalar(confidence) => confidence,
        Confidence::Softmax(all) => guess
            .answer
            .index(all.len())
            .map_or_else(|| all.iter().copied().fold(0.0, f64::max), |index| all[index]),
    }
}

/// A failure rate for people: `27.8 % (26.9 to 28.8), 2410 of 8658`.
pub fn told(rate: Rate) -> String {
    let [share, low, high] = [rate.share(), rate.low, rate.high].map(|part| part * 100.0);
    format!("{share:.1} % ({low:.1} to {high:.1}), {} of {}", rate.hits, rate.of)
}
