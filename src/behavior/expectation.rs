//! Expectations of behavioral tests, with the verdicts and magnitudes of `CheckList`.
//!
//! A value above zero is a pass. Zero or less is a failure, and the further below the worse. `None` does not apply.

use serde::{Deserialize, Serialize};

use crate::behavior::data::Answer;

/// Expectation of the prediction for one example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "claim", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expectation {
    /// The prediction is this class, or that of the label.
    Equals {
        /// The class; the label if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Answer>,
    },
    /// The prediction is any other class.
    DiffersFrom {
        /// The class.
        value: Answer,
    },
    /// The prediction is that of the label, except that for one label any class but one will do.
    EqualsOrDiffers {
        /// The label of the exception.
        label: Answer,
        /// The class that the prediction must not be then.
        value: Answer,
    },
    /// The prediction is that of the original, or the confidence in the original's class moves by no more than this.
    Invariant {
        /// Largest change of confidence.
        tolerance: f64,
    },
    /// The confidence in a class does not fall by more than a tolerance.
    Increases {
        /// The class; that predicted for the original if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Answer>,
        /// Largest change the other way.
        tolerance: f64,
    },
    /// The confidence in a class does not rise by more than a tolerance.
    Decreases {
        /// The class; that predicted for the original if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Answer>,
        /// Largest change the other way.
        tolerance: f64,
    },
    /// Confidence moves from one class to another, or at least not the other way by more than a tolerance.
    Shifts {
        /// Class that loses confidence.
        from: usize,
        /// Class that gains confidence.
        to: usize,
        /// Largest change the other way.
        tolerance: f64,
    },
    /// All of several.
    All {
        /// The expectations.
        of: Vec<Self>,
    },
    /// One of several.
    Any {
        /// The expectations.
        of: Vec<Self>,
    },
}

/// Confidence that comes with a prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Confidence<'a> {
    /// Of the predicted class alone.
    Scalar(f64),
    /// Of every class.
    Softmax(&'a [f64]),
}

/// Prediction for an example.
#[derive(Clone, Copy, Debug)]
pub struct Guess<'a> {
    /// The predicted class.
    pub answer: &'a Answer,
    /// Its confidence.
    pub confidence: Confidence<'a>,
}

/// Reason why an expectation cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectationError {
    /// There is no label.
    #[error("there is no label to compare with, add label to the test")]
    NoLabel,
    /// The probabilities of all classes are needed.
    #[error("the probability of every class is needed, the predictions have only that of the predicted one")]
    NoSoftmax,
    /// The class has no probability.
    #[error("class {class} has no probability, the predictions have {classes} classes")]
    NoClass {
        /// The class.
        class: String,
        /// Number of classes.
        classes: usize,
    },
}

const PASS: Option<f64> = Some(1.0);

impl Expectation {
    /// The value for one example of a case, given the prediction for the first.
    pub fn value(
        &self,
        original: Guess<'_>,
        guess: Guess<'_>,
        label: Option<&Answer>,
    ) -> Result<Option<f64>, ExpectationError> {
        match self {
            Self::Equals { value } => {
                let wanted = value.as_ref().or(label).ok_or(ExpectationError::NoLabel)?;
                Ok(equal(guess, wanted))
            }
            Self::DiffersFrom { value } => Ok(Some(f64::from(u8::from(guess.answer != value)))),
            Self::EqualsOrDiffers { label: exception, value } => {
                let label = label.ok_or(ExpectationError::NoLabel)?;
                let pass = if label == exception { guess.answer != value } else { guess.answer == label };
                Ok(Some(f64::from(u8::from(pass))))
            }
            Self::Invariant { tolerance } => invariant(original, guess, *tolerance),
            Self::Increases { value, tolerance } => {
                monotonic(original, guess, value.as_ref(), *tolerance, true)
            }
            Self::Decreases { value, tolerance } => {
                monotonic(original, guess, value.as_ref(), *tolerance, false)
            }
            Self::Shifts { from, to, tolerance } => {
                let gain = |class: usize| {
                    let class = Answer::Number(class as i64);
                    Ok(of_class(guess, &class)? - of_class(original, &class)?)
                };
                let (lost, gained): (f64, f64) = (gain(*from)?, gain(*to)?);
                let change = gained - lost + tolerance;
                Ok(if change >= 0.0 { PASS } else { Some(change) })
            }
            Self::All { of } => combined(of, (original, guess), label, f64::min),
            Self::Any { of } => combined(of, (original, guess), label, f64::max),
        }
    }

    /// The same with every class as this function gives it.
    pub fn with(self, class: &impl Fn(Answer) -> Answer) -> Self {
        match self {
            Self::Equals { value } => Self::Equals { value: value.map(class) },
            Self::DiffersFrom { value } => Self::DiffersFrom { value: class(value) },
            Self::EqualsOrDiffers { label, value } => {
                Self::EqualsOrDiffers { label: class(label), value: class(value) }
            }
            Self::Increases { value, tolerance } => Self::Increases { value: value.map(class), tolerance },
            Self::Decreases { value, tolerance } => Self::Decreases { value: value.map(class), tolerance },
            Self::All { of } => Self::All { of: of.into_iter().map(|one| one.with(class)).collect() },
            Self::Any { of } => Self::Any { of: of.into_iter().map(|one| one.with(class)).collect() },
            other @ (Self::Invariant { .. } | Self::Shifts { .. }) => other,
        }
    }

    /// One line for people.
    pub fn sentence(&self) -> String {
        let class = |value: &Option<Answer>, else_: &str| {
            value.as_ref().map_or_else(|| else_.to_owned(), |value| format!("class {value}"))
        };
        let joined = |of: &[Self], by: &str| of.iter().map(Self::sentence).collect::<Vec<_>>().join(by);
        match self {
            Self::Equals { value } => format!("predicts {}", class(value, "the label")),
            Self::DiffersFrom { value } => format!("does not predict class {value}"),
            Self::EqualsOrDiffers { label, value } => {
                format!("predicts the label, or for label {label} anything but class {value}")
            }
            Self::Invariant { tolerance } => {
                format!(
                    "predicts the same as for the original, or its confidence moves by at most {tolerance}"
                )
            }
            Self::Increases { value, tolerance } => {
                format!(
                    "confidence in {} does not fall by more than {tolerance}",
                    class(value, "the original's class")
                )
            }
            Self::Decreases { value, tolerance } => {
                format!(
                    "confidence in {} does not rise by more than {tolerance}",
                    class(value, "the original's class")
                )
            }
            Self::Shifts { from, to, tolerance } => {
                format!("confidence does not move from class {to} to class {from} by more than {tolerance}")
            }
            Self::All { of } => joined(of, " and "),
            Self::Any { of } => joined(of, " or "),
        }
    }
}

fn equal(guess: Guess<'_>, wanted: &Answer) -> Option<f64> {
    if guess.answer == wanted {
        return PASS;
    }
    match guess.confidence {
        Confidence::Softmax(all) => {
            let confidence = wanted.index(all.len()).map_or(0.0, |index| all[index]);
            Some(-(1.0 - confidence))
        }
        Confidence::Scalar(confidence) => Some(-(1.0 + confidence)),
    }
}

fn invariant(original: Guess<'_>, guess: Guess<'_>, tolerance: f64) -> Result<Option<f64>, ExpectationError> {
    if original.answer == guess.answer {
        return Ok(PASS);
    }
    let apart = match (original.confidence, guess.confidence) {
        (Confidence::Scalar(before), Confidence::Scalar(after)) => before + after,
        _ => (of_class(guess, original.answer)? - of_class(original, original.answer)?).abs(),
    };
    Ok(if apart <= tolerance { PASS } else { Some(-apart) })
}

fn monotonic(
    original: Guess<'_>,
    guess: Guess<'_>,
    value: Option<&Answer>,
    tolerance: f64,
    increasing: bool,
) -> Result<Option<f64>, ExpectationError> {
    let (before, after) = match (original.confidence, guess.confidence) {
        (Confidence::Scalar(_), _) if value.is_some() => return Err(ExpectationError::NoSoftmax),
        (Confidence::Scalar(before), Confidence::Scalar(after)) => (before, after),
        _ => {
            let class = value.unwrap_or(original.answer);
            (of_class(original, class)?, of_class(guess, class)?)
        }
    };
    // There is no room to move.
    if (increasing && before <= tolerance) || (!increasing && before >= 1.0 - tolerance) {
        return Ok(None);
    }
    let change = if increasing { after - before + tolerance } else { -(after - before - tolerance) };
    Ok(if change >= 0.0 { PASS } else { Some(change) })
}

fn of_class(guess: Guess<'_>, class: &Answer) -> Result<f64, ExpectationError> {
    let Confidence::Softmax(all) = guess.confidence else { return Err(ExpectationError::NoSoftmax) };
    let index = class.index(all.len());
    index
        .map(|index| all[index])
        .ok_or_else(|| ExpectationError::NoClass { class: class.to_string(), classes: all.len() })
}

/// The smallest or the largest value of those that apply.
fn combined(
    of: &[Expectation],
    (original, guess): (Guess<'_>, Guess<'_>),
    label: Option<&Answer>,
    choose: fn(f64, f64) -> f64,
) -> Result<Option<f64>, ExpectationError> {
    let mut all: Option<f64> = None;
    for expectation in of {
        if let Some(value) = expectation.value(original, guess, label)? {
            all = Some(all.map_or(value, |all| choose(all, value)));
        }
    }
    Ok(all)
}

/// Condition on predictions under which a case counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The prediction that is looked at.
    pub of: SliceOf,
    /// It is this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Answer>,
    /// It is not this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Answer>,
}

/// Prediction that a [`Slice`] looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SliceOf {
    /// That for the first example of the case.
    Original,
    /// That for each example, all of which must meet it.
    Prediction,
}

impl Slice {
    /// True if an example counts, given the predictions for the first and for this one.
    pub fn holds(&self, original: &Answer, answer: &Answer) -> bool {
        let looked_at = match self.of {
            SliceOf::Original => original,
            SliceOf::Prediction => answer,
        };
        self.is.as_ref().is_none_or(|is| is == looked_at) && self.is_not.as_ref() != Some(looked_at)
    }
}
