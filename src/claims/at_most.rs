//! A number must not become larger than a part of what it was.

use crate::base::params::ParamSpec;
use crate::claims::ordered::{Ordered, SLACK};
use crate::claims::{ClaimKind, Judge, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::Task;

/// after <= part * expected + slack, in the direction of the expected value: "speed must drop to 80 %".
pub static KIND: ClaimKind = ClaimKind {
    id: "at_most",
    title: "At most a fraction",
    summary: "A number does not become larger than a part of what was expected",
    margin: "limit minus number in the direction of what was expected, in the unit of the number",
    params: &[PART, SLACK],
    about: Task::ALL,
    subject: Subject::Needed,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| Ok(Box::new(Ordered::new(oracle, &PART, false)?))),
};

const PART: ParamSpec = ParamSpec {
    id: "part",
    title: "Part",
    unit: "of it",
    min: 0.0,
    max: 2.0,
    neutral: 1.1,
    initial: 1.1,
    step: 0.05,
};
