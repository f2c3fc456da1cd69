//! Quantized steps. The runtime multiplies by the inverse of a scale, which rounds ties otherwise; here it is divided.

use super::call::Call;
use super::convolution::{convolved, minus_zero};
use super::error::LoweringError;
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::{Value, around, axis, broadcast, count, element, extended};
use super::{Action, LoweringKind};

/// Scale, zero point and 8-bit numbers of the input's own range.
pub(super) static DYNAMIC_QUANTIZE: LoweringKind =
    LoweringKind { operator: "DynamicQuantizeLinear", lower: dynamic };
/// The runtime lacks 16 bits and blocks.
pub(super) static DEQUANTIZE: LoweringKind =
    LoweringKind { operator: "DequantizeLinear", lower: |node, to| Ok(lower_dequantize(node, to)) };
/// The runtime lacks other types than uint8 by int8.
pub(super) static MAT_MUL_INTEGER: LoweringKind =
    LoweringKind { operator: "MatMulInteger", lower: |_, _| Ok(Action::Own(mat_mul_integer)) };
/// A convolution of quantized numbers.
pub(super) static Q_LINEAR_CONV: LoweringKind =
    LoweringKind { operator: "QLinearConv", lower: |_, _| Ok(Action::Own(q_linear_conv)) };
/// A matrix product of quantized numbers.
pub(super) static Q_LINEAR_MAT_MUL: LoweringKind =
    LoweringKind { operator: "QLinearMatMul", lower: |_, _| Ok(Action::Own(q_linear_mat_mul)) };
/// Divided by the scale, rounded to even, shifted by the zero point.
pub(super) static QUANTIZE: LoweringKind = LoweringKind { operator: "QuantizeLinear", lower: lower_quantize };

fn lower_quantize(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, scale) = (
        node.given(0).ok_or(LoweringError::NoInput)?,
        node.given(1).ok_or_else(|| LoweringError::missing("it has no scale"))?,
    );
    let y = node.output.first().ok_or(LoweringError::NoOutput)?.clone();
    let kind = to.facts.element(&y).unwrap_or(element::UINT8);
    if !matches!(kind, element::UINT8 | element::INT8 | element::UINT16 | element::INT16) {
        return Err(LoweringError::unsupported(format!("it makes numbers of type {}", element::name(kind))));
    }
    let single = to.facts.weight(scale).is_some_and(|stored| stored.dims.iter().all(|side| *side == 1));
    let floats = to.facts.element_of(node, 0).is_some_and(element::real);
    if node.whole("block_size", 0) != 0 || !single || !floats || element::range(kind).is_none() {
        return Ok(Action::Own(quantize));
    }
    let (x, scale) = (x.to_owned(), scale.to_owned());
    let zero = node.given(2).map(str::to_owned);
    rounded(to, &x, &scale, zero.as_deref(), kind, &y);
    Ok(Action::Replaced)
}

/// Writes the steps of a quantization with one scale.
fn rounded(to: &mut Rewrite<'_, '_>, x: &str, scale: &str, zero: Option<&str>, kind: i32, y: &str) {
    let (low, high) = element::range(kind).unwrap_or((0, 255));
    // The runtime really divides only by a tensor of several numbers.
    let never = to.op("IsNaN", &[x], Vec::new());
    let scales = to.op("Where", &[&never, scale, scale], Vec::new());
    let divided = to.op("Div", &[x, &scales], Vec::new());
    let mut number = to.op("Round", &[&divided], Vec::new());
    if let Some(zero) = zero {
        let zero = to.op("Cast", &[zero], vec![Attribute::whole("to", i64::from(element::FLOAT))]);
        number = to.op("Add", &[&number, &zero], Vec::new());
    }
    let (low, high) = (to.float(low as f32), to.float(high as f32));
    let capped = to.op("Clip", &[&number, &low, &high], Vec::new());
    let held = if matches!(kind, element::INT8 | element::UINT8) { kind } else { element::INT32 };
    to.into("Cast", &[&capped], vec![Attribute::whole("to", i64::from(held))], y);
}

fn dynamic(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let x = node.given(0).ok_or(LoweringError::NoInput)?.to_owned();
    let [y, y_scale, y_zero] = node.output.as_slice() else {
        return Err(LoweringError::missing("it has not three outputs"));
    };
    let flat = || vec![Attribute::whole("keepdims", 0)];
    let (zero, one) = (to.float(0.0), to.float(1.0));
    let (highest, lowest) = (to.op("ReduceMax", &[&x], flat()), to.op("ReduceMin", &[&x], flat()));
    let (highest, lowest) =
        (to.op("Max", &[&highest, &zero], Vec::new()), to.op("Min", &[&lowest, &zero], Vec::new()));
    let span = to.op("Sub", &[&highest, &lowest], Vec::new());
    // Two numbers, because the runtime really divides only by several.
    let two = to.wholes(&[2]);
    let first = to.wholes(&[0]);
    let most = to.float(255.0);
    let pair = |to: &mut Rewrite<'_, '_>, name: &str| to.op("Expand", &[name, &two], Vec::new());
    let (spans, steps) = (pair(to, &span), pair(to, &most));
    let scales = to.op("Div", &[&spans, &steps], Vec::new());
    let empty = to.op("Equal", &[&scales, &zero], Vec::new());
    let scales = to.op("Where", &[&empty, &one, &scales], Vec::new());
    let scalar = |to: &mut Rewrite<'_, '_>, name: &str, into: Option<&str>| {
        let picked = to.op("Gather", &[name, &first], Vec::new());
        let axes = to.wholes(&[0]);
        match into {
            Some(into) => {
                to.into("Squeeze", &[&picked, &axes], Vec::new(), into);
                into.to_owned()
            }
            None => to.op("Squeeze", &[&picked, &axes], Vec::new()),
        }
    };
    let named = |name: &str, otherwise: String| if name.is_empty() { otherwise } else { name.to_owned() };
    let scale_name = named(y_scale, format!("{y}/lowered/scale"));
    let scale = scalar(to, &scales, Some(&scale_name));
    let lowest = pair(to, &lowest);
    let shift = to.op("Div", &[&lowest, &scales], Vec::new());
    let shift = to.op("Neg", &[&shift], Vec::new());
    let shift = to.op("Round", &[&shift], Vec::new());
    let shift = to.op("Clip", &[&shift, &zero, &most], Vec::new());
    let shift = scalar(to, &shift, None);
    let zero_name = named(y_zero, format!("{y}/lowered/zero"));
    to.into("Cast", &[&shift], vec![Attribute::whole("to", i64::from(element::UINT8))], &zero_name);
    if !y.is_empty() {
        rounded(to, &x, &scale, Some(&zero_name), element::UINT8, y);
    }
    Ok(Action::Replaced)
}

/// For each cell of a shape its place in scales of one number, of one axis or of blocks.
fn scale_places(call: &Call<'_>, shape: &[usize], scales: &Value) -> Result<Vec<usize>, LoweringError> {
    if scales.len() == 1 {
        return Ok(vec![0; count(shape)]);
    }
    let along = axis(call.node.whole("axis", 1), shape.len())?;
    let block = call.node.whole("block_size", 0).max(0) as usize;
    if block > 0 {
        let (_, side, after) = around(shape, along);
        let blocks = side.div_ceil(block);
        return Ok((0..count(shape))
            .map(|at| (at / (side * after) * blocks + at / after % side / block) * after + at % after)
            .collect());
    }
    let (_, side, after) = around(shape, along);
    if scales.len() != side {
        return Err(LoweringError::shape(format!(
            "its {} scales do not fit the shape {shape:?} at axis {along}",
            scales.len()
        )));
    }
    Ok((0..count(shape)).map(|at| at / after % side).collect())
}

fn quantize(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, scales) = (call.input(0)?, call.input(1)?);
    let kind = call.makes.first().copied().flatten().unwrap_or(element::UINT8);
    let (low, high) =
        element::range(kind).ok_or_else(|| LoweringError::unsupported("it makes no integers"))?;
    let places = scale_places(call, &x.shape, scales)?;
    let zero = call.optional(2).map(Value::to_wholes);
    let (values, steps) = (x.to_floats(), scales.to_floats());
    let number = |(value, place): (f32, &usize)| {
        let zero = zero.as_ref().map_or(0, |zero| zero[*place]);
        ((value / steps[*place]).round_ties_even() as i64).saturating_add(zero).clamp(low, high)
    };
    let data: Vec<i64> = values.into_iter().zip(&places).map(number).collect();
    Ok(vec![Value::wholes(kind, x.shape.clone(), &data)?])
}

fn lower_dequantize(node: &Node, to: &Rewrite<'_, '_>) -> Action {
    let narrow = matches!(to.facts.element_of(node, 0), Some(element::UINT16 | element::INT16));
    if narrow || node.whole("block_size", 0) != 0 { Action::Own(dequantize) } else { Action::Keep }
}

fn dequantize(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, scales) = (call.input(0)?, call.input(1)?);
    let places = scale_places(call, &x.shape, scales)?;
    let zero = call.optional(2).map(Value::to_wholes);
    let steps = scales.to_floats();
    let number = |(value, place): (i64, &usize)| {
        (value - zero.as_ref().map_or(0, |zero| zero[*place])) as f32 * steps[*place]
    };
    let data = x.to_wholes().into_iter().zip(&places).map(number).collect();
    Ok(vec![Value::floats(x.shape.clone(), data)])
}

/// Integers less a zero point, which is one number, one for each row of `a` or one for each column of `b`.
fn less_zero(x: &Value, zero: Option<&Value>, by_column: bool) -> Result<Vec<i64>, LoweringError> {
    let data = x.to_wholes();
    let Some(zero) = zero else { return Ok(data) };
    if zero.len() == 1 {
        let zero = zero.to_wholes()[0];
        return Ok(data.into_iter().map(|value| value - zero).collect());
    }
    let mut shape = zero.shape.clone();
    if shape.len() == 1 && !by_column {
        shape.push(1);
    }
    if broadcast(&[&shape, &x.shape])? != x.shape {
        return Err(LoweringError::shape(format!(
            "its zero point {:?} does not fit {:?}",
            zero.shape, x.shape
        )));
    }
    let (zeros, places) = (zero.to_wholes(), extended(&shape, &x.shape));
    Ok(data.into_iter().zip(places).map(|(value, place)| value - zeros[place]).collect())
}

/// A matrix product over the last two dimensions: its shape and numbers.
fn product(a: (&[usize], &[i64]), b: (&[usize], &[i64])) -> Result<(Vec<usize>, Vec<i64>), LoweringError> {
    let wrong = || LoweringError::shape(format!("matrices of {:?} and {:?} cannot be multiplied", a.0, b.0));
    let mut left = a.0.to_vec();
    let mut right = b.0.to_vec();
    let (flat_left, flat_right) = (left.len() == 1, right.len() == 1);
    if flat_left {
        left.insert(0, 1);
    }
    if flat_right {
        right.push(1);
    }
    let ([outer_left @ .., rows, inner], [outer_right @ .., inner_too, columns]) =
        (left.as_slice(), right.as_slice())
    else {
        return Err(wrong());
    };
    if inner != inner_too {
        return Err(wrong());
    }
    let outer = broadcast(&[outer_left, outer_right])?;
    let (from_left, from_right) = (extended(outer_left, &outer), extended(outer_right, &outer));
    let mut y = Vec::with_capacity(count(&outer) * rows * columns);
    for at in 0..count(&outer) {
        let a = &a.1[from_left[at] * rows * inner..][..rows * inner];
        let b = &b.1[from_right[at] * inner * columns..][..inner * columns];
        for row in 0..*rows {
            for column in 0..*columns {
                y.push((0..*inner).map(|k| a[row * inner + k] * b[k * columns + column]).sum());
            }
        }
    }
    let mut shape = outer;
    if !flat_left {
        shape.push(*rows);
    }
    if !flat_right {
        shape.push(*columns);
    }
    Ok((shape, y))
}

fn mat_mul_integer(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let (left, right) = (less_zero(a, call.optional(2), false)?, less_zero(b, call.optional(3), true)?);
    let (shape, y) = product((&a.shape, &left), (&b.shape, &right))?;
    Ok(vec![Value::wholes(element::INT32, shape, &y)?])
}

/// A sum of products as a quantized number.
fn requantized(sum: f64, factor: f32, zero: i64, kind: i32) -> i64 {
    let (low, high) = element::range(kind).unwrap_or((0, 255));
    ((sum as f32 * factor).round_ties_even() as i64 + zero).clamp(low, high)
}

fn q_linear_mat_mul(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (a, b) = (call.input(0)?, call.input(3)?);
    let scale = |at: usize| call.number(at).unwrap_or(1.0) as f32;
    if call.input(1)?.len() != 1 || call.input(6)?.len() != 1 {
        return Err(LoweringError::shape("its scales are not single numbers"));
    }
    let (left, right) = (less_zero(a, call.optional(2), false)?, less_zero(b, call.optional(5), true)?);
    let (shape, sums) = product((&a.shape, &left), (&b.shape, &right))?;
    let scales = call.input(4)?.to_floats();
    let columns = shape.last().copied().unwrap_or(1).max(1);
    if scales.len() != 1 && scales.len() != columns {
        return Err(LoweringError::shape(format!(
            "its {} scales do not fit {columns} columns",
            scales.len()
        )));
    }
    let kind = call.element(7);
    let zero = call.number(7).unwrap_or(0.0) as i64;
    let number = |(at, sum): (usize, &i64)| {
        let own = scales[if scales.len() == 1 { 0 } else { at % columns }];
        requantized(*sum as f64, scale(1) * own / scale(6), zero, kind)
    };
    let data: Vec<i64> = sums.iter().enumerate().map(number).collect();
    Ok(vec![Value::wholes(kind, shape, &data)?])
}

fn q_linear_conv(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, w) = (call.input(0)?, call.input(3)?);
    let x_zero = call.number(2).unwrap_or(0.0);
    let xs: Vec<f64> = x.to_doubles().into_iter().map(|value| value - x_zero).collect();
    let ws = minus_zero(w, call.optional(5));
    let bias = call.optional(8).map(Value::to_doubles);
    let (shape, sums) = convolved(call.node, (&x.shape, &xs), (&w.shape, &ws), bias.as_deref())?;
    let (x_scale, y_scale) = (call.number(1).unwrap_or(1.0) as f32, call.number(6).unwrap_or(1.0) as f32);
    let scales = call.input(4)?.to_floats();
    let kind = call.element(7);
    let zero = call.number(7).unwrap_or(0.0) as i64;
    let (_, channels, plane) = around(&shape, 1);
    if scales.len() != 1 && scales.len() != channels {
        return Err(LoweringError::shape(format!(
            "its {} scales do not fit {channels} channels",
            scales.len()
        )));
    }
    let number = |(at, sum): (usize, &f64)| {
        let own = scales[if scales.len() == 1 { 0 } else { at / plane % channels }];
        requantized(*sum, x_scale * own / y_scale, zero, kind)
    };
    let data: Vec<i64> = sums.iter().enumerate().map(number).collect();
    Ok(vec![Value::wholes(kind, shape, &data)?])
}
