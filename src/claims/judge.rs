//! Judging one case: transform the input, run the model, judge the prediction.

use crate::base::params::ParamSpec;
use crate::claims::backends;
use crate::claims::ones;
use crate::claims::pairs::{self, Pair};
use crate::claims::signal_within;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::geometry::objects::Detection;
use crate::data::input::Input;
use crate::data::prediction::{Expected, Prediction, Task};
use crate::inference::ModelError;
use crate::inference::model::Model;
use crate::transforms::stack::{self, StackError};

/// A judged case with all its intermediate results.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Verdict on the claim.
    pub verdict: Verdict,
    /// The prediction for the original.
    pub before: Prediction,
    /// The prediction for the transformed input.
    pub after: Prediction,
    /// The expected prediction, if the transforms have one.
    pub expected: Option<Prediction>,
    /// Remaining confidence in the expectation, if a relation was judged.
    pub confidence: Option<f32>,
    /// The transformed input.
    pub changed: Input,
}

/// Error that prevents judging a case.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The stack names something unknown.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The model did not run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The claim is unknown or incomplete.
    #[error("{0}")]
    Oracle(String),
}

/// Judges a claim about an input and a stack. `before` is the prediction for the original if it
/// is already known.
pub fn judge(
    model: &Model,
    input: &Input,
    change: &Stack,
    oracle: &OracleSpec,
    before: Option<&Prediction>,
) -> Result<Outcome, JudgeError> {
    judge_applied(model, input, stack::apply(change, input)?, change, oracle, before)
}

/// The same for a stack that has already been applied.
pub fn judge_applied(
    model: &Model,
    input: &Input,
    changed: Input,
    change: &Stack,
    oracle: &OracleSpec,
    before: Option<&Prediction>,
) -> Result<Outcome, JudgeError> {
    check_oracle(oracle)?;
    let before = before.map_or_else(|| model.ask(input), |before| Ok(before.clone()))?;
    let Judged { verdict, after, expected, confidence } =
        judge_changed(model, input, &changed, change, oracle, &before)?;
    let expected = match expected {
        Expected::Unknown(_) if oracle.assume_same => Some(before.clone()),
        Expected::Same => Some(before.clone()),
        Expected::Answer(answer) => Some(answer),
        Expected::Unknown(_) => None,
    };
    Ok(Outcome { verdict, before, after, expected, confidence, changed })
}

/// A judged claim without the images.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Verdict on the claim.
    pub verdict: Verdict,
    /// The prediction for the transformed input.
    pub after: Prediction,
    /// Expectation of the transforms.
    pub expected: Expected,
    /// Remaining confidence in the expectation, if a relation was judged.
    pub confidence: Option<f32>,
}

/// Judges a claim about an input and its transformation by `change`, for a prediction on the original.
pub fn judge_changed(
    model: &Model,
    input: &Input,
    changed: &Input,
    change: &Stack,
    oracle: &OracleSpec,
    before: &Prediction,
) -> Result<Judged, JudgeError> {
    let after = if changed == input { before.clone() } else { model.ask(changed)? };
    let expected = stack::expected(change, before, input.size())?;
    if backends::CLAIMS.iter().any(|claim| claim.id == oracle.claim) {
        let verdict = backends::judge(model, changed, oracle)?;
        return Ok(Judged { verdict, after, expected, confidence: None });
    }
    if oracle.claim == signal_within::SIGNAL_WITHIN.id {
        let verdict = signal_within::judge(changed, oracle);
        return Ok(Judged { verdict, after, expected, confidence: None });
    }
    let (verdict, confidence) = verdict(oracle, change, input.size(), before, &expected, &after)?;
    Ok(Judged { verdict, after, expected, confidence })
}

fn verdict(
    oracle: &OracleSpec,
    change: &Stack,
    size: (u32, u32),
    before: &Prediction,
    expected: &Expected,
    after: &Prediction,
) -> Result<(Verdict, Option<f32>), JudgeError> {
    if let Some(kind) = pairs::kind(&oracle.claim) {
        let expected = match expected {
            Expected::Same => before,
            Expected::Answer(answer) => answer,
            Expected::Unknown(_) if oracle.assume_same => before,
            Expected::Unknown(why) => return Ok((Verdict::Skip { why: why.clone() }, None)),
        };
        let relation = (kind.build)(oracle).map_err(JudgeError::Oracle)?;
        let pair = Pair { before, expected, after };
        return Ok((relation.judge(&pair), Some(relation.confidence(&pair))));
    }
    let kind = ones::kind(&oracle.claim).ok_or_else(|| JudgeError::Oracle(unknown(&oracle.claim)))?;
    let Some(oracle) = moved_oracle(oracle, change, size)? else {
        return Ok((Verdict::Skip { why: "the region of the claim has left the image".to_owned() }, None));
    };
    let check = (kind.build)(&oracle).map_err(JudgeError::Oracle)?;
    Ok((check.judge(after), None))
}

/// The claim with its region moved like the image; `None` if the region has left it.
fn moved_oracle(
    oracle: &OracleSpec,
    change: &Stack,
    size: (u32, u32),
) -> Result<Option<OracleSpec>, StackError> {
    let Some(region) = oracle.region else { return Ok(Some(oracle.clone())) };
    let marker = Detection::flat(String::new(), 1.0, region);
    let region = match stack::expected(change, &Prediction::Objects { objects: vec![marker] }, size)? {
        Expected::Answer(Prediction::Objects { objects }) => {
            objects.first().filter(|o| o.score > 0.0).map(|o| o.bbox)
        }
        Expected::Same
        | Expected::Answer(
            Prediction::Classes { .. }
            | Prediction::Values { .. }
            | Prediction::Segments { .. }
            | Prediction::Vector { .. },
        ) => Some(region),
        Expected::Unknown(_) => None,
    };
    Ok(region.map(|region| OracleSpec { region: Some(region), ..oracle.clone() }))
}

/// An error if the claim is unknown or incomplete.
pub fn check_oracle(oracle: &OracleSpec) -> Result<(), JudgeError> {
    if backends::CLAIMS.iter().any(|claim| claim.id == oracle.claim) {
        return backends::check(oracle).map_err(JudgeError::Oracle);
    }
    if oracle.claim == signal_within::SIGNAL_WITHIN.id {
        return signal_within::check(oracle).map_err(JudgeError::Oracle);
    }
    if let Some(kind) = pairs::kind(&oracle.claim) {
        return (kind.build)(oracle).map(drop).map_err(JudgeError::Oracle);
    }
    let kind = ones::kind(&oracle.claim).ok_or_else(|| JudgeError::Oracle(unknown(&oracle.claim)))?;
    (kind.build)(oracle).map(drop).map_err(JudgeError::Oracle)
}

/// A relation or a check, as a list entry.
#[derive(Clone, Copy, Debug)]
pub struct ClaimKind {
    /// Id in files.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Tasks whose predictions it can judge.
    pub about: &'static [Task],
    /// Named subject of the claim.
    pub subject: Subject,
    /// True if it compares two predictions.
    pub relation: bool,
}

/// Every relation, then every check, then the claims about running a model.
pub fn claims() -> impl Iterator<Item = ClaimKind> {
    let relations = pairs::KINDS.iter().map(|kind| ClaimKind {
        id: kind.id,
        title: kind.title,
        params: kind.params,
        about: kind.about,
        subject: kind.subject,
        relation: true,
    });
    let checks = ones::KINDS.iter().map(|kind| ClaimKind {
        id: kind.id,
        title: kind.title,
        params: kind.params,
        about: kind.about,
        subject: kind.subject,
        relation: false,
    });
    relations.chain(checks).chain(backends::CLAIMS).chain([signal_within::SIGNAL_WITHIN])
}

/// The claim called `id`.
pub fn claim(id: &str) -> Option<ClaimKind> {
    claims().find(|claim| claim.id == id)
}

/// The default claim for a task.
pub fn usual_claim(task: Task) -> &'static str {
    match task {
        Task::Classes => "same_class",
        Task::Objects => "same_objects",
        Task::Values => "close_values",
        Task::Segments => "same_segments",
        Task::Vector => "same_vector",
    }
}

/// Name of a claim on screen.
pub fn title(id: &str) -> &str {
    claim(id).map_or(id, |claim| claim.title)
}

/// Text form of a claim: `Same objects`, `No such object: bird`.
pub fn describe(oracle: &OracleSpec) -> String {
    match (&oracle.expression, &oracle.class) {
        (Some(expression), _) => expression.clone(),
        (None, Some(class)) => format!("{}: {class}", title(&oracle.claim)),
        (None, None) => title(&oracle.claim).to_owned(),
    }
}

fn unknown(claim: &str) -> String {
    let known: Vec<&str> = claims().map(|claim| claim.id).collect();
    format!("unknown claim {claim:?}, expected one of {}", known.join(", "))
}
