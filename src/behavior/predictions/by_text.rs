//! Predictions that name the text they are for: `.csv` and `.jsonl`.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::{Form, Predictions};
use crate::behavior::data::{Answer, Example};
use crate::behavior::error::BehaviorError;
use crate::behavior::suite::Suite;

/// A line of a `.jsonl` file.
#[derive(Deserialize)]
struct Line {
    text: Example,
    #[serde(default)]
    prediction: Option<Answer>,
    #[serde(default)]
    confidence: Option<f64>,
    #[serde(default)]
    softmax: Option<Vec<f64>>,
}

const COLUMNS: &str = "text, prediction and confidence, or text, prediction and softmax, or text and the probability of every class";

/// Reads predictions by text and puts them into the order of a suite.
pub(super) fn read(text: &str, csv: bool, path: &Path, suite: &Suite) -> Result<Predictions, BehaviorError> {
    let lines = if csv { of_csv(text, path)? } else { of_jsonl(text, path)? };
    let (mut known, mut read): (HashMap<&Example, usize>, Predictions) =
        (HashMap::new(), Predictions::default());
    for (at, line) in lines.iter().enumerate() {
        let wrong = || BehaviorError::Prediction {
            line: at + 1 + usize::from(csv),
            found: line.text.joined().chars().take(60).collect(),
            expected: COLUMNS,
            path: path.to_owned(),
        };
        let form = match (&line.softmax, line.confidence, &line.prediction) {
            (Some(_), _, Some(_)) => Form::PredAndSoftmax,
            (Some(_), _, None) => Form::Softmax,
            (None, Some(_), Some(_)) => Form::PredAndConf,
            (None, None, Some(_)) => Form::PredOnly,
            (None, _, None) => return Err(wrong()),
        };
        let confidence = line.confidence.map(|score| vec![score]);
        let scores = line.softmax.clone().or(confidence).unwrap_or_default();
        // Probabilities in one line and none in another cannot be compared.
        if at > 0 && (read.classes == 0) != line.softmax.is_none() {
            return Err(wrong());
        }
        known.insert(&line.text, at);
        read.add(line.prediction.clone(), &scores, form).ok_or_else(wrong)?;
    }
    Predictions::spread(suite, &known, &read).ok_or_else(|| {
        let examples = suite.tests.iter().flat_map(|test| test.cases.iter().flat_map(|case| &case.examples));
        let missing: Vec<&Example> = examples.filter(|example| !known.contains_key(example)).collect();
        let first = missing.first().map(|example| example.joined()).unwrap_or_default();
        let first: String = first.chars().take(80).collect();
        BehaviorError::File {
            problem: format!(
                "{} examples of the suite have no prediction, the first is {first:?}",
                missing.len()
            ),
            path: path.to_owned(),
        }
    })
}

fn of_jsonl(text: &str, path: &Path) -> Result<Vec<Line>, BehaviorError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|err| BehaviorError::File {
            problem: format!("line {} is no prediction ({err}), expected {COLUMNS}", at + 1),
            path: path.to_owned(),
        })
    };
    lines.map(read).collect()
}

fn of_csv(text: &str, path: &Path) -> Result<Vec<Line>, BehaviorError> {
    let wrong = |problem: String| BehaviorError::File { problem, path: path.to_owned() };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|err| wrong(err.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|cell| cell.trim() == name);
    let text_at =
        column("text").ok_or_else(|| wrong(format!("there is no column text, expected {COLUMNS}")))?;
    let (prediction, confidence) = (column("prediction"), column("confidence"));
    let others: Vec<usize> = (0..header.len())
        .filter(|at| *at != text_at && Some(*at) != prediction && Some(*at) != confidence)
        .collect();
    let mut lines = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|err| wrong(err.to_string()))?;
        let number = |column: usize| -> Result<f64, BehaviorError> {
            let cell = record.get(column).unwrap_or_default();
            cell.trim()
                .parse()
                .map_err(|_not_a_number| wrong(format!("line {} has {cell:?} in place of a number", at + 2)))
        };
        lines.push(Line {
            text: Example::Text(record.get(text_at).unwrap_or_default().to_owned()),
            prediction: prediction.and_then(|at| record.get(at)).map(|cell| Answer::read(cell.trim())),
            confidence: confidence.map(number).transpose()?,
            softmax: if confidence.is_some() || others.is_empty() {
                None
            } else {
                Some(others.iter().map(|at| number(*at)).collect::<Result<_, _>>()?)
            },
        });
    }
    Ok(lines)
}
