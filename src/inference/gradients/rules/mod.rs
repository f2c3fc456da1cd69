//! Rules of operators: forth and back. An operator is a kind: its line in the list below, and the file that makes its rule.

use crate::inference::Tensor;
use crate::inference::gradients::error::GradientError;
use crate::inference::gradients::graph::Node;

mod arithmetic;
mod convolution;
mod curves;
mod depthwise;
mod each;
mod matrix;
mod moves;
mod multiply;
mod normal;
mod places;
mod pool;
mod reduce;
mod resize;
mod shapes;
mod window;

/// A function of each number whose derivative follows from its result alone.
pub(super) trait Pointwise: Send + Sync {
    /// Replaces the numbers of a value.
    fn map(&self, values: &mut [f32], images: usize);
    /// Replaces the derivative by the result with that by the input.
    fn back(&self, made: &[f32], below: &mut [f32], images: usize);
    /// True if [`Self::back`] reads the result.
    fn needs_output(&self) -> bool {
        true
    }
}

/// An operator.
pub(super) trait Rule: Send + Sync {
    /// Computes the outputs, which have the right length, from the computed inputs.
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, scratch: &mut Scratch);
    /// Adds the derivative by the computed input number `which`.
    fn backward(&self, which: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch);
    /// True if [`Self::backward`] reads the outputs.
    fn needs_output(&self) -> bool {
        false
    }
}

/// Values around a step in the backward pass.
pub(super) struct Back<'a> {
    /// Its computed inputs.
    pub(super) inputs: &'a [&'a [f32]],
    /// Its outputs.
    pub(super) outputs: &'a [&'a [f32]],
    /// The derivatives by its outputs; none for zeros.
    pub(super) above: &'a [Option<&'a [f32]>],
    /// Images side by side.
    pub(super) images: usize,
}

impl<'a> Back<'a> {
    /// The derivative by the first output; empty for zeros.
    fn above(&self) -> &'a [f32] {
        self.above.first().copied().flatten().unwrap_or(&[])
    }
}

/// The derivative by an input, to which a step adds its part.
pub(super) struct Below<'a> {
    data: &'a mut Vec<f32>,
    /// True while it holds nothing.
    fresh: bool,
}

impl<'a> Below<'a> {
    pub(super) fn new(data: &'a mut Vec<f32>, fresh: bool) -> Self {
        Self { data, fresh }
    }

    /// The sum so far.
    fn sum(&mut self) -> &mut [f32] {
        if std::mem::replace(&mut self.fresh, false) {
            self.data.fill(0.0);
        }
        self.data
    }

    /// Adds as many numbers.
    fn add(&mut self, part: &[f32]) {
        if std::mem::replace(&mut self.fresh, false) && part.len() == self.data.len() {
            self.data.copy_from_slice(part);
        } else {
            each::add(self.data, part);
        }
    }

    /// The buffer to be overwritten, if it holds nothing.
    fn overwritten(&mut self) -> Option<&mut [f32]> {
        std::mem::replace(&mut self.fresh, false).then_some(self.data.as_mut_slice())
    }

    /// Zeros, if no part was added.
    pub(super) fn settle(&mut self) {
        let _sum = self.sum();
    }
}

/// Buffers that steps share.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) columns: Vec<f32>,
    pub(super) rows: Vec<f32>,
    pub(super) more: Vec<f32>,
}

/// The first `count` numbers of a buffer, with any content.
pub(super) fn room(buffer: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if buffer.len() < count {
        buffer.resize(count, 0.0);
    }
    &mut buffer[..count]
}

/// A pointwise function into a value of its own.
pub(super) struct Copied(pub(super) Box<dyn Pointwise>);

impl Rule for Copied {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        outputs[0].copy_from_slice(inputs[0]);
        self.0.map(&mut outputs[0], images);
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let part = room(&mut scratch.rows, back.above().len());
        part.copy_from_slice(back.above());
        self.0.back(back.outputs[0], part, back.images);
        below.add(part);
    }

    fn needs_output(&self) -> bool {
        self.0.needs_output()
    }
}

/// An input of a step.
pub(super) enum Arg<'a> {
    /// Left out.
    Absent,
    /// Known before any image.
    Constant(&'a Tensor),
    /// Computed from the image: its shape with a batch of one.
    Computed(&'a [usize]),
}

/// Facts about a step when its rule is made.
pub(super) struct Facts<'a> {
    pub(super) node: &'a Node,
    pub(super) arguments: &'a [Arg<'a>],
    pub(super) opset: i64,
}

impl<'a> Facts<'a> {
    fn argument(&self, at: usize) -> &Arg<'a> {
        self.arguments.get(at).unwrap_or(&Arg::Absent)
    }

    /// Shape of an input that must be computed.
    fn shape(&self, at: usize) -> Result<&'a [usize], GradientError> {
        match self.argument(at) {
            Arg::Computed(shape) => Ok(shape),
            Arg::Absent | Arg::Constant(_) => {
                Err(self.unsupported("is supported for a computed first input only"))
            }
        }
    }

    /// An input that must not depend on the image.
    fn constant(&self, at: usize) -> Result<&'a Tensor, GradientError> {
        match self.argument(at) {
            Arg::Constant(tensor) if tensor.data.len() == tensor.shape.iter().product::<usize>() => {
                Ok(tensor)
            }
            Arg::Absent => Err(self.unsupported("lacks an input")),
            Arg::Constant(_) => Err(self.unsupported("has weights of an unsupported type")),
            Arg::Computed(_) => {
                Err(self.unsupported("is supported for weights that do not depend on the input only"))
            }
        }
    }

    /// An optional input that must not depend on the image.
    fn optional(&self, at: usize) -> Result<Option<&'a Tensor>, GradientError> {
        match self.argument(at) {
            Arg::Absent => Ok(None),
            Arg::Constant(_) | Arg::Computed(_) => self.constant(at).map(Some),
        }
    }

    /// Integers of an input or, in older operator sets, of an attribute.
    fn wholes(&self, at: usize, attribute: &str) -> Result<Option<Vec<i64>>, GradientError> {
        if let Some(value) = self.optional(at)? {
            return Ok(Some(value.data.iter().map(|value| *value as i64).collect()));
        }
        Ok(self.node.has(attribute).then(|| self.node.wholes(attribute)))
    }

    /// An attribute that counts dimensions, from the end if negative.
    fn axis(&self, otherwise: i64, rank: usize) -> usize {
        let axis = self.node.whole("axis", otherwise);
        (if axis < 0 { axis + rank as i64 } else { axis }).clamp(0, rank.max(1) as i64 - 1) as usize
    }

    fn unsupported(&self, what: &str) -> GradientError {
        let (operator, name) = (&self.node.operator, &self.node.name);
        GradientError::unsupported(format!("the gradient of {operator} {what} (step {name})"))
    }
}

/// The rule of a step.
pub(super) enum Made {
    /// The same numbers in this shape.
    Same(Vec<usize>),
    /// A function of each number of the first input.
    Each(Box<dyn Pointwise>),
    /// Anything else, with the shapes of its outputs.
    Rule(Box<dyn Rule>, Vec<Vec<usize>>),
}

/// A kind of rule.
pub(super) struct RuleKind {
    /// Operators that it covers.
    pub(super) operators: &'static [&'static str],
    /// Makes the rule of a step.
    pub(super) make: fn(&Facts<'_>) -> Result<Made, GradientError>,
}

/// Every rule.
static KINDS: &[&RuleKind] = &[
    &shapes::KIND,
    &each::KIND,
    &curves::KIND,
    &arithmetic::KIND,
    &matrix::GEMM,
    &matrix::MATMUL,
    &convolution::CONV,
    &convolution::TRANSPOSED,
    &pool::MAX,
    &pool::AVERAGE,
    &reduce::KIND,
    &moves::KIND,
    &resize::KIND,
    &normal::BATCH,
    &normal::LAYER,
    &normal::SOFTMAX,
];

/// The rule of an operator.
pub(super) fn kind(operator: &str) -> Option<&'static RuleKind> {
    KINDS.iter().find(|kind| kind.operators.contains(&operator)).copied()
}

/// Makes the rule of a step.
pub(super) fn made(kind: &RuleKind, facts: &Facts<'_>) -> Result<Made, GradientError> {
    (kind.make)(facts)
}

/// Steps from one number to the next along each dimension.
fn strides(shape: &[usize]) -> Vec<usize> {
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
