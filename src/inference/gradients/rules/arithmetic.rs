//! Arithmetic on two values with broadcasting, of which one may be constant.

use super::each::{self, Affine};
use super::{Arg, Back, Below, Facts, Made, Rule, RuleKind, Scratch, source};
use crate::inference::Tensor;
use crate::inference::gradients::error::GradientError;

/// Operators on two numbers.
pub(super) static KIND: RuleKind =
    RuleKind { operators: &["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Where"], make };

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Max,
    Min,
}

impl Operator {
    fn value(self, a: f32, b: f32) -> f32 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => power(a, b),
            Self::Max => a.max(b),
            Self::Min => a.min(b),
        }
    }

    /// The derivative by the first or the second number.
    fn slope(self, second: bool, a: f32, b: f32) -> f32 {
        let first_wins = match self {
            Self::Max => a >= b,
            Self::Add | Self::Sub | Self::Mul | Self::Div | Self::Pow | Self::Min => a <= b,
        };
        match (self, second) {
            (Self::Add, _) | (Self::Sub, false) => 1.0,
            (Self::Sub, true) => -1.0,
            (Self::Mul, false) => b,
            (Self::Mul, true) => a,
            (Self::Div, false) => 1.0 / b,
            (Self::Div, true) => -a / (b * b),
            (Self::Pow, false) => b * power(a, b - 1.0),
            (Self::Pow, true) => power(a, b) * libm::logf(a),
            (Self::Max | Self::Min, second) => f32::from(u8::from(first_wins != second)),
        }
    }
}

fn power(a: f32, b: f32) -> f32 {
    match b {
        0.0 => 1.0,
        1.0 => a,
        2.0 => a * a,
        _ => libm::powf(a, b),
    }
}

/// One side of an operator.
enum Side {
    /// The computed input of this number; the place of each number of the output in it where it is broadcast.
    Computed(usize, Option<Vec<u32>>),
    /// A number for each of the output.
    Constant(Vec<f32>),
}

impl Side {
    /// The numbers of all images at a place of the output, or the one that stands for them.
    fn at<'a>(&'a self, inputs: &[&'a [f32]], place: usize, images: usize) -> &'a [f32] {
        match self {
            Self::Computed(which, places) => {
                let from = places.as_ref().map_or(place, |places| places[place] as usize);
                &inputs[*which][from * images..(from + 1) * images]
            }
            Self::Constant(values) => std::slice::from_ref(&values[place]),
        }
    }
}

struct Pair {
    operator: Operator,
    a: Side,
    b: Side,
}

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let operator = match facts.node.operator.as_str() {
        "Add" | "Sum" => Operator::Add,
        "Sub" => Operator::Sub,
        "Mul" => Operator::Mul,
        "Div" => Operator::Div,
        "Pow" => Operator::Pow,
        "Max" => Operator::Max,
        "Min" => Operator::Min,
        _ => return chosen(facts),
    };
    if facts.arguments.len() != 2 {
        return Err(facts.unsupported("is supported for two inputs only"));
    }
    if let (Arg::Computed(shape), Ok(constant)) = (facts.argument(0), facts.constant(1))
        && let Some(affine) = affine(operator, shape, constant)
    {
        return Ok(Made::Each(Box::new(affine)));
    }
    let shapes = [shape(facts, 0)?, shape(facts, 1)?];
    let whole = broadcast(&shapes).ok_or_else(|| facts.unsupported("cannot broadcast its inputs"))?;
    let mut computed = 0;
    let a = side(facts, 0, &whole, &mut computed)?;
    let b = side(facts, 1, &whole, &mut computed)?;
    Ok(Made::Rule(Box::new(Pair { operator, a, b }), vec![whole]))
}

/// Arithmetic with a constant for each channel or for all, which replaces its input.
fn affine(operator: Operator, shape: &[usize], constant: &Tensor) -> Option<Affine> {
    let parts = |value: f32| match operator {
        Operator::Add => Some((1.0, value)),
        Operator::Sub => Some((1.0, -value)),
        Operator::Mul => Some((value, 0.0)),
        // A factor is not the same to the last bit.
        Operator::Div => Some((1.0 / value, 0.0)),
        Operator::Pow | Operator::Max | Operator::Min => None,
    };
    let count: usize = shape.iter().product();
    if constant.data.len() == 1 && constant.shape.len() <= shape.len() {
        return Some(Affine { channels: vec![parts(constant.data[0])?], plane: count });
    }
    // One number for each index of the second dimension.
    let trailing = constant.shape.iter().rev().take_while(|side| **side == 1).count();
    let axis = shape.len().checked_sub(trailing + 1)?;
    let alone = constant.data.len() == *constant.shape.iter().rev().nth(trailing)?;
    if !alone
        || shape.get(axis) != Some(&constant.data.len())
        || axis != 1
        || constant.shape.len() > shape.len()
    {
        return None;
    }
    let channels = constant.data.iter().map(|value| parts(*value)).collect::<Option<Vec<_>>>()?;
    Some(Affine { channels, plane: shape.iter().skip(axis + 1).product() })
}

fn shape<'a>(facts: &Facts<'a>, at: usize) -> Result<&'a [usize], GradientError> {
    match facts.argument(at) {
        Arg::Computed(shape) => Ok(shape),
        Arg::Constant(_) | Arg::Absent => Ok(&facts.constant(at)?.shape),
    }
}

fn broadcast(shapes: &[&[usize]]) -> Option<Vec<usize>> {
    let rank = shapes.iter().map(|shape| shape.len()).max()?;
    let mut whole = vec![1; rank];
    for shape in shapes {
        for (place, side) in whole.iter_mut().skip(rank - shape.len()).zip(*shape) {
            if *place != *side && *place != 1 && *side != 1 {
                return None;
            }
            *place = (*place).max(*side);
        }
    }
    Some(whole)
}

fn side(facts: &Facts<'_>, at: usize, whole: &[usize], computed: &mut usize) -> Result<Side, GradientError> {
    let count: usize = whole.iter().product();
    if let Arg::Computed(shape) = facts.argument(at) {
        *computed += 1;
        let places =
            (*shape != whole).then(|| (0..count).map(|at| source(at, whole, shape) as u32).collect());
        return Ok(Side::Computed(*computed - 1, places));
    }
    let constant = facts.constant(at)?;
    let values = (0..count).map(|at| constant.data[source(at, whole, &constant.shape)]).collect();
    Ok(Side::Constant(values))
}

impl Rule for Pair {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        if let (Operator::Add, Side::Computed(a, None), Side::Computed(b, None)) =
            (self.operator, &self.a, &self.b)
        {
            outputs[0].copy_from_slice(inputs[*a]);
            each::add(&mut outputs[0], inputs[*b]);
            return;
        }
        for (place, made) in outputs[0].chunks_exact_mut(images).enumerate() {
            let (a, b) = (self.a.at(inputs, place, images), self.b.at(inputs, place, images));
            let pairs = a.iter().cycle().zip(b.iter().cycle());
            made.iter_mut().zip(pairs).for_each(|(made, (a, b))| *made = self.operator.value(*a, *b));
        }
    }

    fn backward(&self, which: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let (images, above) = (back.images, back.above());
        for (second, side) in [(false, &self.a), (true, &self.b)] {
            let Side::Computed(own, places) = side else { continue };
            if *own != which {
                continue;
            }
            if matches!(self.operator, Operator::Add) && places.is_none() {
                below.add(above);
                continue;
            }
            let sum = below.sum();
            for (place, above) in above.chunks_exact(images).enumerate() {
                let (a, b) = (self.a.at(back.inputs, place, images), self.b.at(back.inputs, place, images));
                let to = places.as_ref().map_or(place, |places| places[place] as usize);
                let pairs = a.iter().cycle().zip(b.iter().cycle());
                for ((sum, above), (a, b)) in sum[to * images..][..images].iter_mut().zip(above).zip(pairs) {
                    *sum += above * self.operator.slope(second, *a, *b);
                }
            }
        }
    }
}

/// A choice by a condition that does not depend on the image.
struct Chosen {
    chooses: Vec<bool>,
    a: Side,
    b: Side,
}

fn chosen(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let condition = facts.constant(0)?;
    let shapes = [condition.shape.as_slice(), shape(facts, 1)?, shape(facts, 2)?];
    let whole = broadcast(&shapes).ok_or_else(|| facts.unsupported("cannot broadcast its inputs"))?;
    let count: usize = whole.iter().product();
    let chooses = (0..count).map(|at| condition.data[source(at, &whole, &condition.shape)] != 0.0).collect();
    let mut computed = 0;
    let a = side(facts, 1, &whole, &mut computed)?;
    let b = side(facts, 2, &whole, &mut computed)?;
    Ok(Made::Rule(Box::new(Chosen { chooses, a, b }), vec![whole]))
}

impl Rule for Chosen {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        for ((place, made), first) in outputs[0].chunks_exact_mut(images).enumerate().zip(&self.chooses) {
            let side = if *first { &self.a } else { &self.b };
            let values = side.at(inputs, place, images).iter().cycle();
            made.iter_mut().zip(values).for_each(|(made, value)| *made = *value);
        }
    }

    fn backward(&self, which: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let (images, sum) = (back.images, below.sum());
        for ((place, above), first) in back.above().chunks_exact(images).enumerate().zip(&self.chooses) {
            let Side::Computed(own, places) = (if *first { &self.a } else { &self.b }) else { continue };
            if *own == which {
                let to = places.as_ref().map_or(place, |places| places[place] as usize);
                each::add(&mut sum[to * images..][..images], above);
            }
        }
    }
}
