//! Arithmetic, comparisons and bits of integers that the runtime lacks: 8 and 16 bits, and 32 and 64 without a sign. Sums
//! wrap around as they do in these types.

use super::call::{Call, Own};
use super::error::LoweringError;
use super::proto::Node;
use super::rewrite::Rewrite;
use super::values::{Value, broadcast, element, extended};
use super::{Action, LoweringKind};

macro_rules! kinds {
    ($($name:ident $operator:literal $own:expr;)*) => {
        $(
            #[doc = concat!("`", $operator, "` of integers that the runtime lacks.")]
            pub(super) static $name: LoweringKind = LoweringKind {
                operator: $operator,
                lower: |node, to| Ok(of_small(node, to, $own)),
            };
        )*
    };
}

kinds! {
    ABS "Abs" |call| arithmetic(call, |all| Ok(all[0].wrapping_abs()));
    ADD "Add" |call| arithmetic(call, |all| Ok(all[0].wrapping_add(all[1])));
    DIV "Div" |call| arithmetic(call, |all| all[0].checked_div(all[1]).ok_or_else(by_zero));
    MOD "Mod" modulo;
    MUL "Mul" |call| arithmetic(call, |all| Ok(all[0].wrapping_mul(all[1])));
    NEG "Neg" |call| arithmetic(call, |all| Ok(all[0].wrapping_neg()));
    SUB "Sub" |call| arithmetic(call, |all| Ok(all[0].wrapping_sub(all[1])));
    MAX "Max" |call| arithmetic(call, |all| Ok(all.iter().copied().max().unwrap_or(0)));
    MIN "Min" |call| arithmetic(call, |all| Ok(all.iter().copied().min().unwrap_or(0)));
    CLIP "Clip" clip;
    EQUAL "Equal" |call| compared(call, |a, b| a == b);
    GREATER "Greater" |call| compared(call, |a, b| a > b);
    GREATER_OR_EQUAL "GreaterOrEqual" |call| compared(call, |a, b| a >= b);
    LESS "Less" |call| compared(call, |a, b| a < b);
    LESS_OR_EQUAL "LessOrEqual" |call| compared(call, |a, b| a <= b);
}

/// Bits of any integers.
pub(super) static BIT_SHIFT: LoweringKind =
    LoweringKind { operator: "BitShift", lower: |_, _| Ok(Action::Own(shift)) };
/// Bits that both have.
pub(super) static BITWISE_AND: LoweringKind = LoweringKind {
    operator: "BitwiseAnd",
    lower: |_, _| Ok(Action::Own(|call| arithmetic(call, |all| Ok(all[0] & all[1])))),
};
/// The other bits.
pub(super) static BITWISE_NOT: LoweringKind = LoweringKind {
    operator: "BitwiseNot",
    lower: |_, _| Ok(Action::Own(|call| arithmetic(call, |all| Ok(!all[0])))),
};
/// Bits that one of them has.
pub(super) static BITWISE_OR: LoweringKind = LoweringKind {
    operator: "BitwiseOr",
    lower: |_, _| Ok(Action::Own(|call| arithmetic(call, |all| Ok(all[0] | all[1])))),
};
/// Bits that only one of them has.
pub(super) static BITWISE_XOR: LoweringKind = LoweringKind {
    operator: "BitwiseXor",
    lower: |_, _| Ok(Action::Own(|call| arithmetic(call, |all| Ok(all[0] ^ all[1])))),
};
/// The runtime detects both infinities, not one of them.
pub(super) static IS_INF: LoweringKind =
    LoweringKind { operator: "IsInf", lower: |node, _| Ok(is_inf(node)) };

fn by_zero() -> LoweringError {
    LoweringError::number("a division by zero")
}

/// The program's own computation for the integers that the runtime lacks.
fn of_small(node: &Node, to: &Rewrite<'_, '_>, own: Own) -> Action {
    let lacking =
        [element::UINT8, element::INT8, element::INT16, element::UINT16, element::UINT32, element::UINT64];
    let small = (0..node.input.len())
        .filter_map(|at| to.facts.element_of(node, at))
        .any(|kind| lacking.contains(&kind));
    if small { Action::Own(own) } else { Action::Keep }
}

/// A number cut to the bits of its type.
pub(super) fn wrapped(kind: i32, value: i64) -> i64 {
    match kind {
        element::UINT8 => i64::from(value as u8),
        element::INT8 => i64::from(value as i8),
        element::UINT16 => i64::from(value as u16),
        element::INT16 => i64::from(value as i16),
        element::INT32 => i64::from(value as i32),
        element::UINT32 => i64::from(value as u32),
        // What 64 bits without a sign make of a negative number is beyond 32 bits in any case.
        element::UINT64 if value < 0 => i64::MAX,
        _ => value,
    }
}

/// Integers of all inputs, extended to one shape, cell by cell.
fn cells(
    call: &Call<'_>,
    mut take: impl FnMut(&[i64]) -> Result<(), LoweringError>,
) -> Result<Vec<usize>, LoweringError> {
    let inputs: Vec<&Value> = call.inputs.iter().flatten().collect();
    let shapes: Vec<&[usize]> = inputs.iter().map(|value| value.shape.as_slice()).collect();
    let shape = broadcast(&shapes)?;
    let numbers: Vec<Vec<i64>> = inputs.iter().map(|value| value.to_wholes()).collect();
    let places: Vec<Vec<usize>> = inputs.iter().map(|value| extended(&value.shape, &shape)).collect();
    let mut cell = vec![0; inputs.len()];
    for at in 0..super::values::count(&shape) {
        for (k, value) in cell.iter_mut().enumerate() {
            *value = numbers[k][places[k][at]];
        }
        take(&cell)?;
    }
    Ok(shape)
}

fn arithmetic(
    call: &Call<'_>,
    result: impl Fn(&[i64]) -> Result<i64, LoweringError>,
) -> Result<Vec<Value>, LoweringError> {
    let kind = call.made(0);
    let mut data = Vec::new();
    let shape = cells(call, |cell| {
        data.push(wrapped(kind, result(cell)?));
        Ok(())
    })?;
    Ok(vec![Value::wholes(kind, shape, &data)?])
}

fn compared(call: &Call<'_>, holds: impl Fn(i64, i64) -> bool) -> Result<Vec<Value>, LoweringError> {
    let mut data = Vec::new();
    let shape = cells(call, |cell| {
        data.push(i64::from(holds(cell[0], cell[1])));
        Ok(())
    })?;
    Ok(vec![Value::wholes(element::BOOL, shape, &data)?])
}

fn modulo(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let as_in_c = call.node.whole("fmod", 0) != 0;
    arithmetic(call, |all| {
        let rest = all[0].checked_rem(all[1]).ok_or_else(by_zero)?;
        let other_sign = rest != 0 && (rest < 0) != (all[1] < 0);
        Ok(if other_sign && !as_in_c { rest + all[1] } else { rest })
    })
}

fn clip(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let bound = |at: usize| call.optional(at).and_then(|value| value.to_wholes().first().copied());
    let (low, high) = (bound(1).unwrap_or(i64::MIN), bound(2).unwrap_or(i64::MAX));
    let data: Vec<i64> = x.to_wholes().into_iter().map(|value| value.max(low).min(high)).collect();
    Ok(vec![Value::wholes(call.made(0), x.shape.clone(), &data)?])
}

fn shift(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let left = call.node.word("direction", "") == "LEFT";
    arithmetic(call, |all| {
        // Shifts beyond the width leave nothing, or the sign.
        match u32::try_from(all[1]).ok().filter(|by| *by < 64) {
            Some(by) if left => Ok(all[0].wrapping_shl(by)),
            Some(by) => Ok(all[0].wrapping_shr(by)),
            None if left => Ok(0),
            None => Ok(all[0] >> 63),
        }
    })
}

fn is_inf(node: &Node) -> Action {
    let both = node.whole("detect_positive", 1) != 0 && node.whole("detect_negative", 1) != 0;
    if both { Action::Keep } else { Action::Own(one_infinity) }
}

fn one_infinity(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let (up, down) = (call.node.whole("detect_positive", 1) != 0, call.node.whole("detect_negative", 1) != 0);
    let found = |value: f32| up && value == f32::INFINITY || down && value == f32::NEG_INFINITY;
    let data: Vec<i64> = x.to_floats().into_iter().map(|value| i64::from(found(value))).collect();
    Ok(vec![Value::wholes(element::BOOL, x.shape.clone(), &data)?])
}
