//! Inequalities: a value must not fall below, or rise above, a fraction of its former value.

use crate::base::params::ParamSpec;
use crate::claims::close_values::agreement;
use crate::claims::error::ClaimError;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::spec::subject;
use crate::claims::{Pair, PairClaim};
use crate::data::cases::case::ClaimSpec;

/// Amount that is allowed beside the part.
pub(super) const SLACK: ParamSpec = ParamSpec {
    id: "slack",
    title: "Slack",
    unit: "",
    min: 0.0,
    max: 10.0,
    neutral: 0.0,
    initial: 0.0,
    step: 0.05,
};

/// A bound below or above a number.
pub(super) struct Ordered {
    name: String,
    part: f64,
    slack: f64,
    least: bool,
}

impl Ordered {
    /// The claim with the part that `part` has in it, as the least (or else the most) that the number may be.
    pub(super) fn new(oracle: &ClaimSpec, part: &ParamSpec, least: bool) -> Result<Self, ClaimError> {
        let name = subject(oracle, "value or class")?;
        Ok(Self { name, part: oracle.params.value(part), slack: oracle.params.value(&SLACK), least })
    }

    /// The number expected, the number now, and the limit, all in the direction of what was expected.
    fn numbers(&self, pair: &Pair<'_>) -> Result<(f64, f64, f64), Unjudged> {
        let missing = || format!("the prediction has no {:?}", self.name);
        let expected = pair.expected.quantity(&self.name).ok_or_else(missing)?;
        let after = pair.after.quantity(&self.name).ok_or_else(missing)?;
        let sign = if expected < 0.0 { -1.0 } else { 1.0 };
        let slack = if self.least { -self.slack } else { self.slack };
        Ok((expected, sign * after, self.part * expected.abs() + slack))
    }
}

impl PairClaim for Ordered {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (expected, after, limit) = self.numbers(pair)?;
        let margin = if self.least { after - limit } else { limit - after };
        // A model's numbers have 24 bits; rounding must not fail a claim.
        let rounding = 1e-6 * limit.abs();
        let holds = if self.least { after >= limit - rounding } else { after <= limit + rounding };
        if holds {
            return Ok(Judgment::pass(margin.max(0.0)));
        }
        let sign = if expected < 0.0 { -1.0 } else { 1.0 };
        let (word, name) = (if self.least { "at least" } else { "at most" }, &self.name);
        let (now, allowed) = (sign * after, sign * limit);
        let why = format!("{name} changed from {expected:.3} to {now:.3}, allowed {word} {allowed:.3}");
        Ok(Judgment::fail(margin, why))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let Ok((_, after, limit)) = self.numbers(pair) else { return 0.0 };
        let excess = if self.least { limit - after } else { after - limit };
        agreement(excess.max(0.0), limit.abs().max(1e-6))
    }
}
