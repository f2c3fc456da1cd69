//! Convolution and its transpose, as products of matrices over blocks of rows.
//!
//! With a stride of one the way back is a convolution with the turned kernel, which needs no sum over overlapping windows.

use super::depthwise::Depthwise;
use super::multiply::Weights;
use super::window::{Window, output_shape, planes};
use super::{Back, Below, Facts, Made, Rule, RuleKind, Scratch, each, room};
use crate::inference::gradients::error::GradientError;

/// Convolution.
pub(super) static CONV: RuleKind = RuleKind { operators: &["Conv"], make: make_conv };
/// Transposed convolution.
pub(super) static TRANSPOSED: RuleKind = RuleKind { operators: &["ConvTranspose"], make: make_transposed };

/// Numbers of a block of columns, which stays in the cache.
const BLOCK: usize = 48 * 1024;

/// The products of one group of channels.
struct Group {
    /// Weights times the cells under the output.
    forth: Weights,
    /// Turned weights times the cells under the input, for a stride of one; else weights times the output, to be given back.
    back: Weights,
}

/// A convolution of several groups. `inputs` and `outputs` are channels of a group.
pub(super) struct Conv {
    groups: Vec<Group>,
    bias: Option<Vec<f32>>,
    window: Window,
    turned: Option<Window>,
    inputs: usize,
    outputs: usize,
}

/// Weights by output, input and cell, of one group.
struct Kernel<'a> {
    data: &'a [f32],
    outputs: usize,
    inputs: usize,
    cells: usize,
}

impl Kernel<'_> {
    fn at(&self, output: usize, input: usize, cell: usize) -> f32 {
        self.data[(output * self.inputs + input) * self.cells + cell]
    }

    fn group(&self, window: &Window) -> Group {
        let (outputs, inputs, cells) = (self.outputs, self.inputs, self.cells);
        let forth = Weights::new(self.data, outputs, inputs * cells);
        let back = if window.stride == [1, 1] {
            // By input, output and turned cell.
            let turned: Vec<f32> = (0..inputs * outputs * cells)
                .map(|at| self.at(at / cells % outputs, at / (cells * outputs), cells - 1 - at % cells))
                .collect();
            Weights::new(&turned, inputs, outputs * cells)
        } else {
            let turned: Vec<f32> = (0..inputs * cells * outputs)
                .map(|at| self.at(at % outputs, at / outputs / cells, at / outputs % cells))
                .collect();
            Weights::new(&turned, inputs * cells, outputs)
        };
        Group { forth, back }
    }
}

fn make_conv(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let weights = facts.constant(1)?;
    let (channels, sides) = (shape.get(1).copied().unwrap_or(0), weights.shape.get(2..).unwrap_or_default());
    let window = Window::of(facts, shape, Some(sides))?;
    let groups = facts.node.whole("group", 1).max(1) as usize;
    let outputs = weights.shape.first().copied().unwrap_or(0);
    let inputs = weights.shape.get(1).copied().unwrap_or(0);
    if inputs * groups != channels
        || !outputs.is_multiple_of(groups)
        || outputs == 0
        || sides.len() + 2 != shape.len()
    {
        return Err(facts.unsupported("has weights of another size than its input"));
    }
    let bias = facts.optional(2)?.map(|bias| bias.data.clone());
    let made = output_shape(shape, outputs, window.to);
    if inputs == 1 && groups > 1 {
        let rule = Depthwise { weights: weights.data.clone(), bias, window, each: outputs / groups };
        return Ok(Made::Rule(Box::new(rule), vec![made]));
    }
    let conv = Conv::new(&weights.data, bias, window, (groups, inputs, outputs / groups));
    Ok(Made::Rule(Box::new(conv), vec![made]))
}

impl Conv {
    fn new(
        weights: &[f32],
        bias: Option<Vec<f32>>,
        window: Window,
        (groups, inputs, outputs): (usize, usize, usize),
    ) -> Self {
        let cells = window.cells();
        let groups = weights.chunks_exact(outputs * inputs * cells).take(groups);
        let groups = groups.map(|data| Kernel { data, outputs, inputs, cells }.group(&window)).collect();
        let turned = (window.stride == [1, 1]).then(|| window.turned());
        Self { groups, bias, window, turned, inputs, outputs }
    }

    fn forth(&self, given: &[f32], made: &mut [f32], images: usize, scratch: &mut Scratch) {
        let (from, to) = (self.window.input_plane() * images, self.window.output_plane() * images);
        for (number, group) in self.groups.iter().enumerate() {
            let given = &given[number * self.inputs * from..][..self.inputs * from];
            let made = &mut made[number * self.outputs * to..][..self.outputs * to];
            let bias = self.bias.as_ref().map(|bias| &bias[number * self.outputs..][..self.outputs]);
            convolved(&self.window, &group.forth, self.inputs, given, made, bias, (images, false), scratch);
        }
    }

    /// Adds to `below`, or overwrites it.
    fn back(&self, above: &[f32], below: &mut [f32], added: bool, images: usize, scratch: &mut Scratch) {
        let (from, to) = (self.window.input_plane() * images, self.window.output_plane() * images);
        if self.turned.is_none() && !added {
            below.fill(0.0);
        }
        for (number, group) in self.groups.iter().enumerate() {
            let above = &above[number * self.outputs * to..][..self.outputs * to];
            let below = &mut below[number * self.inputs * from..][..self.inputs * from];
            match &self.turned {
                Some(window) => {
                    convolved(
                        window,
                        &group.back,
                        self.outputs,
                        above,
                        below,
                        None,
                        (images, added),
                        scratch,
                    );
                }
                None => given_back(
                    &self.window,
                    &group.back,
                    (self.inputs, self.outputs),
                    above,
                    below,
                    images,
                    scratch,
                ),
            }
        }
    }
}

impl Rule for Conv {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, scratch: &mut Scratch) {
        self.forth(inputs[0], &mut outputs[0], images, scratch);
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let added = below.overwritten().is_none();
        self.back(back.above(), below.sum(), added, back.images, scratch);
    }
}

/// Rows of the output at a time.
fn rows_at_once(window: &Window, depth: usize, images: usize) -> usize {
    (BLOCK / (depth * window.to[1] * images).max(1)).clamp(1, window.to[0])
}

#[expect(clippy::too_many_arguments, reason = "a product with its geometry, both sides and buffers")]
fn convolved(
    window: &Window,
    weights: &Weights,
    channels: usize,
    given: &[f32],
    made: &mut [f32],
    bias: Option<&[f32]>,
    (images, added): (usize, bool),
    scratch: &mut Scratch,
) {
    let whole = window.output_plane() * images;
    if window.cells() == 1 && window.stride == [1, 1] && window.pad == [0, 0] && window.from == window.to {
        weights.times(given, whole, made, bias, added);
        return;
    }
    let depth = channels * window.cells();
    let step = rows_at_once(window, depth, images);
    for first in (0..window.to[0]).step_by(step) {
        let rows = first..(first + step).min(window.to[0]);
        let count = rows.len() * window.to[1] * images;
        let columns = room(&mut scratch.columns, depth * count);
        window.columns(given, channels, rows.clone(), images, columns);
        if count == whole {
            weights.times(columns, count, made, bias, added);
            continue;
        }
        let block = room(&mut scratch.more, weights.rows() * count);
        weights.times(columns, count, block, bias, false);
        let start = first * window.to[1] * images;
        for (block, plane) in block.chunks_exact(count).zip(made.chunks_exact_mut(whole)) {
            let plane = &mut plane[start..start + count];
            if added {
                each::add(plane, block);
            } else {
                plane.copy_from_slice(block);
            }
        }
    }
}

/// Adds the products of weights and an output to the windows of the input.
fn given_back(
    window: &Window,
    weights: &Weights,
    (inputs, outputs): (usize, usize),
    above: &[f32],
    below: &mut [f32],
    images: usize,
    scratch: &mut Scratch,
) {
    let whole = window.output_plane() * images;
    let depth = inputs * window.cells();
    let step = rows_at_once(window, depth, images);
    for first in (0..window.to[0]).step_by(step) {
        let rows = first..(first + step).min(window.to[0]);
        let count = rows.len() * window.to[1] * images;
        let start = first * window.to[1] * images;
        let part = room(&mut scratch.more, outputs * count);
        for (part, plane) in part.chunks_exact_mut(count).zip(above.chunks_exact(whole)) {
            part.copy_from_slice(&plane[start..start + count]);
        }
        let columns = room(&mut scratch.columns, depth * count);
        weights.times(part, count, columns, None, false);
        window.give_back(columns, inputs, rows, images, below);
    }
}

/// A transposed convolution: a convolution the other way round.
struct Transposed {
    conv: Conv,
    bias: Option<Vec<f32>>,
}

fn make_transposed(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let weights = facts.constant(1)?;
    let from = planes(facts, shape)?;
    let flat = shape.len() == 3;
    let two = |name: &str, otherwise: i64| -> [i64; 2] {
        let given = facts.node.wholes(name);
        let at = |i: usize| given.get(i).copied().unwrap_or(otherwise);
        if flat { [otherwise, at(0)] } else { [at(0), at(1)] }
    };
    if facts.node.has("output_shape") || facts.node.word("auto_pad").starts_with("SAME") {
        return Err(facts.unsupported("is supported with pads only"));
    }
    let groups = facts.node.whole("group", 1).max(1) as usize;
    let channels = shape.get(1).copied().unwrap_or(0);
    let outputs = weights.shape.get(1).copied().unwrap_or(0);
    if weights.shape.first() != Some(&channels)
        || !channels.is_multiple_of(groups)
        || weights.shape.len() != shape.len()
    {
        return Err(facts.unsupported("has weights of another size than its input"));
    }
    let at = |i: usize| weights.shape.get(i).copied().unwrap_or(1);
    let kernel = if flat { [1, at(2)] } else { [at(2), at(3)] };
    let (stride, dilation) = (two("strides", 1), two("dilations", 1));
    let pads = facts.node.wholes("pads");
    let (begin, end) = pads.split_at(pads.len() / 2);
    let pad = |values: &[i64], axis: usize| {
        let index = if flat { axis.checked_sub(1) } else { Some(axis) };
        index.and_then(|index| values.get(index)).copied().unwrap_or(0)
    };
    let more = two("output_padding", 0);
    let mut to = [0; 2];
    for (axis, made) in to.iter_mut().enumerate() {
        let span = (kernel[axis] as i64 - 1) * dilation[axis] + 1;
        let side =
            (from[axis] as i64 - 1) * stride[axis] + span + more[axis] - pad(begin, axis) - pad(end, axis);
        *made = usize::try_from(side)
            .ok()
            .filter(|side| *side > 0)
            .ok_or_else(|| facts.unsupported("has an output without numbers"))?;
    }
    // The convolution that this one is the way back of.
    let window = Window {
        from: to,
        to: from,
        kernel,
        stride: stride.map(|side| side.max(1) as usize),
        dilation: dilation.map(|side| side.max(1) as usize),
        pad: [pad(begin, 0), pad(begin, 1)],
    };
    let conv = Conv::new(&weights.data, None, window, (groups, outputs, channels / groups));
    let bias = facts.optional(2)?.map(|bias| bias.data.clone());
    let made = output_shape(shape, outputs * groups, to);
    Ok(Made::Rule(Box::new(Transposed { conv, bias }), vec![made]))
}

impl Rule for Transposed {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, scratch: &mut Scratch) {
        self.conv.back(inputs[0], &mut outputs[0], false, images, scratch);
        if let Some(bias) = &self.bias {
            let plane = (self.conv.window.input_plane() * images).max(1);
            for (plane, bias) in outputs[0].chunks_exact_mut(plane).zip(bias) {
                for value in plane.iter_mut() {
                    *value += bias;
                }
            }
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        if let Some(below) = below.overwritten() {
            self.conv.forth(back.above(), below, back.images, scratch);
            return;
        }
        let sum = below.sum();
        let mut part = std::mem::take(&mut scratch.rows);
        let own = room(&mut part, sum.len());
        self.conv.forth(back.above(), own, back.images, scratch);
        each::add(sum, own);
        scratch.rows = part;
    }
}
