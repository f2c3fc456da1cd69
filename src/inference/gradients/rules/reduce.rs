//! Sums, means and maxima along dimensions.

use super::{Back, Below, Facts, Made, Rule, RuleKind, Scratch, each, room, source};
use crate::inference::gradients::error::GradientError;

/// Reductions, and pooling over the whole plane.
pub(super) static KIND: RuleKind = RuleKind {
    operators: &[
        "ReduceMean",
        "ReduceSum",
        "ReduceMax",
        "ReduceMin",
        "ReduceL2",
        "GlobalAveragePool",
        "GlobalMaxPool",
    ],
    make,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sum,
    Max,
    Min,
    Length,
}

struct Reduced {
    kind: Kind,
    /// Factor of a sum.
    share: f32,
    /// For each number of the input its place in the output.
    places: Vec<u32>,
}

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let rank = shape.len();
    let operator = facts.node.operator.as_str();
    let pooled = operator.starts_with("Global");
    let axes: Vec<usize> = if pooled {
        (2..rank).collect()
    } else {
        let given = facts.wholes(1, "axes")?.unwrap_or_default();
        if given.is_empty() && facts.node.whole("noop_with_empty_axes", 0) != 0 {
            return Ok(Made::Same(shape.to_vec()));
        }
        if given.is_empty() {
            (0..rank).collect()
        } else {
            given.iter().map(|axis| axis.rem_euclid(rank.max(1) as i64) as usize).collect()
        }
    };
    let kept: Vec<usize> =
        shape.iter().enumerate().map(|(axis, side)| if axes.contains(&axis) { 1 } else { *side }).collect();
    let count: usize = axes.iter().map(|axis| shape[*axis]).product();
    let places = (0..shape.iter().product()).map(|at| source(at, shape, &kept) as u32).collect();
    let (kind, share) = match operator {
        "ReduceMean" | "GlobalAveragePool" => (Kind::Sum, 1.0 / count.max(1) as f32),
        "ReduceSum" => (Kind::Sum, 1.0),
        "ReduceMax" | "GlobalMaxPool" => (Kind::Max, 1.0),
        "ReduceMin" => (Kind::Min, 1.0),
        _ => (Kind::Length, 1.0),
    };
    let made = if pooled || facts.node.whole("keepdims", 1) != 0 {
        kept
    } else {
        (0..rank).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect()
    };
    Ok(Made::Rule(Box::new(Reduced { kind, share, places }), vec![made]))
}

impl Reduced {
    fn visit(&self, images: usize, mut take: impl FnMut(usize, usize)) {
        for (given, made) in self.places.iter().enumerate() {
            take(*made as usize * images, given * images);
        }
    }
}

impl Rule for Reduced {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        let (given, made) = (inputs[0], &mut outputs[0]);
        made.fill(match self.kind {
            Kind::Sum | Kind::Length => 0.0,
            Kind::Max => f32::NEG_INFINITY,
            Kind::Min => f32::INFINITY,
        });
        self.visit(images, |to, from| {
            let (made, given) = (&mut made[to..to + images], &given[from..from + images]);
            match self.kind {
                Kind::Sum => each::add(made, given),
                Kind::Length => each::add_products(made, given, given),
                Kind::Max => made.iter_mut().zip(given).for_each(|(made, given)| *made = made.max(*given)),
                Kind::Min => made.iter_mut().zip(given).for_each(|(made, given)| *made = made.min(*given)),
            }
        });
        match self.kind {
            Kind::Sum => made.iter_mut().for_each(|made| *made *= self.share),
            Kind::Length => made.iter_mut().for_each(|made| *made = made.sqrt()),
            Kind::Max | Kind::Min => {}
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let (images, given, made) = (back.images, back.inputs[0], back.outputs[0]);
        let left = room(&mut scratch.rows, back.above().len());
        left.copy_from_slice(back.above());
        let sum = below.sum();
        self.visit(images, |to, from| {
            let (sum, left) = (&mut sum[from..from + images], &mut left[to..to + images]);
            match self.kind {
                Kind::Sum => each::add_times(sum, left, self.share),
                Kind::Length => {
                    let pairs = given[from..from + images].iter().zip(&made[to..to + images]);
                    for ((sum, left), (given, made)) in sum.iter_mut().zip(left).zip(pairs) {
                        *sum += if *made > 0.0 { *left * given / made } else { 0.0 };
                    }
                }
                Kind::Max | Kind::Min => {
                    let pairs = given[from..from + images].iter().zip(&made[to..to + images]);
                    for ((sum, left), (given, made)) in sum.iter_mut().zip(left).zip(pairs) {
                        if given.total_cmp(made).is_eq() {
                            *sum += std::mem::take(left);
                        }
                    }
                }
            }
        });
    }

    fn needs_output(&self) -> bool {
        self.kind != Kind::Sum
    }
}
