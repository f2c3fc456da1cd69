//! Named numeric parameters with a range, shared by sliders, sweeps and files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::nearest::nearest;

/// Name, range and unit of one parameter of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamSpec {
    /// Name in files: `"degrees"`.
    pub id: &'static str,
    /// Name on screen: `"Angle"`.
    pub title: &'static str,
    /// Unit on screen, or "".
    pub unit: &'static str,
    /// Least value that makes sense.
    pub min: f64,
    /// Greatest value that makes sense.
    pub max: f64,
    /// Value that changes nothing; the search for a tipping point starts here.
    pub neutral: f64,
    /// Value in a new stack.
    pub initial: f64,
    /// Increment of an arrow key.
    pub step: f64,
}

impl ParamSpec {
    /// A severity that begins at zero.
    pub const fn from_zero(
        id: &'static str,
        title: &'static str,
        unit: &'static str,
        max: f64,
        initial: f64,
    ) -> Self {
        Self { id, title, unit, min: 0.0, max, neutral: 0.0, initial, step: max / 100.0 }
    }

    /// A setting beside the severity: its least, greatest and first value.
    pub const fn setting(
        id: &'static str,
        title: &'static str,
        unit: &'static str,
        [min, max]: [f64; 2],
        initial: f64,
    ) -> Self {
        Self { id, title, unit, min, max, neutral: initial, initial, step: (max - min) / 100.0 }
    }

    /// Unit of a parameter that is on (1) or off (0).
    pub const SWITCH: &str = "on or off";

    /// Value at a severity of 0 (nothing changes) to 1, on the side of the neutral value with more room.
    pub fn at_strength(&self, strength: f64) -> f64 {
        let end = if self.max - self.neutral >= self.neutral - self.min { self.max } else { self.min };
        self.clamp(self.neutral + (end - self.neutral) * strength)
    }

    /// Severity of a value: its fraction of the way from the neutral value to the end on its side, 0 to 1.
    pub fn strength_of(&self, value: f64) -> f64 {
        let end = if value >= self.neutral { self.max } else { self.min };
        let way = (end - self.neutral).abs();
        if way > 0.0 { (value - self.neutral).abs() / way } else { 0.0 }
    }

    /// Problem of a value outside of the range, where more than rounding separates it.
    pub fn problem(&self, value: f64) -> Option<ParamProblem> {
        let slack = 1e-6 * (self.max - self.min).abs();
        let inside = value >= self.min - slack && value <= self.max + slack;
        (!inside).then(|| ParamProblem::Range {
            param: self.id,
            value: value.to_string(),
            min: self.min.to_string(),
            max: self.max.to_string(),
        })
    }

    /// The nearest value inside the range; NaN becomes the neutral value.
    pub fn clamp(&self, value: f64) -> f64 {
        if value.is_nan() { self.neutral } else { value.clamp(self.min, self.max) }
    }
}

/// A value that is not one of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamProblem {
    /// No parameter has this name.
    #[error("unknown parameter {param:?}{}, expected one of {known}", hint(*nearest))]
    Unknown {
        /// Name as written.
        param: String,
        /// The known name that is most like it.
        nearest: Option<&'static str>,
        /// Known names.
        known: String,
    },
    /// The value is outside of the range, or no number.
    #[error("{param} is {value}, expected {min} to {max}")]
    Range {
        /// Name of the parameter.
        param: &'static str,
        /// The value as text.
        value: String,
        /// The least value.
        min: String,
        /// The greatest value.
        max: String,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|id| format!(", did you mean {id:?}?")).unwrap_or_default()
}

fn named(specs: &[ParamSpec]) -> String {
    if specs.is_empty() {
        return "none".to_owned();
    }
    specs.iter().map(|spec| spec.id).collect::<Vec<_>>().join(", ")
}

/// Values by parameter id, in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(pub BTreeMap<String, f64>);

impl Params {
    /// The initial value of every parameter.
    pub fn initial(specs: &[ParamSpec]) -> Self {
        Self(specs.iter().map(|spec| (spec.id.to_owned(), spec.initial)).collect())
    }

    /// The value of `spec`, inside its range; its initial value when none is set.
    pub fn value(&self, spec: &ParamSpec) -> f64 {
        self.0.get(spec.id).map_or(spec.initial, |value| spec.clamp(*value))
    }

    /// Problem of the first value that is of no known parameter, or outside of the range of its parameter.
    pub fn problem(&self, specs: &[ParamSpec]) -> Option<ParamProblem> {
        self.0.iter().find_map(|(id, value)| match specs.iter().find(|spec| spec.id == id) {
            Some(spec) => spec.problem(*value),
            None => Some(ParamProblem::Unknown {
                param: id.clone(),
                nearest: nearest(id, specs.iter().map(|spec| spec.id)),
                known: named(specs),
            }),
        })
    }

    /// Name of something with these settings: its id, and the values that are not initial ones, as `id:a=1,b=2`.
    pub fn name(&self, id: &str, specs: &[ParamSpec]) -> String {
        let changed = specs.iter().filter(|spec| (self.value(spec) - spec.initial).abs() > f64::EPSILON);
        let parts: Vec<String> = changed.map(|spec| format!("{}={}", spec.id, self.value(spec))).collect();
        if parts.is_empty() { id.to_owned() } else { format!("{id}:{}", parts.join(",")) }
    }

    /// True if no value is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the value named `id`.
    pub fn insert(&mut self, id: &str, value: f64) {
        self.0.insert(id.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_known_parameters_in_their_ranges() {
        let specs = [ParamSpec::from_zero("amount", "Amount", "", 1.0, 0.5)];
        let problem = |id: &str, value: f64| {
            let mut params = Params::default();
            params.insert(id, value);
            params.problem(&specs).map(|problem| problem.to_string())
        };
        assert_eq!(problem("amount", 1.0), None);
        assert_eq!(problem("amount", 1.0 + 1e-12), None);
        assert_eq!(problem("amount", -9.0).unwrap(), "amount is -9, expected 0 to 1");
        assert_eq!(problem("amount", f64::NAN).unwrap(), "amount is NaN, expected 0 to 1");
        assert_eq!(problem("amount", f64::INFINITY).unwrap(), "amount is inf, expected 0 to 1");
        let unknown = problem("amuont", 0.9).unwrap();
        assert_eq!(unknown, "unknown parameter \"amuont\", did you mean \"amount\"?, expected one of amount");
    }
}
