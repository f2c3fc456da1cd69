//! A number must not become smaller than a part of what it was.

use crate::base::params::ParamSpec;
use crate::claims::ordered::{Ordered, SLACK};
use crate::claims::{ClaimKind, Judge, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::Task;

/// after >= part * expected - slack, in the direction of the expected value: "braking must not weaken by more
/// than 10 %". For classes the value is the probability, for objects their number.
///
/// A relation of inequality as in rule-based metamorphic testing (Deng et al., "RMT", 2020).
pub static KIND: ClaimKind = ClaimKind {
    id: "at_least",
    title: "At least a fraction",
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
