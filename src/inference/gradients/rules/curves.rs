//! Functions of each number whose derivative follows from the input.

use super::{Back, Below, Facts, Made, Rule, RuleKind, Scratch, room};
use crate::inference::gradients::error::GradientError;

/// Functions with a value of their own.
pub(super) static KIND: RuleKind = RuleKind {
    operators: &[
        "Abs",
        "Log",
        "Erf",
        "Gelu",
        "HardSwish",
        "Mish",
        "Softplus",
        "Softsign",
        "Sin",
        "Cos",
        "PRelu",
    ],
    make,
};

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?.to_vec();
    let rule: Box<dyn Rule> = match facts.node.operator.as_str() {
        "Abs" => curve(f32::abs, |x| {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                0.0
            }
        }),
        "Log" => curve(libm::logf, |x| 1.0 / x),
        "Erf" => curve(libm::erff, bell),
        "Gelu" if facts.node.word("approximate") == "tanh" => {
            return Err(facts.unsupported("is supported without approximation only"));
        }
        "Gelu" => curve(|x| x * normal(x), |x| normal(x) + x * density(x)),
        "HardSwish" => curve(
            |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            |x| {
                if x <= -3.0 {
                    0.0
                } else if x >= 3.0 {
                    1.0
                } else {
                    x / 3.0 + 0.5
                }
            },
        ),
        "Mish" => curve(
            |x| x * libm::tanhf(softplus(x)),
            |x| {
                let t = libm::tanhf(softplus(x));
                t + x * (1.0 - t * t) * sigmoid(x)
            },
        ),
        "Softplus" => curve(softplus, sigmoid),
        "Softsign" => curve(|x| x / (1.0 + x.abs()), |x| 1.0 / ((1.0 + x.abs()) * (1.0 + x.abs()))),
        "Sin" => curve(libm::sinf, libm::cosf),
        "Cos" => curve(libm::cosf, |x| -libm::sinf(x)),
        _ => prelu(facts, &shape)?,
    };
    Ok(Made::Rule(rule, vec![shape]))
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-x))
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + libm::log1pf(libm::expf(-x.abs()))
}

/// Derivative of the error function.
fn bell(x: f32) -> f32 {
    std::f32::consts::FRAC_2_SQRT_PI * libm::expf(-x * x)
}

/// Distribution function of the standard normal distribution.
fn normal(x: f32) -> f32 {
    0.5 * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2))
}

fn density(x: f32) -> f32 {
    0.5 * std::f32::consts::FRAC_1_SQRT_2 * bell(x * std::f32::consts::FRAC_1_SQRT_2)
}

fn curve<F, D>(value: F, slope: D) -> Box<dyn Rule>
where
    F: Fn(f32) -> f32 + Send + Sync + 'static,
    D: Fn(f32) -> f32 + Send + Sync + 'static,
{
    Box::new(Curve { value, slope })
}

/// A function and its derivative.
struct Curve<F, D> {
    value: F,
    slope: D,
}

impl<F: Fn(f32) -> f32 + Send + Sync, D: Fn(f32) -> f32 + Send + Sync> Rule for Curve<F, D> {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], _: usize, _: &mut Scratch) {
        outputs[0].iter_mut().zip(inputs[0]).for_each(|(made, given)| *made = (self.value)(*given));
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let sums = below.sum().iter_mut().zip(back.inputs[0]).zip(back.above());
        sums.for_each(|((below, given), above)| *below += above * (self.slope)(*given));
    }
}

/// The slope of negative numbers, by channel.
struct Slopes {
    slopes: Vec<f32>,
    plane: usize,
}

fn prelu(facts: &Facts<'_>, shape: &[usize]) -> Result<Box<dyn Rule>, GradientError> {
    let slopes = &facts.constant(1)?.data;
    let plane: usize = shape.iter().skip(2).product();
    if slopes.len() != 1 && slopes.len() != shape.get(1).copied().unwrap_or(1) {
        return Err(facts.unsupported("is supported for one slope or one a channel only"));
    }
    Ok(Box::new(Slopes { slopes: slopes.clone(), plane }))
}

impl Rule for Slopes {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        let plane = (self.plane * images).max(1);
        let planes = outputs[0].chunks_exact_mut(plane).zip(inputs[0].chunks_exact(plane));
        for ((made, given), slope) in planes.zip(self.slopes.iter().cycle()) {
            made.iter_mut().zip(given).for_each(|(made, x)| *made = if *x < 0.0 { slope * x } else { *x });
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let plane = (self.plane * back.images).max(1);
        let part = room(&mut scratch.rows, back.above().len());
        part.copy_from_slice(back.above());
        let planes = part.chunks_exact_mut(plane).zip(back.inputs[0].chunks_exact(plane));
        for ((part, given), slope) in planes.zip(self.slopes.iter().cycle()) {
            part.iter_mut().zip(given).for_each(|(part, x)| *part *= if *x < 0.0 { *slope } else { 1.0 });
        }
        below.add(part);
    }
}
