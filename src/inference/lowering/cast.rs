//! `Cast`, `CastLike`, `BitCast` and `Pow` for element types that the runtime holds in others.

use super::call::Call;
use super::error::LoweringError;
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::{Value, element};
use super::{Action, LoweringKind};

/// The runtime keeps the number where a truth value is wanted, and lacks integers of 16 bits.
pub(super) static CAST: LoweringKind = LoweringKind { operator: "Cast", lower: cast };
/// Casts to the element type of the second input.
pub(super) static CAST_LIKE: LoweringKind = LoweringKind { operator: "CastLike", lower: cast_like };
/// The runtime holds 64-bit numbers in 32 bits, whose bits are others.
pub(super) static BIT_CAST: LoweringKind = LoweringKind { operator: "BitCast", lower: bit_cast };
/// The runtime lacks exponents of another type than the base.
pub(super) static POW: LoweringKind = LoweringKind { operator: "Pow", lower: pow };

fn to_kind(kind: i32) -> Vec<Attribute> {
    vec![Attribute::whole("to", i64::from(kind))]
}

fn cast(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    cast_to(node, node.whole("to", 0) as i32, to)
}

fn cast_like(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    match to.facts.element_of(node, 1) {
        Some(kind @ (element::FLOAT | element::INT32)) => {
            let (x, y) = (
                node.given(0).ok_or(LoweringError::NoInput)?,
                node.output.first().ok_or(LoweringError::NoOutput)?,
            );
            to.into("Cast", &[x], to_kind(kind), y);
            Ok(Action::Replaced)
        }
        Some(kind) => cast_to(node, kind, to),
        None => Err(LoweringError::unsupported("the element type of its second input is unknown")),
    }
}

fn cast_to(node: &Node, kind: i32, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) =
        (node.given(0).ok_or(LoweringError::NoInput)?, node.output.first().ok_or(LoweringError::NoOutput)?);
    let from = to.facts.element_of(node, 0);
    match kind {
        element::BOOL if from != Some(element::BOOL) => {
            // Any number as a float is zero exactly if it is zero.
            let number = to.op("Cast", &[x], to_kind(element::FLOAT));
            let zero = to.float(0.0);
            let none = to.op("Equal", &[&number, &zero], Vec::new());
            to.into("Not", &[&none], Vec::new(), y);
        }
        // The upper bits are cut off; the runtime would take the nearest number.
        element::INT8 | element::UINT8 if from.is_none_or(element::real) => {
            let wide = to.op("Cast", &[x], to_kind(element::INT32));
            to.into("Cast", &[&wide], to_kind(kind), y);
        }
        element::INT16 | element::UINT16 | element::UINT32 | element::UINT64 => {
            return Ok(Action::Own(narrow));
        }
        _ if node.op_type == "CastLike" => {
            let kind = if element::real(kind) { element::FLOAT } else { kind };
            to.into("Cast", &[x], to_kind(kind), y);
        }
        _ => return Ok(Action::Keep),
    }
    Ok(Action::Replaced)
}

/// Integers of the output's type, the upper bits cut off.
fn narrow(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let input = call.input(0)?;
    let kind = call.made(0);
    let wholes = input.to_wholes().into_iter().map(|value| super::elementwise::wrapped(kind, value));
    Ok(vec![Value::wholes(kind, input.shape.clone(), &wholes.collect::<Vec<_>>())?])
}

fn bit_cast(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let same = |a: i32, b: i32| {
        let small = |kind| matches!(kind, element::INT8 | element::UINT8);
        let wide = |kind| matches!(kind, element::FLOAT | element::INT32);
        small(a) && small(b) || wide(a) && wide(b)
    };
    match to.facts.element_of(node, 0) {
        Some(from) if same(from, node.whole("to", 0) as i32) => Ok(Action::Keep),
        _ => Err(LoweringError::unsupported("only between float and int32, and between int8 and uint8")),
    }
}

fn pow(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (Some(base), Some(exponent)) = (to.facts.element_of(node, 0), to.facts.element_of(node, 1)) else {
        return Ok(Action::Keep);
    };
    let (Some(x), Some(e), Some(y)) = (node.given(0), node.given(1), node.output.first()) else {
        return Err(LoweringError::missing("it lacks an input"));
    };
    if element::real(base) == element::real(exponent) && base != element::INT8 && base != element::UINT8 {
        return Ok(Action::Keep);
    }
    let floats = to_kind(element::FLOAT);
    let (x, e) = (to.op("Cast", &[x], floats.clone()), to.op("Cast", &[e], floats));
    if element::real(base) {
        to.into("Pow", &[&x, &e], Vec::new(), y);
    } else {
        let power = to.op("Pow", &[&x, &e], Vec::new());
        to.into("Cast", &[&power], to_kind(base), y);
    }
    Ok(Action::Replaced)
}
