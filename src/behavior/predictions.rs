//! Predictions for every example of a suite, in its order, and the files that hold them.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use crate::base::inputs::{self, InputKind};
use crate::behavior::data::{Answer, Example};
use crate::behavior::error::BehaviorError;
use crate::behavior::expectation::{Confidence, Guess};
use crate::behavior::suite::Suite;

mod by_text;

/// Form of the lines of a file of predictions, as `CheckList` names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The predicted class.
    PredOnly,
    /// The probability of every class.
    Softmax,
    /// The probability of class 1 of two.
    BinaryConf,
    /// The predicted class and its confidence.
    PredAndConf,
    /// The predicted class and the probability of every class.
    #[default]
    PredAndSoftmax,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 5] =
        [Self::PredAndSoftmax, Self::PredAndConf, Self::PredOnly, Self::Softmax, Self::BinaryConf];

    /// Name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::PredOnly => "pred_only",
            Self::Softmax => "softmax",
            Self::BinaryConf => "binary_conf",
            Self::PredAndConf => "pred_and_conf",
            Self::PredAndSoftmax => "pred_and_softmax",
        }
    }

    /// One line of the form, for messages.
    pub fn example(self) -> &'static str {
        match self {
            Self::PredOnly => "a class",
            Self::Softmax => "the probability of every class, separated by blanks",
            Self::BinaryConf => "the probability of class 1, between 0 and 1",
            Self::PredAndConf => "a class and its confidence, separated by a blank",
            Self::PredAndSoftmax => "a class and the probability of every class, separated by blanks",
        }
    }
}

/// A form that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no form of predictions{hint}, expected one of {known}")]
pub struct UnknownForm {
    name: String,
    hint: String,
    known: String,
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, UnknownForm> {
        Self::ALL.into_iter().find(|form| form.id() == text).ok_or_else(|| UnknownForm {
            name: text.to_owned(),
            hint: crate::base::nearest::hint(text, Self::ALL.map(Self::id)),
            known: Self::ALL.map(Self::id).join(", "),
        })
    }
}

/// Predictions for the examples of a suite, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictions {
    answers: Vec<Answer>,
    /// Number of classes with a probability; 0 where there is only the confidence of the predicted class.
    classes: usize,
    scores: Vec<f64>,
}

impl Predictions {
    /// Predictions with the probability of every class, `classes` numbers each.
    pub fn with_softmax(answers: Vec<Answer>, classes: usize, scores: Vec<f64>) -> Self {
        Self { answers, classes, scores }
    }

    /// Adds predictions for further examples; false, and nothing is added, if they have other classes.
    #[must_use]
    pub fn append(&mut self, more: &Self) -> bool {
        if self.classes != more.classes && !self.is_empty() && !more.is_empty() {
            return false;
        }
        if self.is_empty() {
            self.classes = more.classes;
        }
        self.answers.extend_from_slice(&more.answers);
        self.scores.extend_from_slice(&more.scores);
        true
    }

    /// Number of predictions.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// True without predictions.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// The prediction for an example.
    pub fn get(&self, at: usize) -> Option<Guess<'_>> {
        let confidence = if self.classes == 0 {
            Confidence::Scalar(*self.scores.get(at)?)
        } else {
            Confidence::Softmax(self.scores.get(at * self.classes..(at + 1) * self.classes)?)
        };
        Some(Guess { answer: self.answers.get(at)?, confidence })
    }

    /// The same with class names as the numbers that a suite gives them.
    pub fn with_classes(mut self, classes: &[String]) -> Self {
        for answer in &mut self.answers {
            if let Answer::Name(name) = answer
                && let Some(number) = classes.iter().position(|class| *class == name.as_str())
            {
                *answer = Answer::Number(number as i64);
            }
        }
        self
    }

    /// Adds a prediction; without a class the most probable one. `None` where the numbers are no probabilities, or as many as
    /// before.
    fn add(&mut self, answer: Option<Answer>, scores: &[f64], form: Form) -> Option<()> {
        let probable = scores.iter().all(|score| (-1e-6..=1.0 + 1e-6).contains(score));
        match form {
            Form::PredOnly => self.scores.push(1.0),
            Form::PredAndConf => {
                let [score] = scores else { return None };
                self.scores.push(Some(*score).filter(|score| score.is_finite())?);
            }
            Form::BinaryConf => {
                let [score] = scores else { return None };
                self.classes = 2;
                self.scores.extend(probable.then_some([1.0 - score, *score])?);
            }
            Form::Softmax | Form::PredAndSoftmax => {
                if self.classes == 0 {
                    self.classes = scores.len();
                }
                if scores.is_empty() || scores.len() != self.classes || !probable {
                    return None;
                }
                self.scores.extend(scores);
            }
        }
        let likeliest = || {
            let from = self.scores.len() - self.classes;
            let all = self.scores.get(from..)?;
            // The first of equal ones, as numpy.
            let best = all.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1))?;
            Some(Answer::Number(best.0 as i64))
        };
        let answer = match answer {
            Some(answer) => answer,
            None => likeliest()?,
        };
        self.answers.push(answer);
        Some(())
    }

    /// Reads a file of predictions: one line for each example in the order of the suite, or `.csv` and `.jsonl` with the text
    /// of each.
    pub fn read(path: &Path, form: Form, header: bool, suite: &Suite) -> Result<Self, BehaviorError> {
        let text = text_of(path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let name = name.trim_end_matches(".gz");
        let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let read = if ["jsonl", "csv"].contains(&ending) {
            by_text::read(&text, ending == "csv", path, suite)?
        } else {
            let read = Self::of_lines(&text, form, header, path)?;
            if read.len() != suite.examples() {
                let end = end_in_words(suite, read.len());
                let path = path.to_owned();
                return Err(BehaviorError::Count {
                    examples: suite.examples(),
                    predictions: read.len(),
                    end,
                    path,
                });
            }
            read
        };
        let read = read.with_classes(&suite.classes);
        read.check(&suite.classes, path)?;
        Ok(read)
    }

    /// Refuses an answer that is none of the classes; those of a suite without names and of a form without probabilities are not
    /// known.
    fn check(&self, names: &[String], path: &Path) -> Result<(), BehaviorError> {
        let classes = if self.classes > 0 { self.classes } else { names.len() };
        let outside = |answer: &Answer| match answer {
            Answer::Number(_) => classes > 0 && answer.index(classes).is_none(),
            Answer::Name(_) => !names.is_empty(),
        };
        let Some(at) = self.answers.iter().position(outside) else { return Ok(()) };
        let words = if names.is_empty() { String::new() } else { format!(" or {}", names.join(", ")) };
        Err(BehaviorError::Class {
            number: at + 1,
            class: self.answers.get(at).map(Answer::to_string).unwrap_or_default(),
            classes,
            names: words,
            path: path.to_owned(),
        })
    }

    /// Predictions whose class is another one than the most probable.
    pub fn contradictions(&self) -> usize {
        let contradicts = |(at, answer): (usize, &Answer)| {
            let own = self.scores.get(at * self.classes..(at + 1) * self.classes);
            let (Some(own), Some(index)) = (own, answer.index(self.classes)) else { return false };
            // Equal ones may be named either way.
            own.iter().any(|score| *score > own[index])
        };
        self.answers.iter().enumerate().filter(|(at, answer)| contradicts((*at, answer))).count()
    }

    /// Reads lines of a form.
    pub fn of_lines(text: &str, form: Form, header: bool, path: &Path) -> Result<Self, BehaviorError> {
        let mut read = Self::default();
        let mut numbers: Vec<f64> = Vec::new();
        for (at, line) in text.lines().enumerate().skip(usize::from(header)) {
            let wrong = || BehaviorError::Prediction {
                line: at + 1,
                found: line.chars().take(60).collect(),
                expected: form.example(),
                path: path.to_owned(),
            };
            let mut cells = line.split_whitespace();
            let answer = match form {
                Form::PredOnly => {
                    Some(Answer::read(Some(line.trim()).filter(|cell| !cell.is_empty()).ok_or_else(wrong)?))
                }
                Form::PredAndConf | Form::PredAndSoftmax => {
                    Some(Answer::read(cells.next().ok_or_else(wrong)?))
                }
                Form::Softmax | Form::BinaryConf => None,
            };
            numbers.clear();
            if form != Form::PredOnly {
                for cell in cells {
                    numbers.push(cell.parse().map_err(|_not_a_number| wrong())?);
                }
            }
            read.add(answer, &numbers, form).ok_or_else(wrong)?;
        }
        Ok(read)
    }

    /// The predictions for the examples of a suite from those for its different texts.
    pub(super) fn spread(suite: &Suite, known: &HashMap<&Example, usize>, of: &Self) -> Option<Self> {
        let mut all = Self { classes: of.classes, ..Self::default() };
        for test in &suite.tests {
            for example in test.cases.iter().flat_map(|case| &case.examples) {
                let at = *known.get(example)?;
                all.answers.push(of.answers.get(at)?.clone());
                let width = of.classes.max(1);
                all.scores.extend(of.scores.get(at * width..(at + 1) * width)?);
            }
        }
        Some(all)
    }
}

/// The text of a file, unpacked if it is compressed.
fn text_of(path: &Path) -> Result<String, BehaviorError> {
    let failed = |source| BehaviorError::Io { path: path.to_owned(), source };
    let mut bytes = inputs::read(path, InputKind::Labels).map_err(failed)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let most = InputKind::Media.most();
        let mut unpacked = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .take(most)
            .read_to_end(&mut unpacked)
            .map_err(failed)?;
        bytes = unpacked;
    }
    String::from_utf8(bytes).map_err(|_not_utf8| BehaviorError::File {
        problem: "the file is not UTF-8 text".to_owned(),
        path: path.to_owned(),
    })
}

/// The test in which a file ends that has too few lines.
fn end_in_words(suite: &Suite, predictions: usize) -> String {
    let mut before = 0;
    for test in &suite.tests {
        let examples = test.examples();
        if predictions < before + examples {
            return format!(", it ends in test {:?} after {} of {examples}", test.name, predictions - before);
        }
        before += examples;
    }
    String::new()
}
