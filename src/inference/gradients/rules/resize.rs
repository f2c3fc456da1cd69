//! Resizing: each dimension by itself, an output cell being a weighted sum of input cells.

use super::{Back, Below, Facts, Made, Rule, RuleKind, Scratch, each};
use crate::inference::gradients::error::GradientError;

/// Linear and nearest resizing.
pub(super) static KIND: RuleKind = RuleKind { operators: &["Resize", "Upsample"], make };

/// One dimension: for each output cell its input cells with their weights.
struct Pass {
    outer: usize,
    from: usize,
    inner: usize,
    cells: Vec<Vec<(usize, f32)>>,
}

struct Resized {
    passes: Vec<Pass>,
}

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let (scales_at, sizes_at) =
        if facts.node.operator == "Upsample" || facts.opset < 11 { (1, usize::MAX) } else { (2, 3) };
    let own = facts.node.numbers("scales");
    let scales = facts.optional(scales_at)?.map_or(own, |value| value.data.clone());
    let sizes = if sizes_at == usize::MAX { None } else { facts.wholes(sizes_at, "")? };
    let axes = facts.node.wholes("axes");
    let axes: Vec<usize> = if axes.is_empty() {
        (0..shape.len()).collect()
    } else {
        axes.iter().map(|axis| axis.rem_euclid(shape.len() as i64) as usize).collect()
    };
    let mode = facts.node.word("mode");
    if facts.node.whole("antialias", 0) != 0
        || !matches!(mode.as_str(), "" | "nearest" | "linear" | "bilinear")
    {
        return Err(facts.unsupported("is supported for nearest and linear without antialiasing only"));
    }
    let mut made = shape.to_vec();
    let mut passes = Vec::new();
    for (number, axis) in axes.into_iter().enumerate() {
        let side = made[axis];
        let (to, scale) = match (sizes.as_ref().and_then(|sizes| sizes.get(number)), scales.get(number)) {
            (Some(size), _) => ((*size).max(1) as usize, (*size).max(1) as f32 / side as f32),
            (None, Some(scale)) => (((side as f32 * scale).floor() as usize).max(1), *scale),
            (None, None) => (side, 1.0),
        };
        let cells = cells(facts, side, to, scale)?;
        if cells.iter().enumerate().any(|(at, cell)| cell.as_slice() != [(at, 1.0)]) || to != side {
            let outer = made[..axis].iter().product();
            let inner = made[axis + 1..].iter().product();
            passes.push(Pass { outer, from: side, inner, cells });
        }
        made[axis] = to;
    }
    if passes.is_empty() {
        return Ok(Made::Same(made));
    }
    Ok(Made::Rule(Box::new(Resized { passes }), vec![made]))
}

/// Input cells of each output cell.
fn cells(
    facts: &Facts<'_>,
    from: usize,
    to: usize,
    scale: f32,
) -> Result<Vec<Vec<(usize, f32)>>, GradientError> {
    let asymmetric = facts.node.operator == "Upsample" || facts.opset < 11;
    let coordinates = facts.node.word("coordinate_transformation_mode");
    let last = from.max(1) - 1;
    let at = |cell: usize| -> Option<f32> {
        let x = cell as f32;
        Some(match coordinates.as_str() {
            _ if asymmetric => x / scale,
            "" | "half_pixel" => (x + 0.5) / scale - 0.5,
            "pytorch_half_pixel" => {
                if to > 1 {
                    (x + 0.5) / scale - 0.5
                } else {
                    0.0
                }
            }
            "asymmetric" => x / scale,
            "align_corners" => {
                if to > 1 {
                    x * last as f32 / (to - 1) as f32
                } else {
                    0.0
                }
            }
            _ => return None,
        })
    };
    let nearest = matches!(facts.node.word("mode").as_str(), "" | "nearest");
    let rounding = facts.node.word("nearest_mode");
    (0..to)
        .map(|cell| {
            let x = at(cell)
                .ok_or_else(|| facts.unsupported(&format!("has unsupported coordinates {coordinates}")))?;
            if nearest {
                let whole = match rounding.as_str() {
                    "floor" => x.floor(),
                    "ceil" => x.ceil(),
                    "round_prefer_ceil" => (x + 0.5).floor(),
                    _ if asymmetric => x.floor(),
                    _ => (x - 0.5).ceil(),
                };
                return Ok(vec![(whole.clamp(0.0, last as f32) as usize, 1.0)]);
            }
            let x = x.clamp(0.0, last as f32);
            let low = x.floor() as usize;
            let part = x - x.floor();
            Ok(if part > 0.0 && low < last {
                vec![(low, 1.0 - part), (low + 1, part)]
            } else {
                vec![(low, 1.0)]
            })
        })
        .collect()
}

impl Pass {
    fn size(&self) -> usize {
        self.outer * self.cells.len() * self.inner
    }

    fn forth(&self, given: &[f32], made: &mut [f32], images: usize) {
        let inner = self.inner * images;
        made.fill(0.0);
        for outer in 0..self.outer {
            for (cell, taps) in self.cells.iter().enumerate() {
                let made = &mut made[(outer * self.cells.len() + cell) * inner..][..inner];
                for (from, weight) in taps {
                    each::add_times(made, &given[(outer * self.from + from) * inner..][..inner], *weight);
                }
            }
        }
    }

    /// Adds the way back.
    fn back(&self, above: &[f32], below: &mut [f32], images: usize) {
        let inner = self.inner * images;
        for outer in 0..self.outer {
            for (cell, taps) in self.cells.iter().enumerate() {
                let above = &above[(outer * self.cells.len() + cell) * inner..][..inner];
                for (to, weight) in taps {
                    each::add_times(&mut below[(outer * self.from + to) * inner..][..inner], above, *weight);
                }
            }
        }
    }
}

impl Rule for Resized {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, scratch: &mut Scratch) {
        let mut current = std::mem::take(&mut scratch.rows);
        let mut next = std::mem::take(&mut scratch.more);
        for (number, pass) in self.passes.iter().enumerate() {
            let last = number + 1 == self.passes.len();
            next.resize(pass.size() * images, 0.0);
            let given = if number == 0 { inputs[0] } else { current.as_slice() };
            pass.forth(given, if last { &mut outputs[0] } else { &mut next }, images);
            std::mem::swap(&mut current, &mut next);
        }
        (scratch.rows, scratch.more) = (current, next);
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let images = back.images;
        let sum = below.sum();
        let mut current = std::mem::take(&mut scratch.rows);
        let mut next = std::mem::take(&mut scratch.more);
        for (number, pass) in self.passes.iter().enumerate().rev() {
            let above = if number + 1 == self.passes.len() { back.above() } else { current.as_slice() };
            if number == 0 {
                pass.back(above, sum, images);
            } else {
                next.clear();
                next.resize(pass.outer * pass.from * pass.inner * images, 0.0);
                pass.back(above, &mut next, images);
            }
            std::mem::swap(&mut current, &mut next);
        }
        (scratch.rows, scratch.more) = (current, next);
    }
}
