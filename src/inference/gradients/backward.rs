//! The backward pass through each operator.

use crate::inference::Tensor;
use crate::inference::gradients::error::GradientError;
use crate::inference::gradients::{Step, windows};

/// The derivative by one input of a step.
type Part = (String, Vec<f32>);

/// The derivatives by the `wanted` inputs of a step; an error names an unsupported operator.
pub(super) fn back(step: &Step<'_>, wanted: impl Fn(&str) -> bool) -> Result<Vec<Part>, GradientError> {
    let name = |at: usize| step.node.inputs.get(at).cloned().unwrap_or_default();
    let one = |data: Vec<f32>| Ok(vec![(name(0), data)]);
    match step.node.operator.as_str() {
        "Identity" | "Dropout" | "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => one(step.above.to_vec()),
        "Relu" => one(each(step, |_, y, above| if y > 0.0 { above } else { 0.0 })?),
        "LeakyRelu" => {
            let slope = step.node.number("alpha", 0.01);
            one(each(step, |x, _, above| if x < 0.0 { slope * above } else { above })?)
        }
        "Sigmoid" => one(each(step, |_, y, above| above * y * (1.0 - y))?),
        "Tanh" => one(each(step, |_, y, above| above * (1.0 - y * y))?),
        "HardSigmoid" => {
            let slope = step.node.number("alpha", 0.2);
            one(each(step, |_, y, above| if y > 0.0 && y < 1.0 { slope * above } else { 0.0 })?)
        }
        "Clip" => {
            let edge = |at: usize, otherwise: f32| {
                step.optional(at).and_then(|edge| edge.data.first()).copied().unwrap_or(otherwise)
            };
            let (low, high) = (edge(1, f32::NEG_INFINITY), edge(2, f32::INFINITY));
            one(each(step, |x, _, above| if x > low && x < high { above } else { 0.0 })?)
        }
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(step, wanted),
        "Softmax" => one(softmax_back(step)?),
        "Gemm" => one(gemm(step)?),
        "MatMul" => one(matmul(step)?),
        "BatchNormalization" => one(batch_norm(step)?),
        "Conv" => one(windows::conv(step)?),
        "MaxPool" => one(windows::max_pool(step)?),
        "AveragePool" => one(windows::average_pool(step)?),
        "GlobalAveragePool" => {
            let x = step.input(0)?;
            let cells: usize = x.shape.iter().skip(2).product();
            one((0..x.data.len()).map(|at| step.above[at / cells.max(1)] / cells as f32).collect())
        }
        "ReduceMean" => one(reduce_mean(step)?),
        "Concat" => concat(step, wanted),
        "Transpose" => one(transpose(step)?),
        other => Err(GradientError::unsupported(format!(
            "no gradient for operator {other} (step {}), use occlusion, which works for every model",
            step.node.name
        ))),
    }
}

/// Element by element, from the input, the output and the derivative above.
fn each(step: &Step<'_>, rule: impl Fn(f32, f32, f32) -> f32) -> Result<Vec<f32>, GradientError> {
    let (x, y) = (step.input(0)?, step.output()?);
    Ok(x.data.iter().zip(&y.data).zip(step.above).map(|((x, y), above)| rule(*x, *y, *above)).collect())
}

/// Steps from one number to the next along each dimension.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for at in (0..shape.len().saturating_sub(1)).rev() {
        strides[at] = strides[at + 1] * shape[at + 1];
    }
    strides
}

/// Index of the number in a value of `shape` that is broadcast to index `at` of a value of shape `whole`.
fn source(at: usize, whole: &[usize], shape: &[usize]) -> usize {
    let (outer, inner) = (strides(whole), strides(shape));
    let skip = whole.len() - shape.len();
    let mut place = 0;
    for (axis, stride) in outer.iter().enumerate().skip(skip) {
        if shape[axis - skip] > 1 {
            place += at / stride % whole[axis] * inner[axis - skip];
        }
    }
    place
}

fn arithmetic(step: &Step<'_>, wanted: impl Fn(&str) -> bool) -> Result<Vec<Part>, GradientError> {
    let (a, b, shape) = (step.input(0)?, step.input(1)?, &step.output()?.shape);
    let mut parts = Vec::new();
    for (place, own) in [(0, a), (1, b)] {
        let name = &step.node.inputs[place];
        if !wanted(name) {
            continue;
        }
        let mut sum = vec![0.0; own.data.len()];
        for (at, above) in step.above.iter().enumerate() {
            let of = |value: &Tensor| value.data[source(at, shape, &value.shape)];
            let slope = match (step.node.operator.as_str(), place) {
                ("Add", _) | ("Sub", 0) => 1.0,
                ("Sub", _) => -1.0,
                ("Mul", 0) => of(b),
                ("Mul", _) => of(a),
                (_, 0) => 1.0 / of(b),
                _ => -of(a) / (of(b) * of(b)),
            };
            sum[source(at, shape, &own.shape)] += above * slope;
        }
        parts.push((name.clone(), sum));
    }
    Ok(parts)
}

fn softmax_back(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let y = step.output()?;
    let axis = step.node.whole("axis", -1);
    let last = y.shape.len() as i64 - 1;
    if axis != -1 && axis != last {
        return Err(GradientError::unsupported(format!(
            "the gradient of Softmax is supported along the last axis only (step {})",
            step.node.name
        )));
    }
    let length = y.shape.last().copied().unwrap_or(1).max(1);
    let mut below = Vec::with_capacity(y.data.len());
    for (y, above) in y.data.chunks(length).zip(step.above.chunks(length)) {
        let along: f32 = y.iter().zip(above).map(|(y, above)| y * above).sum();
        below.extend(y.iter().zip(above).map(|(y, above)| y * (above - along)));
    }
    Ok(below)
}

/// Y = alpha A B + ..., of which A is the input.
fn gemm(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let (a, b) = (step.input(0)?, step.input(1)?);
    let (trans_a, trans_b) = (step.node.whole("transA", 0) != 0, step.node.whole("transB", 0) != 0);
    let alpha = step.node.number("alpha", 1.0);
    let (&[rows_a, columns_a], &[rows_b, columns_b]) = (a.shape.as_slice(), b.shape.as_slice()) else {
        return Err(GradientError::unsupported(format!("Gemm takes matrices (step {})", step.node.name)));
    };
    let (rows, inner) = if trans_a { (columns_a, rows_a) } else { (rows_a, columns_a) };
    let columns = if trans_b { rows_b } else { columns_b };
    let mut below = vec![0.0; a.data.len()];
    for row in 0..rows {
        for k in 0..inner {
            let mut sum = 0.0;
            for column in 0..columns {
                let weight = if trans_b { b.data[column * inner + k] } else { b.data[k * columns + column] };
                sum += step.above[row * columns + column] * weight;
            }
            below[if trans_a { k * rows + row } else { row * inner + k }] = alpha * sum;
        }
    }
    Ok(below)
}

/// A matrix of weights on the right; dimensions before the rows are a batch.
fn matmul(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let (a, b) = (step.input(0)?, step.input(1)?);
    let &[inner, columns] = b.shape.as_slice() else {
        return Err(GradientError::unsupported(format!(
            "the gradient of MatMul is supported for one matrix of weights only (step {})",
            step.node.name
        )));
    };
    let mut below = Vec::with_capacity(a.data.len());
    for above in step.above.chunks_exact(columns.max(1)) {
        below.extend((0..inner).map(|k| {
            let weights = &b.data[k * columns..(k + 1) * columns];
            weights.iter().zip(above).map(|(weight, above)| weight * above).sum::<f32>()
        }));
    }
    Ok(below)
}

fn batch_norm(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let x = step.input(0)?;
    let (scale, variance) = (step.input(1)?, step.input(4)?);
    let epsilon = step.node.number("epsilon", 1e-5);
    let channels = x.shape.get(1).copied().unwrap_or(1).max(1);
    let plane: usize = x.shape.iter().skip(2).product::<usize>().max(1);
    let slope = |at: usize| {
        let channel = at / plane % channels;
        scale.data[channel] / (variance.data[channel] + epsilon).sqrt()
    };
    Ok(step.above.iter().enumerate().map(|(at, above)| above * slope(at)).collect())
}

fn reduce_mean(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let x = step.input(0)?;
    let rank = x.shape.len() as i64;
    let mut axes = step.node.wholes("axes");
    if let Some(given) = step.optional(1) {
        axes = given.data.iter().map(|axis| *axis as i64).collect();
    }
    if axes.is_empty() {
        axes = (0..rank).collect();
    }
    let axes: Vec<usize> = axes.iter().map(|axis| axis.rem_euclid(rank) as usize).collect();
    let kept: Vec<usize> =
        x.shape.iter().enumerate().map(|(axis, side)| if axes.contains(&axis) { 1 } else { *side }).collect();
    let count: usize = axes.iter().map(|axis| x.shape[*axis]).product();
    let mean = |at: usize| step.above[source(at, &x.shape, &kept)] / count.max(1) as f32;
    Ok((0..x.data.len()).map(mean).collect())
}

fn concat(step: &Step<'_>, wanted: impl Fn(&str) -> bool) -> Result<Vec<Part>, GradientError> {
    let shape = &step.output()?.shape;
    let axis = step.node.whole("axis", 0).rem_euclid(shape.len().max(1) as i64) as usize;
    let inner: usize = shape.iter().skip(axis + 1).product();
    let outer: usize = shape.iter().take(axis).product();
    let row = shape[axis] * inner;
    let (mut parts, mut from) = (Vec::new(), 0);
    for (at, name) in step.node.inputs.iter().enumerate() {
        let width = step.input(at)?.shape[axis] * inner;
        if wanted(name) {
            let take = |line: usize| step.above[line * row + from..line * row + from + width].iter().copied();
            parts.push((name.clone(), (0..outer).flat_map(take).collect()));
        }
        from += width;
    }
    Ok(parts)
}

fn transpose(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let x = step.input(0)?;
    let mut order: Vec<usize> = step.node.wholes("perm").iter().map(|axis| (*axis).max(0) as usize).collect();
    if order.len() != x.shape.len() {
        order = (0..x.shape.len()).rev().collect();
    }
    let turned: Vec<usize> = order.iter().map(|axis| x.shape[*axis]).collect();
    let (outer, inner) = (strides(&turned), strides(&x.shape));
    let mut below = vec![0.0; x.data.len()];
    for (at, above) in step.above.iter().enumerate() {
        let place: usize = outer
            .iter()
            .zip(&order)
            .zip(&turned)
            .map(|((stride, axis), side)| at / stride % side * inner[*axis])
            .sum();
        below[place] = *above;
    }
    Ok(below)
}
