//! Products with matrices of weights and of two computed matrices.

use super::multiply::{Weights, product};
use super::{Arg, Back, Below, Facts, Made, Rule, RuleKind, Scratch, each, room, source};
use crate::inference::gradients::error::GradientError;

/// Fully connected layers.
pub(super) static GEMM: RuleKind = RuleKind { operators: &["Gemm"], make: make_gemm };
/// Products of matrices.
pub(super) static MATMUL: RuleKind = RuleKind { operators: &["MatMul"], make: make_matmul };

/// Rows of the input times a matrix of weights.
struct Layer {
    forth: Weights,
    back: Weights,
    bias: Option<Vec<f32>>,
    rows: usize,
    from: usize,
    to: usize,
}

impl Layer {
    /// `weights` has `from` rows of `to` numbers.
    fn new(weights: &[f32], bias: Option<Vec<f32>>, (rows, from, to): (usize, usize, usize)) -> Self {
        let turned: Vec<f32> = (0..to * from).map(|at| weights[at % from * to + at / from]).collect();
        Self {
            forth: Weights::new(&turned, to, from),
            back: Weights::new(weights, from, to),
            bias,
            rows,
            from,
            to,
        }
    }
}

impl Rule for Layer {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        let (from, to) = (self.from * images, self.to * images);
        for row in 0..self.rows {
            let (given, made) = (&inputs[0][row * from..], &mut outputs[0][row * to..]);
            self.forth.times(given, images, made, self.bias.as_deref(), false);
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let images = back.images;
        let (from, to) = (self.from * images, self.to * images);
        let added = below.overwritten().is_none();
        let sum = below.sum();
        for row in 0..self.rows {
            self.back.times(&back.above()[row * to..], images, &mut sum[row * from..], None, added);
        }
    }
}

fn make_gemm(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let &[rows, from] = facts.shape(0)? else { return Err(facts.unsupported("takes matrices")) };
    let weights = facts.constant(1)?;
    let node = facts.node;
    let (&[a, b], false) = (weights.shape.as_slice(), node.whole("transA", 0) != 0) else {
        return Err(facts.unsupported("is supported for a matrix of weights on the right only"));
    };
    let turned = node.whole("transB", 0) != 0;
    let to = if turned { a } else { b };
    if (if turned { b } else { a }) != from {
        return Err(facts.unsupported("has weights of another size than its input"));
    }
    let (alpha, beta) = (node.number("alpha", 1.0), node.number("beta", 1.0));
    let weight = |at: usize| {
        let (row, column) = (at / to, at % to);
        alpha * weights.data[if turned { column * from + row } else { at }]
    };
    let matrix: Vec<f32> = (0..from * to).map(weight).collect();
    let bias = match facts.optional(2)? {
        Some(bias) if bias.data.len() == 1 || bias.data.len() == to && bias.shape.last() == Some(&to) => {
            Some((0..to).map(|at| beta * bias.data[source(at, &[1, to], &bias.shape)]).collect())
        }
        Some(_) => return Err(facts.unsupported("is supported for a bias of each column only")),
        None => None,
    };
    Ok(Made::Rule(Box::new(Layer::new(&matrix, bias, (rows, from, to))), vec![vec![rows, to]]))
}

fn make_matmul(facts: &Facts<'_>) -> Result<Made, GradientError> {
    match (facts.argument(0), facts.argument(1)) {
        (Arg::Computed(a), Arg::Computed(b)) => Ok(computed(facts, a, b)?),
        (Arg::Computed(shape), _) => {
            let weights = facts.constant(1)?;
            let (&[from, to], Some(last)) = (weights.shape.as_slice(), shape.last()) else {
                return Err(facts.unsupported("is supported for one matrix of weights only"));
            };
            if *last != from {
                return Err(facts.unsupported("has weights of another size than its input"));
            }
            let rows = shape.iter().product::<usize>() / from.max(1);
            let mut made = shape.to_vec();
            if let Some(last) = made.last_mut() {
                *last = to;
            }
            Ok(Made::Rule(Box::new(Layer::new(&weights.data, None, (rows, from, to))), vec![made]))
        }
        _ => left(facts),
    }
}

/// A matrix of weights on the left.
struct Left {
    forth: Weights,
    back: Weights,
    batches: usize,
    columns: usize,
    from: usize,
}

fn left(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let (weights, shape) = (facts.constant(0)?, facts.shape(1)?);
    let (&[to, from], &[.., inner, columns]) = (weights.shape.as_slice(), shape) else {
        return Err(facts.unsupported("is supported for one matrix of weights only"));
    };
    if inner != from {
        return Err(facts.unsupported("has weights of another size than its input"));
    }
    let turned: Vec<f32> = (0..to * from).map(|at| weights.data[at % to * from + at / to]).collect();
    let mut made = shape.to_vec();
    let rank = made.len();
    made[rank - 2] = to;
    let batches = shape.iter().product::<usize>() / (from * columns).max(1);
    let rule = Left {
        forth: Weights::new(&weights.data, to, from),
        back: Weights::new(&turned, from, to),
        batches,
        columns,
        from,
    };
    Ok(Made::Rule(Box::new(rule), vec![made]))
}

impl Rule for Left {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        let columns = self.columns * images;
        for batch in 0..self.batches {
            let given = &inputs[0][batch * self.from * columns..];
            self.forth.times(
                given,
                columns,
                &mut outputs[0][batch * self.forth.rows() * columns..],
                None,
                false,
            );
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let columns = self.columns * back.images;
        let sum = below.sum();
        for batch in 0..self.batches {
            let above = &back.above()[batch * self.forth.rows() * columns..];
            self.back.times(above, columns, &mut sum[batch * self.from * columns..], None, true);
        }
    }
}

/// Two computed matrices, with batches that broadcast.
struct Both {
    /// Start of each batch in both inputs, in matrices.
    batches: Vec<(usize, usize)>,
    rows: usize,
    inner: usize,
    columns: usize,
}

fn computed(facts: &Facts<'_>, a: &[usize], b: &[usize]) -> Result<Made, GradientError> {
    let (&[ref outer_a @ .., rows, inner], &[ref outer_b @ .., other, columns]) = (a, b) else {
        return Err(facts.unsupported("takes matrices"));
    };
    if inner != other {
        return Err(facts.unsupported("has inputs of different sizes"));
    }
    let rank = outer_a.len().max(outer_b.len());
    let side = |outer: &[usize], at: usize| at.checked_sub(rank - outer.len()).map_or(1, |at| outer[at]);
    let whole: Vec<usize> = (0..rank).map(|at| side(outer_a, at).max(side(outer_b, at))).collect();
    let count: usize = whole.iter().product();
    let batches = (0..count).map(|at| (source(at, &whole, outer_a), source(at, &whole, outer_b))).collect();
    let made = whole.into_iter().chain([rows, columns]).collect();
    Ok(Made::Rule(Box::new(Both { batches, rows, inner, columns }), vec![made]))
}

impl Rule for Both {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        outputs[0].fill(0.0);
        let (rows, inner, columns) = (self.rows, self.inner, self.columns);
        for (batch, (a, b)) in self.batches.iter().enumerate() {
            let made = &mut outputs[0][batch * rows * columns * images..];
            let (a, b) =
                (&inputs[0][a * rows * inner * images..], &inputs[1][b * inner * columns * images..]);
            if images == 1 {
                product(a, b, (rows, inner, columns), made);
                continue;
            }
            for at in 0..rows * inner * columns {
                let (row, k, column) = (at / (inner * columns), at / columns % inner, at % columns);
                let made = &mut made[(row * columns + column) * images..][..images];
                let (a, b) = (&a[(row * inner + k) * images..], &b[(k * columns + column) * images..]);
                each::add_products(made, &a[..images], &b[..images]);
            }
        }
    }

    fn backward(&self, which: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let (rows, inner, columns, images) = (self.rows, self.inner, self.columns, back.images);
        let (above, sum) = (back.above(), below.sum());
        for (batch, (a, b)) in self.batches.iter().enumerate() {
            let above = &above[batch * rows * columns * images..];
            let (at_a, at_b) = (a * rows * inner * images, b * inner * columns * images);
            let (a, b) = (&back.inputs[0][at_a..], &back.inputs[1][at_b..]);
            if images == 1 {
                if which == 0 {
                    let turned = turned(&mut scratch.rows, b, inner, columns);
                    product(above, turned, (rows, columns, inner), &mut sum[at_a..]);
                } else {
                    let turned = turned(&mut scratch.rows, a, rows, inner);
                    product(turned, above, (inner, rows, columns), &mut sum[at_b..]);
                }
                continue;
            }
            for at in 0..rows * inner * columns {
                let (row, k, column) = (at / (inner * columns), at / columns % inner, at % columns);
                let above = &above[(row * columns + column) * images..][..images];
                let (to_a, to_b) = ((row * inner + k) * images, (k * columns + column) * images);
                if which == 0 {
                    each::add_products(&mut sum[at_a + to_a..][..images], above, &b[to_b..to_b + images]);
                } else {
                    each::add_products(&mut sum[at_b + to_b..][..images], above, &a[to_a..to_a + images]);
                }
            }
        }
    }
}

/// The transpose of a matrix of `rows` rows.
fn turned<'a>(buffer: &'a mut Vec<f32>, matrix: &[f32], rows: usize, columns: usize) -> &'a [f32] {
    let turned = room(buffer, rows * columns);
    for (at, value) in turned.iter_mut().enumerate() {
        *value = matrix[at % rows * columns + at / rows];
    }
    turned
}
