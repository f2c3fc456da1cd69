//! `GroupNormalization`, `LayerNormalization` with its mean, `LRN` and `MeanVarianceNormalization`.

use super::call::Call;
use super::error::LoweringError;
use super::proto::Node;
use super::values::{Value, around, axis, broadcast, count, extended, positions, strides};
use super::{Action, LoweringKind};

/// Mean and variance of groups of channels.
pub(super) static GROUP: LoweringKind =
    LoweringKind { operator: "GroupNormalization", lower: |_, _| Ok(Action::Own(group)) };
/// The runtime does not give the mean and the inverse deviation.
pub(super) static LAYER: LoweringKind =
    LoweringKind { operator: "LayerNormalization", lower: |node, _| Ok(lower_layer(node)) };
/// Divided by the energy of neighboring channels.
pub(super) static LOCAL_RESPONSE: LoweringKind =
    LoweringKind { operator: "LRN", lower: |_, _| Ok(Action::Own(local_response)) };
/// Mean zero and variance one over some axes.
pub(super) static MEAN_VARIANCE: LoweringKind =
    LoweringKind { operator: "MeanVarianceNormalization", lower: |_, _| Ok(Action::Own(mean_variance)) };

/// Operator set from which scale and bias of groups are of each channel.
const BY_CHANNEL: i64 = 21;

fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
}

fn group(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, scale, bias) = (call.input(0)?, call.input(1)?.to_doubles(), call.input(2)?.to_doubles());
    let groups = call.node.whole("num_groups", 0).max(0) as usize;
    let &[batches, channels, ref sides @ ..] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let wanted = if call.opset >= BY_CHANNEL { channels } else { groups };
    if groups == 0 || channels % groups != 0 || scale.len() != wanted || bias.len() != wanted {
        return Err(LoweringError::shape(format!(
            "{channels} channels in {groups} groups do not fit {} scales",
            scale.len()
        )));
    }
    let (plane, together) = (count(sides), channels / groups);
    let epsilon = f64::from(call.node.number("epsilon", 1e-5));
    let mut y = x.to_doubles();
    for number in 0..batches * groups {
        let size = together * plane;
        let (mean, variance) = moments(&y[number * size..][..size]);
        for (at, value) in y[number * size..][..size].iter_mut().enumerate() {
            let group = number % groups;
            let own = if wanted == channels { group * together + at / plane.max(1) } else { group };
            *value = (*value - mean) / (variance + epsilon).sqrt() * scale[own] + bias[own];
        }
    }
    Ok(vec![Value::of(call.made(0), x.shape.clone(), &y)?])
}

fn lower_layer(node: &Node) -> Action {
    if node.wanted(1) || node.wanted(2) { Action::Own(layer) } else { Action::Keep }
}

fn layer(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let along = axis(call.node.whole("axis", -1), x.shape.len())?;
    let size = count(&x.shape[along..]);
    let epsilon = f64::from(call.node.number("epsilon", 1e-5));
    let factor = |at: usize| -> Result<Option<Vec<f64>>, LoweringError> {
        let Some(value) = call.optional(at) else { return Ok(None) };
        let shape = broadcast(&[&value.shape, &x.shape[along..]])?;
        let (places, data) = (extended(&value.shape, &shape), value.to_doubles());
        Ok(Some(places.into_iter().map(|place| data[place]).collect()))
    };
    let (scale, bias) = (factor(1)?, factor(2)?);
    let (mut y, mut means, mut deviations) = (x.to_doubles(), Vec::new(), Vec::new());
    for row in y.chunks_mut(size.max(1)) {
        let (mean, variance) = moments(row);
        let inverse = 1.0 / (variance + epsilon).sqrt();
        for (at, value) in row.iter_mut().enumerate() {
            let scale = scale.as_ref().map_or(1.0, |scale| scale[at]);
            *value = (*value - mean) * inverse * scale + bias.as_ref().map_or(0.0, |bias| bias[at]);
        }
        means.push(mean as f32);
        deviations.push(inverse as f32);
    }
    let mut shape = x.shape.clone();
    shape[along..].fill(1);
    Ok(vec![
        Value::of(call.made(0), x.shape.clone(), &y)?,
        Value::floats(shape.clone(), means),
        Value::floats(shape, deviations),
    ])
}

fn local_response(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    if x.shape.len() < 2 {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    }
    let size = call.node.whole("size", 0).max(1) as usize;
    let number = |name, otherwise| f64::from(call.node.number(name, otherwise));
    let (alpha, beta, bias) = (number("alpha", 1e-4), number("beta", 0.75), number("bias", 1.0));
    let (batches, channels, plane) = around(&x.shape, 1);
    let data = x.to_doubles();
    let mut y = Vec::with_capacity(data.len());
    for batch in 0..batches {
        for channel in 0..channels {
            let first = channel.saturating_sub((size - 1) / 2);
            let last = (channel + (size - 1).div_ceil(2)).min(channels - 1);
            for cell in 0..plane {
                let place = |channel: usize| (batch * channels + channel) * plane + cell;
                let energy: f64 = (first..=last).map(|channel| data[place(channel)].powi(2)).sum();
                y.push(data[place(channel)] / (bias + alpha / size as f64 * energy).powf(beta));
            }
        }
    }
    Ok(vec![Value::of(call.made(0), x.shape.clone(), &y)?])
}

fn mean_variance(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let axes = call.node.wholes("axes").unwrap_or(&[0, 2, 3]);
    let axes = axes.iter().map(|at| axis(*at, x.shape.len())).collect::<Result<Vec<_>, _>>()?;
    let kept: Vec<usize> =
        x.shape.iter().enumerate().map(|(k, side)| if axes.contains(&k) { 1 } else { *side }).collect();
    let steps = strides(&kept);
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count(&kept)];
    let mut place = 0;
    positions(&x.shape, |at| {
        let group = at.iter().enumerate().map(|(k, at)| if axes.contains(&k) { 0 } else { at * steps[k] });
        groups[group.sum::<usize>()].push(place);
        place += 1;
    });
    let data = x.to_doubles();
    let mut y = vec![0.0; data.len()];
    for group in groups {
        let values: Vec<f64> = group.iter().map(|at| data[*at]).collect();
        let (mean, variance) = moments(&values);
        for at in group {
            y[at] = (data[at] - mean) / (variance.sqrt() + 1e-9);
        }
    }
    Ok(vec![Value::of(call.made(0), x.shape.clone(), &y)?])
}
