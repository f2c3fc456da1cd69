//! Operators that move numbers without changing them.

use super::places::{Run, give_back, runs, take};
use super::{Arg, Back, Below, Facts, Made, Rule, RuleKind, Scratch, source, strides};
use crate::inference::gradients::error::GradientError;

/// Moves, with a constant where nothing is moved to.
pub(super) static KIND: RuleKind = RuleKind {
    operators: &[
        "Concat",
        "Split",
        "Slice",
        "Gather",
        "Pad",
        "Transpose",
        "Expand",
        "DepthToSpace",
        "SpaceToDepth",
    ],
    make,
};

/// Runs from each computed input to each output.
struct Moves {
    /// By input, then by output.
    runs: Vec<Vec<Vec<Run>>>,
    /// Content of the outputs where no run leads.
    filled: Filled,
}

/// Content of an output where no run leads.
enum Filled {
    /// Runs lead everywhere.
    Nothing,
    /// The same number everywhere.
    Number(f32),
    /// A number for each place of the only output.
    Numbers(Vec<f32>),
}

impl Rule for Moves {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        for (at, made) in outputs.iter_mut().enumerate() {
            match &self.filled {
                Filled::Nothing => {}
                Filled::Number(number) => made.fill(*number),
                Filled::Numbers(numbers) => {
                    for (place, value) in made.chunks_exact_mut(images.max(1)).zip(numbers) {
                        place.fill(*value);
                    }
                }
            }
            for (given, runs) in inputs.iter().zip(&self.runs) {
                take(&runs[at], given, made, images);
            }
        }
    }

    fn backward(&self, which: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let sum = below.sum();
        for (runs, above) in self.runs[which].iter().zip(back.above) {
            if let Some(above) = above {
                give_back(runs, above, sum, back.images);
            }
        }
    }
}

/// One input into one output of this shape, each number from a place.
fn one(shape: Vec<usize>, place: impl Fn(usize) -> usize) -> Made {
    let count: usize = shape.iter().product();
    let runs = runs((0..count).map(|at| Some(place(at))));
    Made::Rule(Box::new(Moves { runs: vec![vec![runs]], filled: Filled::Nothing }), vec![shape])
}

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    match facts.node.operator.as_str() {
        "Concat" => concat(facts),
        "Split" => split(facts),
        "Slice" => slice(facts),
        "Gather" => gather(facts),
        "Pad" => pad(facts),
        "Transpose" => {
            let shape = facts.shape(0)?;
            let order = facts.node.wholes("perm");
            let mut order: Vec<usize> = order.iter().map(|axis| (*axis).max(0) as usize).collect();
            if order.len() != shape.len() {
                order = (0..shape.len()).rev().collect();
            }
            Ok(transposed(shape, &order))
        }
        "Expand" => {
            let shape = facts.shape(0)?;
            let wanted = facts.wholes(1, "shape")?.unwrap_or_default();
            let rank = wanted.len().max(shape.len());
            let side = |at: usize| {
                let own = at.checked_sub(rank - shape.len()).map_or(1, |at| shape[at]);
                let wanted = at.checked_sub(rank - wanted.len()).map_or(1, |at| wanted[at].max(1) as usize);
                own.max(wanted)
            };
            let whole: Vec<usize> = (0..rank).map(side).collect();
            let from = shape.to_vec();
            let made = whole.clone();
            Ok(one(made, |at| source(at, &whole, &from)))
        }
        _ => blocks(facts),
    }
}

fn transposed(shape: &[usize], order: &[usize]) -> Made {
    let turned: Vec<usize> = order.iter().map(|axis| shape.get(*axis).copied().unwrap_or(1)).collect();
    let (outer, inner) = (strides(&turned), strides(shape));
    let place = |at: usize| {
        let sides = outer.iter().zip(order).zip(&turned);
        sides.map(|((stride, axis), side)| at / stride % side * inner[*axis]).sum()
    };
    one(turned.clone(), place)
}

fn blocks(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let &[n, c, h, w] = facts.shape(0)? else {
        return Err(facts.unsupported("is supported in two dimensions only"));
    };
    let b = facts.node.whole("blocksize", 1).max(1) as usize;
    if facts.node.operator == "SpaceToDepth" {
        let made = vec![n, c * b * b, h / b, w / b];
        let (columns, plane) = (w / b, (h / b) * (w / b));
        return Ok(one(made, move |at| {
            let (channel, y, x) = (at / plane, at % plane / columns, at % columns);
            let (cell, own) = (channel / c, channel % c);
            (own * h + y * b + cell / b) * w + x * b + cell % b
        }));
    }
    let rows_first = facts.node.word("mode") == "CRD";
    let depth = c / (b * b);
    let made = vec![n, depth, h * b, w * b];
    Ok(one(made, move |at| {
        let (channel, y, x) = (at / (h * b * w * b), at / (w * b) % (h * b), at % (w * b));
        let cell = (y % b) * b + x % b;
        let from = if rows_first { channel * b * b + cell } else { cell * depth + channel };
        (from * h + y / b) * w + x / b
    }))
}

fn concat(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shapes: Vec<&[usize]> = facts
        .arguments
        .iter()
        .filter_map(|argument| match argument {
            Arg::Computed(shape) => Some(*shape),
            Arg::Constant(tensor) => Some(tensor.shape.as_slice()),
            Arg::Absent => None,
        })
        .collect();
    let Some(first) = shapes.first() else { return Err(facts.unsupported("lacks an input")) };
    let axis = facts.axis(0, first.len());
    let mut whole = first.to_vec();
    let side = |shape: &&[usize]| shape.get(axis).copied().unwrap_or(1);
    if let Some(own) = whole.get_mut(axis) {
        *own = shapes.iter().map(side).sum();
    }
    let inner: usize = whole.iter().skip(axis + 1).product();
    let outer: usize = whole.iter().take(axis).product();
    let row = whole.get(axis).copied().unwrap_or(1) * inner;
    let (mut all, mut from) = (Vec::new(), 0);
    let mut filled = Vec::new();
    for argument in facts.arguments {
        let (shape, constant) = match argument {
            Arg::Computed(shape) => (*shape, None),
            Arg::Constant(tensor) => (tensor.shape.as_slice(), Some(&tensor.data)),
            Arg::Absent => continue,
        };
        let width = side(&shape) * inner;
        let runs: Vec<Run> = (0..outer)
            .map(|line| Run { to: line * row + from, from: line * width, count: width })
            .filter(|run| run.count > 0)
            .collect();
        from += width;
        match constant {
            Some(data) => {
                filled.resize(outer * row, 0.0);
                take(&runs, data, &mut filled, 1);
            }
            None => all.push(vec![runs]),
        }
    }
    let filled = if filled.is_empty() { Filled::Nothing } else { Filled::Numbers(filled) };
    Ok(Made::Rule(Box::new(Moves { runs: all, filled }), vec![whole]))
}

fn split(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let axis = facts.axis(0, shape.len());
    let side = shape.get(axis).copied().unwrap_or(1);
    let count = facts.node.outputs.len().max(1);
    let sizes: Vec<usize> = if let Some(sizes) = facts.wholes(1, "split")? {
        sizes.iter().map(|size| (*size).max(0) as usize).collect()
    } else {
        let each = side.div_ceil(count);
        (0..count).map(|at| each.min(side.saturating_sub(at * each))).collect()
    };
    if sizes.iter().sum::<usize>() != side {
        return Err(facts.unsupported(&format!("cannot split {side} into {sizes:?}")));
    }
    let inner: usize = shape.iter().skip(axis + 1).product();
    let outer: usize = shape.iter().take(axis).product();
    let (mut all, mut shapes, mut from) = (Vec::new(), Vec::new(), 0);
    for size in sizes {
        let run = |line: usize| Run {
            to: line * size * inner,
            from: (line * side + from) * inner,
            count: size * inner,
        };
        all.push((0..outer).map(run).filter(|run| run.count > 0).collect());
        let mut made = shape.to_vec();
        made[axis] = size;
        shapes.push(made);
        from += size;
    }
    Ok(Made::Rule(Box::new(Moves { runs: vec![all], filled: Filled::Nothing }), shapes))
}

fn slice(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let starts = facts.wholes(1, "starts")?.unwrap_or_default();
    let ends = facts.wholes(2, "ends")?.unwrap_or_default();
    let axes = facts.wholes(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = facts.wholes(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    let mut taken: Vec<Vec<usize>> = shape.iter().map(|side| (0..*side).collect()).collect();
    for (((start, end), axis), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let axis = axis.rem_euclid(shape.len().max(1) as i64) as usize;
        let (side, step) = (shape[axis] as i64, if *step == 0 { 1 } else { *step });
        let place = |at: i64| if at < 0 { at.saturating_add(side) } else { at };
        let (low, high) = if step > 0 { (0, side) } else { (-1, side - 1) };
        let (mut at, last) = (place(*start).clamp(low, high), place(*end).clamp(low, high));
        let mut own = Vec::new();
        while (step > 0 && at < last) || (step < 0 && at > last) {
            own.push(at as usize);
            at += step;
        }
        taken[axis] = own;
    }
    Ok(picked(shape, &taken))
}

/// The numbers at these places along each dimension.
fn picked(shape: &[usize], taken: &[Vec<usize>]) -> Made {
    let made: Vec<usize> = taken.iter().map(Vec::len).collect();
    let (outer, inner) = (strides(&made), strides(shape));
    let place = |at: usize| {
        let axes = taken.iter().zip(&outer).zip(&inner);
        axes.map(|((taken, stride), own)| taken[at / stride % taken.len()] * own).sum()
    };
    one(made.clone(), place)
}

fn gather(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let index = facts.constant(1)?;
    let axis = facts.axis(0, shape.len());
    let side = shape.get(axis).copied().unwrap_or(1) as i64;
    let taken: Vec<usize> = index
        .data
        .iter()
        .map(|at| *at as i64)
        .map(|at| if at < 0 { at + side } else { at })
        .map(|at| at.clamp(0, (side - 1).max(0)) as usize)
        .collect();
    let inner: usize = shape.iter().skip(axis + 1).product();
    let mut made = shape[..axis].to_vec();
    made.extend(&index.shape);
    made.extend(&shape[axis + 1..]);
    let row = taken.len() * inner;
    Ok(one(made, move |at| {
        let (line, rest) = (at / row, at % row);
        (line * side as usize + taken[rest / inner]) * inner + rest % inner
    }))
}

fn pad(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let rank = shape.len();
    let given = facts.wholes(1, "pads")?.unwrap_or_default();
    let mut pads = vec![(0, 0); rank];
    let axes = facts.wholes(3, "")?.unwrap_or_else(|| (0..rank as i64).collect());
    let half = given.len() / 2;
    for (at, axis) in axes.iter().enumerate().take(half) {
        pads[axis.rem_euclid(rank.max(1) as i64) as usize] = (given[at], given[half + at]);
    }
    let value = match facts.optional(2)? {
        Some(value) => value.data.first().copied().unwrap_or(0.0),
        None => facts.node.number("value", 0.0),
    };
    let made: Vec<usize> =
        shape.iter().zip(&pads).map(|(side, (a, b))| (*side as i64 + a + b).max(0) as usize).collect();
    let mode = facts.node.word("mode");
    let outside = |at: i64, side: i64| -> Option<i64> {
        if (0..side).contains(&at) {
            return Some(at);
        }
        match mode.as_str() {
            "edge" => Some(at.clamp(0, side - 1)),
            "reflect" if side > 1 => {
                let folded = at.rem_euclid(2 * (side - 1));
                Some(if folded < side { folded } else { 2 * (side - 1) - folded })
            }
            "wrap" => Some(at.rem_euclid(side)),
            _ => None,
        }
    };
    let (outer, inner) = (strides(&made), strides(shape));
    let place = |at: usize| -> Option<usize> {
        let mut from = 0;
        for (axis, stride) in outer.iter().enumerate() {
            let own = (at / stride % made[axis]) as i64 - pads[axis].0;
            from += outside(own, shape[axis] as i64)? as usize * inner[axis];
        }
        Some(from)
    };
    let count: usize = made.iter().product();
    let runs = runs((0..count).map(place));
    let filled = Filled::Number(value);
    Ok(Made::Rule(Box::new(Moves { runs: vec![vec![runs]], filled }), vec![made]))
}
