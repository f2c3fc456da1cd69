//! `Conv`, `ConvInteger` and `ConvTranspose`: the runtime wants every attribute written out and pads like `SAME_UPPER`.
//! The rest is computed here.

use super::call::Call;
use super::error::LoweringError;
use super::geometry::{Geometry, sizes};
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::{Value, count, element, positions, strides};
use super::{Action, LoweringKind};

/// Attributes written out, or computed here.
pub(super) static CONV: LoweringKind =
    LoweringKind { operator: "Conv", lower: |node, to| Ok(conv(node, to)) };
/// The runtime pads with another number than the zero point, and its sums of bytes are capped on some processors.
pub(super) static CONV_INTEGER: LoweringKind =
    LoweringKind { operator: "ConvInteger", lower: |_, _| Ok(Action::Own(own_conv_integer)) };
/// Attributes written out, or computed here.
pub(super) static CONV_TRANSPOSE: LoweringKind =
    LoweringKind { operator: "ConvTranspose", lower: |node, to| Ok(conv_transpose(node, to)) };

/// Most dimensions beside batch and channels that the runtime convolves.
const MOST_DIMENSIONS: usize = 2;

/// Sides of the kernel, if the file tells them.
fn kernel(node: &Node, to: &Rewrite<'_, '_>) -> Option<Vec<i64>> {
    if let Some(kernel) = node.wholes("kernel_shape") {
        return Some(kernel.to_vec());
    }
    let weight = to.facts.weight(node.given(1)?)?;
    weight.dims.get(2..).map(<[i64]>::to_vec)
}

/// The step with all attributes; `None` if it has them already.
fn complete(node: &Node, kernel: &[i64]) -> Option<Node> {
    let rank = kernel.len();
    let same = node.word("auto_pad", "NOTSET").starts_with("SAME");
    let mut full = node.clone();
    for (name, values) in [
        ("kernel_shape", kernel.to_vec()),
        ("strides", vec![1; rank]),
        ("dilations", vec![1; rank]),
        ("pads", vec![0; 2 * rank]),
    ] {
        if node.attribute(name).is_none() && !(same && name == "pads") {
            full.attribute.push(Attribute::wholes(name, values));
        }
    }
    (full.attribute.len() > node.attribute.len()).then_some(full)
}

fn conv(node: &Node, to: &mut Rewrite<'_, '_>) -> Action {
    let Some(kernel) = kernel(node, to) else { return Action::Own(own_conv) };
    let lower = node.word("auto_pad", "NOTSET") == "SAME_LOWER";
    if kernel.len() > MOST_DIMENSIONS || kernel.is_empty() || lower {
        return Action::Own(own_conv);
    }
    let Some(full) = complete(node, &kernel) else { return Action::Keep };
    to.push(full);
    Action::Replaced
}

fn own_conv(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, w) = (call.input(0)?, call.input(1)?);
    let bias = call.optional(2).map(Value::to_doubles);
    let (shape, data) =
        convolved(call.node, (&x.shape, &x.to_doubles()), (&w.shape, &w.to_doubles()), bias.as_deref())?;
    Ok(vec![Value::of(call.made(0), shape, &data)?])
}

fn own_conv_integer(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, w) = (call.input(0)?, call.input(1)?);
    let x_zero = call.number(2).unwrap_or(0.0);
    let xs: Vec<f64> = x.to_doubles().into_iter().map(|value| value - x_zero).collect();
    let ws = minus_zero(w, call.optional(3));
    let (shape, data) = convolved(call.node, (&x.shape, &xs), (&w.shape, &ws), None)?;
    Ok(vec![Value::of(element::INT32, shape, &data)?])
}

/// Weights less their zero point, which is one number or one for each output channel.
pub(super) fn minus_zero(w: &Value, zero: Option<&Value>) -> Vec<f64> {
    let zero = zero.map_or_else(|| vec![0.0], Value::to_doubles);
    let each = w.len() / w.shape.first().copied().unwrap_or(1).max(1);
    let value = |(at, value): (usize, f64)| value - zero[if zero.len() > 1 { at / each.max(1) } else { 0 }];
    w.to_doubles().into_iter().enumerate().map(value).collect()
}

/// A convolution in any number of dimensions: shape and numbers of the result.
pub(super) fn convolved(
    node: &Node,
    (x_shape, x): (&[usize], &[f64]),
    (w_shape, w): (&[usize], &[f64]),
    bias: Option<&[f64]>,
) -> Result<(Vec<usize>, Vec<f64>), LoweringError> {
    let (&[batches, channels, ref sides @ ..], &[made, per_group, ref kernel @ ..]) = (x_shape, w_shape)
    else {
        return Err(LoweringError::shape(format!(
            "its input has the shape {x_shape:?}, its weights {w_shape:?}"
        )));
    };
    let groups = node.whole("group", 1).max(1) as usize;
    if per_group * groups != channels || !made.is_multiple_of(groups) {
        return Err(LoweringError::shape(format!(
            "{channels} channels in {groups} groups do not fit its weights {w_shape:?}"
        )));
    }
    let geometry = Geometry::of(node, sides, kernel.to_vec(), false)?;
    let (plane, taps, cells) = (count(sides), count(kernel), count(&geometry.out));
    let side_strides = strides(sides);
    let mut shape = vec![batches, made];
    shape.extend(&geometry.out);
    let mut y = vec![0.0; count(&shape)];
    let mut cell = 0;
    positions(&geometry.out, |at| {
        // Weights and input cells that meet at this output cell.
        let mut pairs = Vec::new();
        let mut tap = 0;
        positions(kernel, |within| {
            let place = (0..sides.len()).try_fold(0, |sum, k| {
                Some(sum + geometry.inside(k, at[k], within[k], sides[k])? * side_strides[k])
            });
            pairs.extend(place.map(|place| (tap, place)));
            tap += 1;
        });
        for batch in 0..batches {
            for out in 0..made {
                let first = out / (made / groups) * per_group;
                let mut sum = bias.map_or(0.0, |bias| bias.get(out).copied().unwrap_or(0.0));
                for channel in 0..per_group {
                    let (x, w) = (
                        &x[(batch * channels + first + channel) * plane..],
                        &w[(out * per_group + channel) * taps..],
                    );
                    sum += pairs.iter().map(|(tap, place)| x[*place] * w[*tap]).sum::<f64>();
                }
                y[(batch * made + out) * cells + cell] = sum;
            }
        }
        cell += 1;
    });
    Ok((shape, y))
}

fn conv_transpose(node: &Node, to: &mut Rewrite<'_, '_>) -> Action {
    let Some(kernel) = kernel(node, to) else { return Action::Own(own_transpose) };
    let auto = node.word("auto_pad", "NOTSET").starts_with("SAME");
    if kernel.len() > MOST_DIMENSIONS || kernel.is_empty() || auto || node.attribute("output_shape").is_some()
    {
        return Action::Own(own_transpose);
    }
    let Some(full) = complete(node, &kernel) else { return Action::Keep };
    to.push(full);
    Action::Replaced
}

fn own_transpose(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, w, node) = (call.input(0)?, call.input(1)?, call.node);
    let (&[batches, channels, ref sides @ ..], &[channels_too, per_group, ref kernel @ ..]) =
        (x.shape.as_slice(), w.shape.as_slice())
    else {
        return Err(LoweringError::shape(format!(
            "its input has the shape {:?}, its weights {:?}",
            x.shape, w.shape
        )));
    };
    let (rank, groups) = (sides.len(), node.whole("group", 1).max(1) as usize);
    if channels != channels_too || !channels.is_multiple_of(groups) || kernel.len() != rank {
        return Err(LoweringError::shape(format!(
            "its input has the shape {:?}, its weights {:?}",
            x.shape, w.shape
        )));
    }
    let (steps, dilations) = (sizes(node, "strides", rank, 1)?, sizes(node, "dilations", rank, 1)?);
    let extra = sizes(node, "output_padding", rank, 0)?;
    let (begin, out) = transposed(node, sides, kernel, &steps, &dilations, &extra)?;
    let (plane, taps, cells) = (count(sides), count(kernel), count(&out));
    let out_strides = strides(&out);
    let made = per_group * groups;
    let bias = call.optional(2).map(Value::to_doubles);
    let mut shape = vec![batches, made];
    shape.extend(&out);
    let start =
        |at: usize| bias.as_ref().and_then(|bias| bias.get(at / cells % made).copied()).unwrap_or(0.0);
    let mut y: Vec<f64> = (0..count(&shape)).map(start).collect();
    let (x, w) = (x.to_doubles(), w.to_doubles());
    let mut cell = 0;
    positions(sides, |at| {
        let mut tap = 0;
        positions(kernel, |within| {
            let place = (0..rank).try_fold(0, |sum, k| {
                let to = (at[k] * steps[k] + within[k] * dilations[k]).checked_sub(begin[k])?;
                (to < out[k]).then_some(sum + to * out_strides[k])
            });
            if let Some(place) = place {
                for batch in 0..batches {
                    for channel in 0..channels {
                        let value = x[(batch * channels + channel) * plane + cell];
                        let group = channel / (channels / groups);
                        for k in 0..per_group {
                            let to = (batch * made + group * per_group + k) * cells + place;
                            y[to] += value * w[(channel * per_group + k) * taps + tap];
                        }
                    }
                }
            }
            tap += 1;
        });
        cell += 1;
    });
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}

/// Padding at the start and size of the output of a transposed convolution.
fn transposed(
    node: &Node,
    sides: &[usize],
    kernel: &[usize],
    steps: &[usize],
    dilations: &[usize],
    extra: &[usize],
) -> Result<(Vec<usize>, Vec<usize>), LoweringError> {
    let rank = sides.len();
    let auto = node.word("auto_pad", "NOTSET");
    let full = |k: usize| {
        sides[k].saturating_sub(1) * steps[k] + extra[k] + kernel[k].saturating_sub(1) * dilations[k] + 1
    };
    let wanted = match node.wholes("output_shape") {
        Some(shape) if shape.len() >= rank => {
            Some(shape[shape.len() - rank..].iter().map(|side| (*side).max(0) as usize).collect::<Vec<_>>())
        }
        _ if auto.starts_with("SAME") => {
            Some((0..rank).map(|k| (sides[k] * steps[k]).min(full(k))).collect())
        }
        _ => None,
    };
    let Some(out) = wanted else {
        let pads = if auto == "VALID" { vec![0; 2 * rank] } else { sizes(node, "pads", 2 * rank, 0)? };
        let side = |k: usize| {
            full(k)
                .checked_sub(pads[k] + pads[rank + k])
                .ok_or_else(|| LoweringError::shape("its padding is larger than its output"))
        };
        return Ok((pads[..rank].to_vec(), (0..rank).map(side).collect::<Result<_, _>>()?));
    };
    let begin = |k: usize| {
        let total = full(k).saturating_sub(out[k]);
        if auto == "SAME_UPPER" { total / 2 } else { total - total / 2 }
    };
    Ok(((0..rank).map(begin).collect(), out))
}
