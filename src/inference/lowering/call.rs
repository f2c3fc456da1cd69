//! One step that the program computes itself: its inputs, attributes and outputs.

use super::error::LoweringError;
use super::proto::Node;
use super::values::{Data, Value, element};

/// Computes the outputs of a step.
pub(super) type Own = fn(&Call<'_>) -> Result<Vec<Value>, LoweringError>;

/// A step with the values of its inputs.
pub(super) struct Call<'a> {
    /// The step as in the file.
    pub node: &'a Node,
    /// Its inputs, `None` for one that is not given.
    pub inputs: &'a [Option<Value>],
    /// Element types of its inputs, as far as they are known.
    pub takes: &'a [Option<i32>],
    /// Element types of its outputs, as far as they are known.
    pub makes: &'a [Option<i32>],
    /// Version of the operator set.
    pub opset: i64,
}

impl<'a> Call<'a> {
    /// A required input.
    pub(super) fn input(&self, at: usize) -> Result<&'a Value, LoweringError> {
        self.optional(at).ok_or_else(|| LoweringError::missing(format!("its input {at} is missing")))
    }

    /// An optional input.
    pub(super) fn optional(&self, at: usize) -> Option<&'a Value> {
        self.inputs.get(at).and_then(Option::as_ref)
    }

    /// The integers of an optional input; the attribute of this name in older operator sets.
    pub(super) fn wholes(&self, at: usize, attribute: &str) -> Option<Vec<i64>> {
        self.optional(at).map(Value::to_wholes).or_else(|| self.node.wholes(attribute).map(<[i64]>::to_vec))
    }

    /// The single number of an optional input.
    pub(super) fn number(&self, at: usize) -> Option<f64> {
        self.optional(at)?.to_doubles().first().copied()
    }

    /// Element type of an input; if it is not known, that of the runtime's tensor.
    pub(super) fn element(&self, at: usize) -> i32 {
        let held = self.optional(at).map_or(element::FLOAT, |value| match value.data {
            Data::F32(_) => element::FLOAT,
            Data::I32(_) => element::INT64,
            Data::I8(_) => element::INT8,
            Data::U8(_) => element::UINT8,
        });
        self.takes.get(at).copied().flatten().unwrap_or(held)
    }

    /// Element type of an output; if it is not known, that of the first input.
    pub(super) fn made(&self, at: usize) -> i32 {
        self.makes.get(at).copied().flatten().unwrap_or_else(|| self.element(0))
    }
}
