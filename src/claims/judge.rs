//! One case: transform the input, run the model, judge what comes of it.

use crate::claims::Pair;
use crate::claims::error::ClaimError;
use crate::claims::judgment::Judgment;
use crate::claims::spec::{self, Claim};
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::Mask;
use crate::data::input::Input;
use crate::data::prediction::{Expected, Prediction, Segment};
use crate::inference::ModelError;
use crate::inference::model::Model;
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::StackError;
use crate::transforms::stack;

/// A judged case with all its intermediate results.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Pass, fail or skip.
    pub verdict: Verdict,
    /// Value minus bound in the unit of the claim, as [`Judgment`] has it.
    pub margin: Option<f64>,
    /// The prediction for the original.
    pub before: Prediction,
    /// The prediction for the transformed input.
    pub after: Prediction,
    /// The expected prediction, if the transforms have one.
    pub expected: Option<Prediction>,
    /// Confidence of the model in the expected prediction, for claims about pairs.
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
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

/// Judges a claim about an input and a stack. `before` is the prediction for the original if it
/// is already known.
pub fn judge(
    catalog: &Catalog,
    model: &Model,
    input: &Input,
    change: &Stack,
    oracle: &ClaimSpec,
    before: Option<&Prediction>,
) -> Result<Outcome, JudgeError> {
    stack::check(catalog, change)?;
    judge_applied(catalog, model, input, stack::apply(catalog, change, input)?, change, oracle, before)
}

/// The same for a stack that has already been applied.
pub fn judge_applied(
    catalog: &Catalog,
    model: &Model,
    input: &Input,
    changed: Input,
    change: &Stack,
    oracle: &ClaimSpec,
    before: Option<&Prediction>,
) -> Result<Outcome, JudgeError> {
    let claim = spec::build(oracle)?;
    let before = before.map_or_else(|| model.run(input), |before| Ok(before.clone()))?;
    let question = Question { catalog, model, input, changed: &changed, change, oracle, before: &before };
    let Judged { judgment: Judgment { verdict, margin }, after, expected, confidence } =
        judged(&claim, &question)?;
    let expected = match expected {
        Expected::Unknown(_) if oracle.assume_same => Some(before.clone()),
        Expected::Same => Some(before.clone()),
        Expected::Answer(answer) => Some(answer),
        Expected::Unknown(_) => None,
    };
    Ok(Outcome { verdict, margin, before, after, expected, confidence, changed })
}

/// A judged claim without the images.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The verdict with its margin.
    pub judgment: Judgment,
    /// The prediction for the transformed input.
    pub after: Prediction,
    /// Expectation of the transforms.
    pub expected: Expected,
    /// Confidence of the model in the expected prediction, for claims about pairs.
    pub confidence: Option<f32>,
}

/// Judges a claim about an input and its transformation by `change`, for a prediction on the original.
pub fn judge_changed(
    catalog: &Catalog,
    model: &Model,
    input: &Input,
    changed: &Input,
    change: &Stack,
    oracle: &ClaimSpec,
    before: &Prediction,
) -> Result<Judged, JudgeError> {
    judged(&spec::build(oracle)?, &Question { catalog, model, input, changed, change, oracle, before })
}

/// Everything that a judgment may depend on.
struct Question<'a> {
    catalog: &'a Catalog,
    model: &'a Model,
    input: &'a Input,
    changed: &'a Input,
    change: &'a Stack,
    oracle: &'a ClaimSpec,
    before: &'a Prediction,
}

fn judged(claim: &Claim, question: &Question<'_>) -> Result<Judged, JudgeError> {
    let Question { catalog, model, input, changed, change, oracle, before } = *question;
    let after = if changed == input { before.clone() } else { model.run(changed)? };
    let expected = stack::expected(catalog, change, before, input.size())?;
    let mut confidence = None;
    let judgment = match claim {
        Claim::Pair(claim) => match promised(before, &expected, oracle) {
            Ok(expected) => {
                let pair = Pair { before, expected, after: &after };
                confidence = Some(claim.confidence(&pair));
                claim.judge(&pair).into()
            }
            Err(why) => Judgment::skip(why),
        },
        Claim::One(claim) => match moved(catalog, oracle, change, input.size())? {
            Some(oracle) => claim.judge(&after, &oracle).into(),
            None => Judgment::skip("the region of the claim has left the input"),
        },
        Claim::Run(claim) => claim.judge(model, changed)?,
        Claim::Signals(claim) => claim.judge(changed).into(),
        Claim::Interval(_) => {
            Judgment::skip("the claim is about a stretch of a recording, not about one input")
        }
    };
    Ok(Judged { judgment, after, expected, confidence })
}

/// The prediction that the transforms promise, or the reason for which they promise none.
fn promised<'a>(
    before: &'a Prediction,
    expected: &'a Expected,
    oracle: &ClaimSpec,
) -> Result<&'a Prediction, &'a str> {
    match expected {
        Expected::Same => Ok(before),
        Expected::Answer(answer) => Ok(answer),
        Expected::Unknown(_) if oracle.assume_same => Ok(before),
        Expected::Unknown(why) => Err(why),
    }
}

/// The claim with its region, cuboid and area moved like the input; `None` if one of them has left it.
fn moved(
    catalog: &Catalog,
    oracle: &ClaimSpec,
    change: &Stack,
    size: (u32, u32),
) -> Result<Option<ClaimSpec>, StackError> {
    let mut moved = oracle.clone();
    let region = oracle.region.map(|region| Detection::flat(String::new(), 1.0, region));
    let object = oracle.object.map(|solid| Detection::upright(String::new(), 1.0, solid));
    for marker in region.into_iter().chain(object) {
        let Some(marker) = expected_place(catalog, change, marker, size)? else { return Ok(None) };
        match marker.solid {
            Some(solid) => moved.object = Some(solid),
            None => moved.region = Some(marker.bbox),
        }
    }
    if let Some(mask) = &oracle.area {
        let segments = vec![Segment { class: String::new(), mask: mask.clone() }];
        match stack::expected(catalog, change, &Prediction::Segments { segments }, size)? {
            Expected::Answer(Prediction::Segments { segments }) => {
                // An area that has left the image has no pixels.
                let none = || Mask { size: mask.size, runs: vec![mask.size[0].saturating_mul(mask.size[1])] };
                moved.area = Some(segments.into_iter().next().map_or_else(none, |segment| segment.mask));
            }
            Expected::Same | Expected::Answer(_) => {}
            Expected::Unknown(_) => return Ok(None),
        }
    }
    Ok(Some(moved))
}

/// The place of an object after the transforms; `None` if it has left the input or nobody knows.
fn expected_place(
    catalog: &Catalog,
    change: &Stack,
    marker: Detection,
    size: (u32, u32),
) -> Result<Option<Detection>, StackError> {
    let before = Prediction::Objects { objects: vec![marker.clone()] };
    Ok(match stack::expected(catalog, change, &before, size)? {
        Expected::Answer(Prediction::Objects { objects }) => {
            objects.into_iter().next().filter(|o| o.score > 0.0)
        }
        Expected::Same | Expected::Answer(_) => Some(marker),
        Expected::Unknown(_) => None,
    })
}
