//! Whole numbers that 32 bits hold for certain: sizes and places of tensors in memory, and what is computed of them and of
//! small constants. Arithmetic of other 64-bit integers is checked as it runs.

use super::facts::Facts;
use super::proto::Node;
use super::values::{Data, Value};

/// Largest constant with which sizes may be multiplied or to which they may be added.
const SMALL: i64 = 1024;

/// True if the outputs of a step are sizes or places, given which of its inputs are.
pub(super) fn makes_sizes(node: &Node, facts: &Facts<'_>) -> bool {
    let size = |name: &String| name.is_empty() || facts.is_size(name);
    match node.op_type.as_str() {
        "Shape" | "Size" | "NonZero" | "ArgMax" | "ArgMin" | "NonMaxSuppression" => true,
        // Only the first input has the numbers.
        "Gather" | "GatherElements" | "GatherND" | "Slice" | "Squeeze" | "Unsqueeze" | "Reshape"
        | "Expand" | "Tile" | "Flatten" | "Transpose" | "Split" | "Identity" | "Cast" | "Floor" | "Ceil"
        | "Round" | "Abs" | "Neg" | "ReduceMax" | "ReduceMin" | "ReduceProd" => {
            node.input.first().is_some_and(size)
        }
        "Where" => node.input.iter().skip(1).all(size),
        "Add" | "Sub" | "Mul" | "Div" | "Mod" | "Min" | "Max" | "Concat" | "Range" => {
            node.input.iter().all(size)
        }
        _ => false,
    }
}

/// True for a constant whose numbers are all small.
pub(super) fn small(value: &Value) -> bool {
    match &value.data {
        Data::F32(data) => data.iter().all(|number| number.abs() <= SMALL as f32),
        Data::I32(data) => data.iter().all(|number| i64::from(*number).abs() <= SMALL),
        Data::I8(_) | Data::U8(_) => true,
    }
}
