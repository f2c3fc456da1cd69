//! One case: change the input, ask the model, judge the answer.

use crate::checks;
use crate::data::case::OracleSpec;
use crate::data::image::Image;
use crate::data::objects::Detection;
use crate::data::prediction::{Expected, Prediction};
use crate::data::spec::Stack;
use crate::data::verdict::Verdict;
use crate::inference::ModelError;
use crate::inference::model::Model;
use crate::relations::{self, Pair};
use crate::transforms::stack::{self, StackError};

/// Everything a person wants to see of a judged case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether the claim holds.
    pub verdict: Verdict,
    /// The answer about the original.
    pub before: Prediction,
    /// The answer about the changed input.
    pub after: Prediction,
    /// What the answer had to be, where the transforms promise one.
    pub expected: Option<Prediction>,
    /// How sure the model still is of what was expected, where a relation was judged.
    pub confidence: Option<f32>,
    /// The changed input.
    pub changed: Image,
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

/// Judges a claim about a picture and a change of it. `before` is the answer about the original where it
/// is known already.
pub fn judge(
    model: &Model,
    image: &Image,
    change: &Stack,
    oracle: &OracleSpec,
    before: Option<&Prediction>,
) -> Result<Outcome, JudgeError> {
    check_oracle(oracle)?;
    let changed = stack::apply(change, image)?;
    let before = before.map_or_else(|| model.predict(image), |before| Ok(before.clone()))?;
    let after = if changed == *image { before.clone() } else { model.predict(&changed)? };
    let expected = stack::expected(change, &before, image.size())?;
    let (verdict, confidence) = verdict(oracle, change, image.size(), &before, &expected, &after)?;
    let expected = match expected {
        Expected::Same => Some(before.clone()),
        Expected::Answer(answer) => Some(answer),
        Expected::Unknown(_) => None,
    };
    Ok(Outcome { verdict, before, after, expected, confidence, changed })
}

fn verdict(
    oracle: &OracleSpec,
    change: &Stack,
    size: (u32, u32),
    before: &Prediction,
    expected: &Expected,
    after: &Prediction,
) -> Result<(Verdict, Option<f32>), JudgeError> {
    if let Some(kind) = relations::kind(&oracle.claim) {
        let expected = match expected {
            Expected::Same => before,
            Expected::Answer(answer) => answer,
            Expected::Unknown(why) => return Ok((Verdict::Skip { why: why.clone() }, None)),
        };
        let relation = (kind.build)(oracle);
        let pair = Pair { before, expected, after };
        return Ok((relation.judge(&pair), Some(relation.confidence(&pair))));
    }
    let kind = checks::kind(&oracle.claim).ok_or_else(|| JudgeError::Oracle(unknown(&oracle.claim)))?;
    let Some(oracle) = moved_oracle(oracle, change, size)? else {
        return Ok((
            Verdict::Skip { why: "the place the claim is about has left the picture".to_owned() },
            None,
        ));
    };
    let check = (kind.build)(&oracle).map_err(JudgeError::Oracle)?;
    Ok((check.judge(after), None))
}

/// The claim with its place moved as the picture was; none when the place has left it.
fn moved_oracle(
    oracle: &OracleSpec,
    change: &Stack,
    size: (u32, u32),
) -> Result<Option<OracleSpec>, StackError> {
    let Some(region) = oracle.region else { return Ok(Some(oracle.clone())) };
    let marker = Detection { class: String::new(), score: 1.0, bbox: region };
    let region = match stack::expected(change, &Prediction::Objects { objects: vec![marker] }, size)? {
        Expected::Answer(Prediction::Objects { objects }) => {
            objects.first().filter(|o| o.score > 0.0).map(|o| o.bbox)
        }
        Expected::Same | Expected::Answer(Prediction::Classes { .. }) => Some(region),
        Expected::Unknown(_) => None,
    };
    Ok(region.map(|region| OracleSpec { region: Some(region), ..oracle.clone() }))
}

/// Whether the claim is known and says enough.
pub fn check_oracle(oracle: &OracleSpec) -> Result<(), JudgeError> {
    if relations::kind(&oracle.claim).is_some() {
        return Ok(());
    }
    let kind = checks::kind(&oracle.claim).ok_or_else(|| JudgeError::Oracle(unknown(&oracle.claim)))?;
    (kind.build)(oracle).map(drop).map_err(JudgeError::Oracle)
}

/// Name of a claim on screen.
pub fn title(claim: &str) -> &str {
    relations::kind(claim)
        .map(|kind| kind.title)
        .or_else(|| checks::kind(claim).map(|kind| kind.title))
        .unwrap_or(claim)
}

/// A claim in words: `Same objects`, `No such object: bird`.
pub fn describe(oracle: &OracleSpec) -> String {
    match &oracle.class {
        Some(class) => format!("{}: {class}", title(&oracle.claim)),
        None => title(&oracle.claim).to_owned(),
    }
}

fn unknown(claim: &str) -> String {
    let known: Vec<&str> =
        relations::KINDS.iter().map(|k| k.id).chain(checks::KINDS.iter().map(|k| k.id)).collect();
    format!("there is no relation or check {claim:?}, known are {}", known.join(", "))
}
