//! Running a model on every example of a suite.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::behavior::data::{Answer, Example};
use crate::behavior::error::RunError;
use crate::behavior::predictions::Predictions;
use crate::behavior::suite::Suite;
use crate::data::input::{Input, Medium};
use crate::data::prediction::Prediction;
use crate::inference::ModelError;
use crate::inference::model::Model;

/// Texts that a thread predicts at once.
const CHUNK: usize = 64;
/// Most classes whose probabilities a prediction keeps.
const MOST_CLASSES: usize = 10;

/// The predictions of a model for every example; each different text is predicted once.
pub fn predict(
    model: &Model,
    suite: &Suite,
    threads: usize,
    progress: &Progress,
) -> Result<Predictions, RunError> {
    if model.medium() != Medium::Text {
        return Err(RunError::Medium { wants: model.medium().title() });
    }
    let order = class_order(&model.card.labels, suite)?;
    let mut known: HashMap<&Example, usize> = HashMap::new();
    let mut texts: Vec<Input> = Vec::new();
    for example in suite.tests.iter().flat_map(|test| test.cases.iter().flat_map(|case| &case.examples)) {
        if let Entry::Vacant(place) = known.entry(example) {
            let Example::Text(text) = example else {
                return Err(RunError::Several { example: example.joined().into_owned() });
            };
            place.insert(texts.len());
            texts.push(Input::Text(text.as_str().into()));
        }
    }
    let chunks: Vec<&[Input]> = texts.chunks(CHUNK).collect();
    progress.begin(texts.len() as u64);
    let (mut answers, mut scores) = (Vec::with_capacity(texts.len()), Vec::new());
    let make = |at: usize| -> Vec<Result<Prediction, ModelError>> {
        let inputs: Vec<&Input> = chunks[at].iter().collect();
        if progress.cancelled() { Vec::new() } else { model.run_all(&inputs) }
    };
    in_order(chunks.len(), threads, make, |_, predicted| {
        for prediction in predicted {
            let (answer, of_classes) = softmax(&prediction?, &order).ok_or(RunError::NoClass)?;
            answers.push(answer);
            scores.extend(of_classes);
            progress.step()?;
        }
        progress.check().map_err(RunError::from)
    })?;
    let of_texts = Predictions::with_softmax(answers, order.len(), scores);
    Predictions::spread(suite, &known, &of_texts).ok_or(RunError::Stopped(Cancelled))
}

/// The classes of a model in the order of the suite.
fn class_order(labels: &[String], suite: &Suite) -> Result<Vec<String>, RunError> {
    if labels.len() > MOST_CLASSES {
        return Err(RunError::TooManyClasses { classes: labels.len(), most: MOST_CLASSES });
    }
    if suite.classes.is_empty() || labels == suite.classes {
        return Ok(labels.to_vec());
    }
    let (mut own, mut wanted) = (labels.to_vec(), suite.classes.clone());
    own.sort();
    wanted.sort();
    if own == wanted {
        return Ok(suite.classes.clone());
    }
    Err(RunError::OtherClasses { own: labels.join(", "), wanted: suite.classes.join(", ") })
}

/// Class and probabilities of a prediction in this order of classes; `None` without one of them.
fn softmax(prediction: &Prediction, order: &[String]) -> Option<(Answer, Vec<f64>)> {
    let Prediction::Classes { top } = prediction else { return None };
    let place = |class: &str| order.iter().position(|name| name == class);
    let mut scores = vec![0.0; order.len()];
    for class in top {
        scores[place(&class.class)?] = f64::from(class.score);
    }
    let best = place(&top.first()?.class)?;
    Some((Answer::Number(best as i64), scores))
}
