//! Named numeric parameters with a range, shared by sliders, sweeps and files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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

    /// The nearest value inside the range; NaN becomes the neutral value.
    pub fn clamp(&self, value: f64) -> f64 {
        if value.is_nan() { self.neutral } else { value.clamp(self.min, self.max) }
    }
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

    /// True if no value is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the value named `id`.
    pub fn insert(&mut self, id: &str, value: f64) {
        self.0.insert(id.to_owned(), value);
    }
}
