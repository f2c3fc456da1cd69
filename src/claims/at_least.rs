//! A number must not become smaller than a part of what it was.

use crate::base::params::ParamSpec;
use crate::claims::ordered::{Ordered, SLACK};
use crate::claims::{ClaimKind, Judge, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::Task;

/// after >= part * expected - slack, in the direction of what was expected: "braking must not weaken by more
/// than 10 %". Of classes the number is the probability, of objects how many there are.
///
/// A relation of inequality as in rule-based metamorphic testing (Deng et al., "RMT", 2020).
pub static KIND: ClaimKind = ClaimKind {
    id: "at_least",
    title: "Must not weaken below",
    summary: "A number does not become smaller than a part of what was expected",
    margin: "number minus limit in the direction of what was expected, in the unit of the number",
    params: &[PART, SLACK],
    about: Task::ALL,
    subject: Subject::Needed,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| Ok(Box::new(Ordered::new(oracle, &PART, true)?))),
};

const PART: ParamSpec = ParamSpec {
    id: "part",
    title: "Part",
    unit: "of it",
    min: 0.0,
    max: 2.0,
    neutral: 0.9,
    initial: 0.9,
    step: 0.05,
};
