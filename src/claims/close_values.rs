//! Values stay within a tolerance of the expected ones.

use crate::base::params::{ParamSpec, Params};
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::{NamedValue, Prediction, Task};

/// |after - expected| <= absolute + relative * |expected| for the named value, or for all of them.
pub static KIND: ClaimKind = ClaimKind {
    id: "close_values",
    title: "Close values",
    summary: "Every number, or the one that is named, stays within a tolerance of what it must be",
    margin: "limit minus difference, in the unit of the value that is closest to its limit or furthest beyond it",
    params: &[ABSOLUTE, RELATIVE],
    about: &[Task::Values],
    subject: Subject::Optional,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| Ok(Box::new(CloseValues::new(oracle.class.clone(), &oracle.params)))),
};

const ABSOLUTE: ParamSpec = ParamSpec {
    id: "absolute",
    title: "Within",
    unit: "",
    min: 0.0,
    max: 10.0,
    neutral: 0.1,
    initial: 0.1,
    step: 0.01,
};

const RELATIVE: ParamSpec = ParamSpec {
    id: "relative",
    title: "Plus",
    unit: "of the value",
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 0.01,
};

struct CloseValues {
    name: Option<String>,
    absolute: f64,
    relative: f64,
}

/// The values of both answers by name; an error says which are missing.
pub(crate) fn value_pairs<'a>(
    name: Option<&str>,
    expected: &'a Prediction,
    after: &'a Prediction,
) -> Result<Vec<(&'a NamedValue, &'a NamedValue)>, Unjudged> {
    let (Prediction::Values { values: expected }, Prediction::Values { values: after }) = (expected, after)
    else {
        return Err("the prediction has no values to compare".into());
    };
    let wanted = |value: &&NamedValue| name.is_none_or(|name| value.name == name);
    let pairs: Vec<_> = expected
        .iter()
        .filter(wanted)
        .filter_map(|value| Some((value, after.iter().find(|other| other.name == value.name)?)))
        .collect();
    if pairs.is_empty() {
        let known: Vec<&str> = expected.iter().map(|value| value.name.as_str()).collect();
        let name = name.unwrap_or_default();
        return Err(format!("the model gives no {name:?}, it gives {}", known.join(", ")).into());
    }
    Ok(pairs)
}

/// Margin of a claim: 1 without a difference, 0.5 at the limit, 0 where the difference is no number.
pub(crate) fn agreement(difference: f64, limit: f64) -> f32 {
    if difference.is_nan() {
        return 0.0;
    }
    let parts = if limit > 0.0 { difference / limit } else { difference * f64::MAX };
    (1.0 / (1.0 + parts)) as f32
}

impl CloseValues {
    fn new(name: Option<String>, params: &Params) -> Self {
        Self { name, absolute: params.value(&ABSOLUTE), relative: params.value(&RELATIVE) }
    }

    fn limit(&self, expected: f64) -> f64 {
        self.absolute + self.relative * expected.abs()
    }
}

impl PairClaim for CloseValues {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let pairs = value_pairs(self.name.as_deref(), pair.expected, pair.after)?;
        if let Some((unknown, _)) = pairs.iter().find(|(expected, _)| !expected.value.is_finite()) {
            return Err(format!(
                "the expected {} is {}, so nothing can be compared with it",
                unknown.name, unknown.value
            )
            .into());
        }
        // A number that is none is never within a limit.
        let beyond = |difference: f64, limit: f64| difference.is_nan() || difference > limit;
        let worst = pairs
            .iter()
            .map(|(expected, after)| {
                let (expected_value, value) = (f64::from(expected.value), f64::from(after.value));
                (expected, after, (value - expected_value).abs(), self.limit(expected_value))
            })
            // What is beyond its limit first: where the limit is next to nothing the ratio alone does not tell.
            .max_by(|a, b| {
                let ratio = |difference: f64, limit: f64| difference / limit.max(1e-12);
                beyond(a.2, a.3).cmp(&beyond(b.2, b.3)).then(ratio(a.2, a.3).total_cmp(&ratio(b.2, b.3)))
            });
        let (expected, after, difference, limit) = worst.ok_or("no values to compare")?;
        let margin = limit - difference;
        if beyond(difference, limit) {
            let why = format!(
                "expected {} {:.3} ± {limit:.3}, got {:.3}{}{}",
                expected.name,
                expected.value,
                after.value,
                if expected.unit.is_empty() { "" } else { " " },
                expected.unit
            );
            return Ok(Judgment::fail(margin, why));
        }
        Ok(Judgment::pass(margin))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let Ok(pairs) = value_pairs(self.name.as_deref(), pair.expected, pair.after) else { return 0.0 };
        let each = pairs.iter().map(|(expected, after)| {
            let value = f64::from(expected.value);
            agreement((f64::from(after.value) - value).abs(), self.limit(value))
        });
        each.fold(1.0, f32::min)
    }
}
