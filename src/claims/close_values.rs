//! Values stay within a tolerance of the expected ones.

use crate::base::params::{ParamSpec, Params};
use crate::claims::pairs::{Pair, Relation, RelationKind};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{NamedValue, Prediction, Task};

/// |after - expected| <= absolute + relative * |expected| for the named value, or for all of them.
pub static KIND: RelationKind = RelationKind {
    id: "close_values",
    title: "Close values",
    params: &[ABSOLUTE, RELATIVE],
    about: &[Task::Values],
    subject: Subject::Optional,
    build: |oracle| Ok(Box::new(CloseValues::new(oracle.class.clone(), &oracle.params))),
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

/// The values of both predictions by name; an error names a missing value.
pub(crate) fn value_pairs<'a>(
    name: Option<&str>,
    expected: &'a Prediction,
    after: &'a Prediction,
) -> Result<Vec<(&'a NamedValue, &'a NamedValue)>, String> {
    let (Prediction::Values { values: expected }, Prediction::Values { values: after }) = (expected, after)
    else {
        return Err("the prediction has no values to compare".to_owned());
    };
    let wanted = |value: &&NamedValue| name.is_none_or(|name| value.name == name);
    let pairs: Vec<_> = expected
        .iter()
        .filter(wanted)
        .filter_map(|value| Some((value, after.iter().find(|other| other.name == value.name)?)))
        .collect();
    if pairs.is_empty() {
        let known: Vec<&str> = expected.iter().map(|value| value.name.as_str()).collect();
        return Err(format!(
            "the prediction has no value {:?}, expected one of {}",
            name.unwrap_or_default(),
            known.join(", ")
        ));
    }
    Ok(pairs)
}

/// Margin of a claim: 1 without a difference, 0.5 at the limit.
pub(crate) fn agreement(difference: f64, limit: f64) -> f32 {
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

impl Relation for CloseValues {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        let pairs = match value_pairs(self.name.as_deref(), pair.expected, pair.after) {
            Ok(pairs) => pairs,
            Err(why) => return Verdict::Skip { why },
        };
        let worst = pairs
            .iter()
            .map(|(expected, after)| {
                let (expected_value, value) = (f64::from(expected.value), f64::from(after.value));
                (expected, after, (value - expected_value).abs(), self.limit(expected_value))
            })
            .filter(|(_, _, difference, limit)| difference > limit)
            .max_by(|a, b| (a.2 / a.3.max(1e-12)).total_cmp(&(b.2 / b.3.max(1e-12))));
        match worst {
            None => Verdict::Pass,
            Some((expected, after, _, limit)) => Verdict::Fail {
                why: format!(
                    "expected {} {:.3} ± {limit:.3}, got {:.3}{}{}",
                    expected.name,
                    expected.value,
                    after.value,
                    if expected.unit.is_empty() { "" } else { " " },
                    expected.unit
                ),
            },
        }
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
