//! Normalization: by stored statistics, over a layer, and to probabilities.

use super::each::Affine;
use super::{Back, Below, Facts, Made, Rule, RuleKind, Scratch};
use crate::inference::gradients::error::GradientError;

/// Normalization of each channel by stored statistics.
pub(super) static BATCH: RuleKind = RuleKind { operators: &["BatchNormalization"], make: make_batch };
/// Normalization by the statistics of the input itself.
pub(super) static LAYER: RuleKind =
    RuleKind { operators: &["LayerNormalization", "InstanceNormalization"], make: make_layer };
/// Probabilities of logits.
pub(super) static SOFTMAX: RuleKind = RuleKind { operators: &["Softmax", "LogSoftmax"], make: make_softmax };

fn make_batch(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let (scale, shift) = (&facts.constant(1)?.data, &facts.constant(2)?.data);
    let (mean, variance) = (&facts.constant(3)?.data, &facts.constant(4)?.data);
    let epsilon = facts.node.number("epsilon", 1e-5);
    let channels = shape.get(1).copied().unwrap_or(1);
    if [scale, shift, mean, variance].iter().any(|values| values.len() != channels) {
        return Err(facts.unsupported("has weights of another size than its input"));
    }
    let channel = |at: usize| {
        let factor = scale[at] / (variance[at] + epsilon).sqrt();
        (factor, shift[at] - mean[at] * factor)
    };
    let plane = shape.iter().skip(2).product();
    Ok(Made::Each(Box::new(Affine { channels: (0..channels).map(channel).collect(), plane })))
}

/// Groups of numbers with a mean of zero and a variance of one.
struct Layer {
    groups: usize,
    size: usize,
    epsilon: f32,
    /// Factor and summand of each number of a group, or of each group.
    scale: Vec<f32>,
    shift: Vec<f32>,
    by_group: bool,
}

fn make_layer(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let by_group = facts.node.operator == "InstanceNormalization";
    let axis = if by_group { 2 } else { facts.axis(-1, shape.len()) };
    if facts.node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
        return Err(facts.unsupported("is supported with one output only"));
    }
    let size: usize = shape.iter().skip(axis).product();
    let groups = shape.iter().product::<usize>() / size.max(1);
    let scale = facts.constant(1)?.data.clone();
    let shift = facts.optional(2)?.map_or_else(|| vec![0.0; scale.len()], |shift| shift.data.clone());
    let wanted = if by_group { groups } else { size };
    if scale.len() != wanted || shift.len() != wanted {
        return Err(facts.unsupported("is supported for weights of each number only"));
    }
    let epsilon = facts.node.number("epsilon", 1e-5);
    Ok(Made::Rule(Box::new(Layer { groups, size, epsilon, scale, shift, by_group }), vec![shape.to_vec()]))
}

impl Layer {
    /// Mean and inverse deviation of a group of one image.
    fn moments(&self, given: &[f32], images: usize) -> (f32, f32) {
        let numbers = || given.iter().step_by(images).take(self.size);
        let mean = numbers().sum::<f32>() / self.size as f32;
        let variance = numbers().map(|x| (x - mean) * (x - mean)).sum::<f32>() / self.size as f32;
        (mean, 1.0 / (variance + self.epsilon).sqrt())
    }

    fn weights(&self, group: usize, at: usize) -> (f32, f32) {
        let place = if self.by_group { group } else { at };
        (self.scale[place], self.shift[place])
    }
}

impl Rule for Layer {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        for (group, image) in (0..self.groups).flat_map(|group| (0..images).map(move |image| (group, image)))
        {
            let start = group * self.size * images + image;
            let (mean, inverse) = self.moments(&inputs[0][start..], images);
            for at in 0..self.size {
                let (scale, shift) = self.weights(group, at);
                let place = start + at * images;
                outputs[0][place] = (inputs[0][place] - mean) * inverse * scale + shift;
            }
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let (images, given, above, sum) = (back.images, back.inputs[0], back.above(), below.sum());
        for (group, image) in (0..self.groups).flat_map(|group| (0..images).map(move |image| (group, image)))
        {
            let start = group * self.size * images + image;
            let (mean, inverse) = self.moments(&given[start..], images);
            let part = |at: usize| {
                let place = start + at * images;
                (above[place] * self.weights(group, at).0, (given[place] - mean) * inverse)
            };
            let (mut all, mut along) = (0.0_f32, 0.0_f32);
            for (slope, value) in (0..self.size).map(part) {
                all += slope;
                along += slope * value;
            }
            let count = self.size as f32;
            for at in 0..self.size {
                let (slope, value) = part(at);
                sum[start + at * images] += inverse * (slope - all / count - value * along / count);
            }
        }
    }
}

/// Probabilities along a dimension, or their logarithms.
struct Softmax {
    outer: usize,
    side: usize,
    inner: usize,
    logarithm: bool,
}

fn make_softmax(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    // Older operator sets take all dimensions from the axis on together.
    let together = facts.opset < 13 && facts.opset > 0;
    let axis = facts.axis(if together { 1 } else { -1 }, shape.len());
    let outer = shape.iter().take(axis).product();
    let (side, inner) = if together {
        (shape.iter().skip(axis).product(), 1)
    } else {
        (shape.get(axis).copied().unwrap_or(1), shape.iter().skip(axis + 1).product())
    };
    let logarithm = facts.node.operator == "LogSoftmax";
    Ok(Made::Rule(Box::new(Softmax { outer, side, inner, logarithm }), vec![shape.to_vec()]))
}

impl Softmax {
    /// Calls `take` with the places of each group.
    fn visit(&self, images: usize, mut take: impl FnMut(&dyn Fn(usize) -> usize)) {
        let inner = self.inner * images;
        for outer in 0..self.outer {
            for own in 0..inner {
                take(&|at: usize| (outer * self.side + at) * inner + own);
            }
        }
    }
}

impl Rule for Softmax {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        let (given, made) = (inputs[0], &mut outputs[0]);
        self.visit(images, |place| {
            let highest = (0..self.side).map(|at| given[place(at)]).fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for at in 0..self.side {
                let power = libm::expf(given[place(at)] - highest);
                made[place(at)] = power;
                sum += power;
            }
            let logarithm = libm::logf(sum);
            for at in 0..self.side {
                let place = place(at);
                made[place] =
                    if self.logarithm { given[place] - highest - logarithm } else { made[place] / sum };
            }
        });
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let (made, above, sum) = (back.outputs[0], back.above(), below.sum());
        self.visit(back.images, |place| {
            let numbers = (0..self.side).map(place);
            if self.logarithm {
                let all: f32 = numbers.clone().map(|at| above[at]).sum();
                numbers.for_each(|at| sum[at] += above[at] - libm::expf(made[at]) * all);
            } else {
                let along: f32 = numbers.clone().map(|at| made[at] * above[at]).sum();
                numbers.for_each(|at| sum[at] += made[at] * (above[at] - along));
            }
        });
    }

    fn needs_output(&self) -> bool {
        true
    }
}
