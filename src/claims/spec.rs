//! Claims as they are written in files: found by their names, built from their values, and described.

use crate::base::nearest::nearest;
use crate::claims::error::ClaimError;
use crate::claims::{
    ClaimKind, Human, IntervalClaim, Judge, KINDS, OneClaim, PairClaim, RunClaim, SignalClaim, kind,
};
use crate::data::cases::case::ClaimSpec;
use crate::data::time::window::Reach;

/// A claim with its values, ready to judge.
pub enum Claim {
    /// About two predictions.
    Pair(Box<dyn PairClaim>),
    /// About one prediction.
    One(Box<dyn OneClaim>),
    /// About runs of the model.
    Run(Box<dyn RunClaim>),
    /// About recorded signals.
    Signals(Box<dyn SignalClaim>),
    /// About a stretch of a recording.
    Interval(Box<dyn IntervalClaim>),
}

/// The claim called `id`, or an error that names the one that was probably meant.
pub fn find(id: &str) -> Result<&'static ClaimKind, ClaimError> {
    kind(id).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.id).collect();
        ClaimError::Unknown { id: id.to_owned(), nearest: nearest(id, known.iter().copied()), known }
    })
}

/// Makes the claim, or says which of its values is missing or wrong.
pub fn build(oracle: &ClaimSpec) -> Result<Claim, ClaimError> {
    let kind = find(&oracle.claim)?;
    let claim = || oracle.claim.clone();
    if let Some(problem) = oracle.params.problem(kind.params) {
        return Err(ClaimError::Param { claim: claim(), problem });
    }
    // An empty region holds no object, so a claim that there is none would always pass.
    if oracle.region.is_some_and(|region| !region.valid()) {
        return Err(ClaimError::Region { claim: claim() });
    }
    if oracle.object.is_some_and(|object| !object.valid()) {
        return Err(ClaimError::Object { claim: claim() });
    }
    if oracle.area.as_ref().is_some_and(|area| !area.valid()) {
        return Err(ClaimError::Area { claim: claim() });
    }
    Ok(match kind.judge {
        Judge::Pair(build) => Claim::Pair(build(oracle)?),
        Judge::One(build) => Claim::One(build(oracle)?),
        Judge::Run(build) => Claim::Run(build(oracle)?),
        Judge::Signals(build) => Claim::Signals(build(oracle)?),
        Judge::Interval(build) => Claim::Interval(build(oracle)?),
    })
}

/// Checks that the claim is known and says enough.
pub fn check(oracle: &ClaimSpec) -> Result<(), ClaimError> {
    build(oracle).map(drop)
}

/// The stretch of a recording that the claim looks at, beside that of the model.
pub fn reach(oracle: &ClaimSpec) -> Reach {
    let reach = kind(&oracle.claim).and_then(|kind| kind.reach);
    reach.map_or_else(Reach::default, |reach| reach(oracle))
}

/// Parameters of the claim that come from a human driver, where it has such.
pub fn human(oracle: &ClaimSpec) -> Option<Human> {
    kind(&oracle.claim)?.human
}

/// Name of a claim on screen.
pub fn title(id: &str) -> &str {
    kind(id).map_or(id, |kind| kind.title)
}

/// Text form of a claim: `Same objects`, `No such object: bird`.
pub fn describe(oracle: &ClaimSpec) -> String {
    match (&oracle.expression, &oracle.class) {
        (Some(expression), _) => expression.clone(),
        (None, Some(class)) => format!("{}: {class}", title(&oracle.claim)),
        (None, None) => title(&oracle.claim).to_owned(),
    }
}

/// Name of the subject of a claim that needs one; `noun` says what it names: `"class"`.
pub(super) fn subject(oracle: &ClaimSpec, noun: &'static str) -> Result<String, ClaimError> {
    oracle.class.clone().ok_or_else(|| ClaimError::NoSubject { claim: oracle.claim.clone(), subject: noun })
}
