//! One case: change the input, ask the model, judge the prediction.

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

/// Everything a person wants to see of a judged case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether the claim holds.
    pub verdict: Verdict,
    /// The prediction about the original.
    pub before: Prediction,
    /// The prediction about the changed input.
    pub after: Prediction,
    /// What the prediction had to be, where the transforms promise one.
    pub expected: Option<Prediction>,
    /// How sure the model still is of what was expected, where a relation was judged.
    pub confidence: Option<f32>,
    /// The changed input.
    pub changed: Input,
}

/// Why a case could not be judged at all.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The stack names something unknown.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The model did not answer.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The oracle names no known claim, or does not say enough.
    #[error("{0}")]
    Oracle(String),
}

/// Judges a claim about an input and a change of it. `before` is the prediction about the original where it
/// is known already.
pub fn judge(
    model: &Model,
    input: &Input,
    change: &Stack,
    oracle: &OracleSpec,
    before: Option<&Prediction>,
) -> Result<Outcome, JudgeError> {
    judge_applied(model, input, stack::apply(change, input)?, change, oracle, before)
}

/// The same for those who have applied the change already.
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

/// What a claim comes to, for those who know the images already.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Whether the claim holds.
    pub verdict: Verdict,
    /// The prediction about the changed input.
    pub after: Prediction,
    /// What the transforms promise.
    pub expected: Expected,
    /// How sure the model still is of what was expected, where a relation was judged.
    pub confidence: Option<f32>,
}

/// Judges a claim about an input and what `change` made of it, given the prediction about the original.
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
        return Ok((
            Verdict::Skip { why: "the place the claim is about has left the picture".to_owned() },
            None,
        ));
    };
    let check = (kind.build)(&oracle).map_err(JudgeError::Oracle)?;
    Ok((check.judge(after), None))
}

/// The claim with its place moved as the image was; none when the place has left it.
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

/// Whether the claim is known and says enough.
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

/// A relation or a check, as far as choosing one goes.
#[derive(Clone, Copy, Debug)]
pub struct ClaimKind {
    /// Name in files.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its knobs.
    pub params: &'static [ParamSpec],
    /// The kinds of predictions it can judge.
    pub about: &'static [Task],
    /// Whether it is about something that has a name.
    pub subject: Subject,
    /// Whether it compares two predictions.
    pub relation: bool,
}

/// Every relation, then every check, then those about how a model is run.
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

/// The claim that a model of this kind is judged by until somebody chooses another.
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

/// A claim in words: `Same objects`, `No such object: bird`.
pub fn describe(oracle: &OracleSpec) -> String {
    match (&oracle.expression, &oracle.class) {
        (Some(expression), _) => expression.clone(),
        (None, Some(class)) => format!("{}: {class}", title(&oracle.claim)),
        (None, None) => title(&oracle.claim).to_owned(),
    }
}

fn unknown(claim: &str) -> String {
    let known: Vec<&str> = claims().map(|claim| claim.id).collect();
    format!("there is no relation or check {claim:?}, known are {}", known.join(", "))
}
