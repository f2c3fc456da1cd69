//! Inequalities: a value must not fall below, or rise above, a fraction of its former value.

use crate::base::params::ParamSpec;
use crate::claims::close_values::agreement;
use crate::claims::pairs::{Pair, Relation, RelationKind};
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::Task;

/// after >= part * expected - slack, in the direction of the expected value: "braking must not weaken by more
/// than 10 %". For classes the value is the probability, for objects their number.
///
/// A relation of inequality as in rule-based metamorphic testing (Deng et al., "RMT", 2020).
pub static AT_LEAST: RelationKind = RelationKind {
    id: "at_least",
    title: "At least a fraction",
    params: &[PART_LEFT, SLACK],
    about: Task::ALL,
    subject: Subject::Needed,
    build: |oracle| Ok(Box::new(Ordered::new(oracle, &PART_LEFT, true)?)),
};

/// after <= part * expected + slack, in the direction of the expected value: "speed must drop to 80 %".
pub static AT_MOST: RelationKind = RelationKind {
    id: "at_most",
    title: "At most a fraction",
    params: &[PART_ALLOWED, SLACK],
    about: Task::ALL,
    subject: Subject::Needed,
    build: |oracle| Ok(Box::new(Ordered::new(oracle, &PART_ALLOWED, false)?)),
};

const PART_LEFT: ParamSpec = ParamSpec {
    id: "part",
    title: "Fraction",
    unit: "of the value",
    min: 0.0,
    max: 2.0,
    neutral: 0.9,
    initial: 0.9,
    step: 0.05,
};

const PART_ALLOWED: ParamSpec = ParamSpec { neutral: 1.1, initial: 1.1, ..PART_LEFT };

const SLACK: ParamSpec = ParamSpec {
    id: "slack",
    title: "Slack",
    unit: "",
    min: 0.0,
    max: 10.0,
    neutral: 0.0,
    initial: 0.0,
    step: 0.05,
};

struct Ordered {
    name: String,
    part: f64,
    slack: f64,
    least: bool,
}

impl Ordered {
    fn new(oracle: &OracleSpec, part: &ParamSpec, least: bool) -> Result<Self, String> {
        let name = oracle.class.clone();
        let name =
            name.ok_or_else(|| format!("the claim {:?} needs the name of a value or class", oracle.claim))?;
        Ok(Self { name, part: oracle.params.value(part), slack: oracle.params.value(&SLACK), least })
    }

    /// Former value, current value and limit, all in the direction of the expected value.
    fn numbers(&self, pair: &Pair<'_>) -> Result<(f64, f64, f64), String> {
        let missing = || format!("the prediction has no {:?}", self.name);
        let expected = pair.expected.quantity(&self.name).ok_or_else(missing)?;
        let after = pair.after.quantity(&self.name).ok_or_else(missing)?;
        let sign = if expected < 0.0 { -1.0 } else { 1.0 };
        let slack = if self.least { -self.slack } else { self.slack };
        Ok((expected, sign * after, self.part * expected.abs() + slack))
    }
}

impl Relation for Ordered {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        let (expected, after, limit) = match self.numbers(pair) {
            Ok(numbers) => numbers,
            Err(why) => return Verdict::Skip { why },
        };
        // A model's numbers have 24 bits; rounding must not fail a claim.
        let rounding = 1e-6 * limit.abs();
        let holds = if self.least { after >= limit - rounding } else { after <= limit + rounding };
        if holds {
            return Verdict::Pass;
        }
        let sign = if expected < 0.0 { -1.0 } else { 1.0 };
        let (word, name) = (if self.least { "at least" } else { "at most" }, &self.name);
        Verdict::Fail {
            why: format!(
                "{name} changed from {expected:.3} to {:.3}, allowed {word} {:.3}",
                sign * after,
                sign * limit
            ),
        }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let Ok((_, after, limit)) = self.numbers(pair) else { return 0.0 };
        let excess = if self.least { limit - after } else { after - limit };
        agreement(excess.max(0.0), limit.abs().max(1e-6))
    }
}
