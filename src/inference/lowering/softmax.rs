//! `Softmax`, `LogSoftmax` and `Hardmax`. Before operator set 13 they take all dimensions from the axis on as one.

use super::call::Call;
use super::error::LoweringError;
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::{Value, around, axis};
use super::{Action, LoweringKind};

/// Flattened in older operator sets.
pub(super) static SOFTMAX: LoweringKind = LoweringKind { operator: "Softmax", lower: flattened };
/// Flattened in older operator sets.
pub(super) static LOG_SOFTMAX: LoweringKind = LoweringKind { operator: "LogSoftmax", lower: flattened };
/// One for the first highest number, zero for the others.
pub(super) static HARDMAX: LoweringKind =
    LoweringKind { operator: "Hardmax", lower: |_, _| Ok(Action::Own(hardmax)) };

/// Last operator set in which the dimensions from the axis on are one.
const LAST_FLATTENED: i64 = 12;

fn flattened(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    if to.facts.opset > LAST_FLATTENED {
        return Ok(Action::Keep);
    }
    let (x, y) =
        (node.given(0).ok_or(LoweringError::NoInput)?, node.output.first().ok_or(LoweringError::NoOutput)?);
    let flat = to.op("Flatten", &[x], vec![Attribute::whole("axis", node.whole("axis", 1))]);
    let soft = to.op(&node.op_type, &[&flat], vec![Attribute::whole("axis", -1)]);
    let shape = to.op("Shape", &[x], Vec::new());
    to.into("Reshape", &[&soft, &shape], Vec::new(), y);
    Ok(Action::Replaced)
}

fn hardmax(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let old = call.opset <= LAST_FLATTENED;
    let along = axis(call.node.whole("axis", if old { 1 } else { -1 }), x.shape.len())?;
    let (before, mut side, mut after) = around(&x.shape, along);
    if old {
        (side, after) = (side * after, 1);
    }
    let data = x.to_floats();
    let mut hard = vec![0.0; data.len()];
    for row in 0..before {
        for cell in 0..after {
            let place = |k: usize| (row * side + k) * after + cell;
            let mut best = 0;
            for k in 1..side {
                if data[place(k)] > data[place(best)] {
                    best = k;
                }
            }
            hard[place(best)] = 1.0;
        }
    }
    Ok(vec![Value::floats(x.shape.clone(), hard)])
}
