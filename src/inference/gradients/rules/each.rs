//! Functions of each number whose derivative follows from the result.

use super::{Facts, Made, Pointwise, RuleKind};
use crate::base::simd::widened;
use crate::inference::gradients::error::GradientError;

/// Activations that can replace their input.
pub(super) static KIND: RuleKind = RuleKind {
    operators: &[
        "Relu",
        "LeakyRelu",
        "Elu",
        "Clip",
        "Sigmoid",
        "Tanh",
        "HardSigmoid",
        "Exp",
        "Sqrt",
        "Reciprocal",
        "Neg",
    ],
    make,
};

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let node = facts.node;
    facts.shape(0)?;
    Ok(Made::Each(match node.operator.as_str() {
        "Relu" => Box::new(Slope { below: 0.0 }),
        // With a slope that is not positive the result does not tell the sign of the input.
        "LeakyRelu" if node.number("alpha", 0.01) >= 0.0 => {
            Box::new(Slope { below: node.number("alpha", 0.01) })
        }
        "LeakyRelu" => return Err(facts.unsupported("is supported for slopes of at least 0 only")),
        "Elu" => {
            let alpha = node.number("alpha", 1.0);
            function(
                move |x| if x < 0.0 { alpha * libm::expm1f(x) } else { x },
                move |y| {
                    if y < 0.0 { y + alpha } else { 1.0 }
                },
            )
        }
        "Clip" => {
            let edge = |at: usize, name: &str, otherwise: f32| -> Result<f32, GradientError> {
                let given = facts.optional(at)?.and_then(|edge| edge.data.first().copied());
                Ok(given.unwrap_or_else(|| node.number(name, otherwise)))
            };
            let (low, high) = (edge(1, "min", f32::NEG_INFINITY)?, edge(2, "max", f32::INFINITY)?);
            Box::new(Limits { low, high })
        }
        "Sigmoid" => function(|x| 1.0 / (1.0 + libm::expf(-x)), |y| y * (1.0 - y)),
        "Tanh" => function(libm::tanhf, |y| 1.0 - y * y),
        "HardSigmoid" => {
            let (slope, offset) = (node.number("alpha", 0.2), node.number("beta", 0.5));
            function(
                move |x| (slope * x + offset).clamp(0.0, 1.0),
                move |y| {
                    if y > 0.0 && y < 1.0 { slope } else { 0.0 }
                },
            )
        }
        "Exp" => function(libm::expf, |y| y),
        "Sqrt" => function(f32::sqrt, |y| 0.5 / y),
        "Reciprocal" => function(|x| 1.0 / x, |y| -y * y),
        _ => function(|x| -x, |_| -1.0),
    }))
}

fn function<F, D>(value: F, slope: D) -> Box<dyn Pointwise>
where
    F: Fn(f32) -> f32 + Send + Sync + 'static,
    D: Fn(f32) -> f32 + Send + Sync + 'static,
{
    Box::new(Function { value, slope })
}

/// A function and its derivative by its result.
struct Function<F, D> {
    value: F,
    slope: D,
}

impl<F: Fn(f32) -> f32 + Send + Sync, D: Fn(f32) -> f32 + Send + Sync> Pointwise for Function<F, D> {
    fn map(&self, values: &mut [f32], _: usize) {
        for value in values.iter_mut() {
            *value = (self.value)(*value);
        }
    }

    fn back(&self, made: &[f32], below: &mut [f32], _: usize) {
        below.iter_mut().zip(made).for_each(|(below, made)| *below *= (self.slope)(*made));
    }
}

/// The positive part, and a part of the negative one.
struct Slope {
    below: f32,
}

impl Pointwise for Slope {
    fn map(&self, values: &mut [f32], _: usize) {
        rectify(values, self.below);
    }

    fn back(&self, made: &[f32], below: &mut [f32], _: usize) {
        rectify_back(below, made, self.below);
    }
}

widened! {
    fn rectify(values: &mut [f32], slope: f32) {
        for value in values {
            *value = if *value > 0.0 { *value } else { *value * slope };
        }
    }
}

widened! {
    fn rectify_back(below: &mut [f32], made: &[f32], slope: f32) {
        for (below, made) in below.iter_mut().zip(made) {
            *below = if *made > 0.0 { *below } else { *below * slope };
        }
    }
}

/// Limits, with no derivative at and beyond them.
struct Limits {
    low: f32,
    high: f32,
}

impl Pointwise for Limits {
    fn map(&self, values: &mut [f32], _: usize) {
        limit(values, self.low, self.high);
    }

    fn back(&self, made: &[f32], below: &mut [f32], _: usize) {
        limit_back(below, made, self.low, self.high);
    }
}

widened! {
    fn limit(values: &mut [f32], low: f32, high: f32) {
        for value in values {
            *value = value.max(low).min(high);
        }
    }
}

widened! {
    fn limit_back(below: &mut [f32], made: &[f32], low: f32, high: f32) {
        for (below, made) in below.iter_mut().zip(made) {
            *below = if *made > low && *made < high { *below } else { 0.0 };
        }
    }
}

/// Multiplies each number and adds to it, by channel.
pub(super) struct Affine {
    /// Factor and summand of each channel.
    pub(super) channels: Vec<(f32, f32)>,
    /// Numbers of a channel.
    pub(super) plane: usize,
}

impl Pointwise for Affine {
    fn map(&self, values: &mut [f32], images: usize) {
        let planes = values.chunks_exact_mut((self.plane * images).max(1));
        for (plane, (factor, summand)) in planes.zip(self.channels.iter().cycle()) {
            scale(plane, *factor, *summand);
        }
    }

    fn back(&self, _: &[f32], below: &mut [f32], images: usize) {
        let planes = below.chunks_exact_mut((self.plane * images).max(1));
        for (plane, (factor, _)) in planes.zip(self.channels.iter().cycle()) {
            scale(plane, *factor, 0.0);
        }
    }

    fn needs_output(&self) -> bool {
        false
    }
}

widened! {
    fn scale(values: &mut [f32], factor: f32, summand: f32) {
        for value in values {
            *value = *value * factor + summand;
        }
    }
}

widened! {
    /// Adds as many numbers.
    pub(super) fn add(sum: &mut [f32], part: &[f32]) {
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum += part;
        }
    }
}

widened! {
    /// Adds as many numbers, each times a factor.
    pub(super) fn add_times(sum: &mut [f32], part: &[f32], factor: f32) {
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum = part.mul_add(factor, *sum);
        }
    }
}

widened! {
    /// Adds the products of as many numbers.
    pub(super) fn add_products(sum: &mut [f32], a: &[f32], b: &[f32]) {
        for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
            *sum = a.mul_add(*b, *sum);
        }
    }
}
