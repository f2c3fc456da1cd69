//! `MaxPool`, `AveragePool`, `LpPool`, `GlobalLpPool` and `MaxUnpool` beyond what the runtime has.

use super::call::{Call, Own};
use super::error::LoweringError;
use super::geometry::Geometry;
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::{Value, count, element, positions, strides};
use super::{Action, LoweringKind};

/// Attributes written out, or computed here.
pub(super) static AVERAGE: LoweringKind =
    LoweringKind { operator: "AveragePool", lower: |node, to| pool(node, to, average) };
/// Norm of each channel.
pub(super) static GLOBAL_LP: LoweringKind =
    LoweringKind { operator: "GlobalLpPool", lower: |_, _| Ok(Action::Own(global_lp)) };
/// Norm of each window.
pub(super) static LP: LoweringKind = LoweringKind { operator: "LpPool", lower: |_, _| Ok(Action::Own(lp)) };
/// Attributes written out, or computed here.
pub(super) static MAX: LoweringKind =
    LoweringKind { operator: "MaxPool", lower: |node, to| pool(node, to, max) };
/// Maxima back at their places.
pub(super) static MAX_UNPOOL: LoweringKind =
    LoweringKind { operator: "MaxUnpool", lower: |_, _| Ok(Action::Own(unpool)) };

fn pool(node: &Node, to: &mut Rewrite<'_, '_>, own: Own) -> Result<Action, LoweringError> {
    let kernel =
        node.wholes("kernel_shape").ok_or_else(|| LoweringError::missing("it has no kernel_shape"))?;
    let floats = to.facts.element_of(node, 0).is_some_and(element::real);
    let dilated = node.wholes("dilations").is_some_and(|all| all.iter().any(|step| *step != 1));
    let lower = node.word("auto_pad", "NOTSET") == "SAME_LOWER";
    if kernel.is_empty() || kernel.len() > 2 || !floats || dilated || lower || node.wanted(1) {
        return Ok(Action::Own(own));
    }
    let mut full = node.clone();
    // Only the order of indices, which nobody asks for.
    full.attribute.retain(|attribute| attribute.name != "storage_order");
    if node.attribute("strides").is_none() {
        full.attribute.push(Attribute::wholes("strides", vec![1; kernel.len()]));
    }
    if full == *node {
        return Ok(Action::Keep);
    }
    to.push(full);
    Ok(Action::Replaced)
}

/// The cells of one window.
struct Window<'a> {
    /// Numbers in the input, with their places in the plane.
    cells: &'a [(usize, f64)],
    /// Cells of the kernel that lie in the input or its padding.
    covered: usize,
}

/// Pools each plane of a tensor; `result` makes a number of a window.
fn pooled(
    call: &Call<'_>,
    mut result: impl FnMut(usize, &Window<'_>) -> f64,
) -> Result<(Vec<usize>, Vec<f64>), LoweringError> {
    let x = call.input(0)?;
    let &[batches, channels, ref sides @ ..] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let kernel: Vec<usize> =
        call.node.wholes("kernel_shape").unwrap_or(&[]).iter().map(|side| (*side).max(0) as usize).collect();
    let geometry = Geometry::of(call.node, sides, kernel, call.node.whole("ceil_mode", 0) != 0)?;
    let (plane, side_strides) = (count(sides), strides(sides));
    let data = x.to_doubles();
    let mut shape = vec![batches, channels];
    shape.extend(&geometry.out);
    let mut y = Vec::with_capacity(count(&shape));
    for number in 0..batches * channels {
        let own = &data[number * plane..][..plane];
        positions(&geometry.out, |at| {
            let (mut cells, mut covered) = (Vec::new(), 0);
            positions(&geometry.kernel, |within| {
                let padded = |k: usize| at[k] * geometry.strides[k] + within[k] * geometry.dilations[k];
                let reach = |k: usize| sides[k] + geometry.begin[k] + geometry.end[k];
                covered += usize::from((0..sides.len()).all(|k| padded(k) < reach(k)));
                let place = (0..sides.len()).try_fold(0, |sum, k| {
                    Some(sum + geometry.inside(k, at[k], within[k], sides[k])? * side_strides[k])
                });
                cells.extend(place.map(|place| (place, own[place])));
            });
            y.push(result(number, &Window { cells: &cells, covered }));
        });
    }
    Ok((shape, y))
}

fn average(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let with_padding = call.node.whole("count_include_pad", 0) != 0;
    let (shape, y) = pooled(call, |_, window| {
        let sum: f64 = window.cells.iter().map(|(_, value)| value).sum();
        sum / if with_padding { window.covered } else { window.cells.len() } as f64
    })?;
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}

fn max(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let sides = x.shape.get(2..).unwrap_or(&[]);
    let plane = count(sides);
    let by_column = call.node.whole("storage_order", 0) != 0;
    let own = strides(sides);
    let mut indices: Vec<i64> = Vec::new();
    let (shape, y) = pooled(call, |number, window| {
        let mut best = window.cells.first().copied().unwrap_or((0, f64::NEG_INFINITY));
        for cell in window.cells {
            if cell.1 > best.1 {
                best = *cell;
            }
        }
        let within = if by_column {
            let mut step = 1;
            (0..sides.len()).fold(0, |sum, k| {
                let sum = sum + best.0 / own[k] % sides[k] * step;
                step *= sides[k];
                sum
            })
        } else {
            best.0
        };
        indices.push((number * plane + within) as i64);
        best.1
    })?;
    let indices = Value::wholes(element::INT64, shape.clone(), &indices)?;
    Ok(vec![Value::of(call.made(0), shape, &y)?, indices])
}

fn norm(values: impl Iterator<Item = f64>, p: f64) -> f64 {
    values.map(|value| value.abs().powf(p)).sum::<f64>().powf(1.0 / p)
}

fn lp(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let p = call.node.whole("p", 2) as f64;
    let (shape, y) = pooled(call, |_, window| norm(window.cells.iter().map(|(_, value)| *value), p))?;
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}

fn global_lp(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let p = call.node.whole("p", 2) as f64;
    let &[batches, channels, ref sides @ ..] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let data = x.to_doubles();
    let y: Vec<f64> = data.chunks(count(sides).max(1)).map(|plane| norm(plane.iter().copied(), p)).collect();
    let mut shape = vec![batches, channels];
    shape.extend(sides.iter().map(|_| 1));
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}

fn unpool(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, indices) = (call.input(0)?, call.input(1)?.to_wholes());
    let &[batches, channels, ref sides @ ..] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let size = |name, otherwise| super::geometry::sizes(call.node, name, sides.len(), otherwise);
    let (kernel, steps) = (size("kernel_shape", 1)?, size("strides", 1)?);
    let pads = super::geometry::sizes(call.node, "pads", 2 * sides.len(), 0)?;
    let side = |k: usize| {
        (sides[k].saturating_sub(1) * steps[k] + kernel[k]).checked_sub(pads[k] + pads[sides.len() + k])
    };
    let natural: Option<Vec<usize>> = (0..sides.len()).map(side).collect();
    let mut natural_shape = vec![batches, channels];
    natural_shape
        .extend(natural.ok_or_else(|| LoweringError::shape("its padding is larger than its output"))?);
    let shape = match call.optional(2) {
        Some(shape) => shape.to_wholes().into_iter().map(|side| side.max(0) as usize).collect(),
        None => natural_shape.clone(),
    };
    // Indices count in the natural shape; a larger output only has more room around it.
    let (from, to) = (strides(&natural_shape), strides(&shape));
    let mut y = vec![0.0; count(&shape)];
    for (value, index) in x.to_doubles().into_iter().zip(indices) {
        let mut rest = usize::try_from(index)
            .map_err(|_err| LoweringError::number(format!("its index {index} is negative")))?;
        let mut place = 0;
        for k in 0..from.len() {
            place += rest / from[k] * to[k];
            rest %= from[k];
        }
        *y.get_mut(place)
            .ok_or_else(|| LoweringError::number(format!("its index {index} is outside of its output")))? =
            value;
    }
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}
