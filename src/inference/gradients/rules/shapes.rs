//! Operators that leave the numbers as they are.

use super::{Facts, Made, RuleKind};
use crate::inference::gradients::error::GradientError;

/// Reshaping, and what does nothing when a model predicts.
pub(super) static KIND: RuleKind = RuleKind {
    operators: &["Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast"],
    make,
};

/// Element types of numbers with fractions.
const FRACTIONS: [i64; 4] = [1, 10, 11, 16];

fn make(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let count: usize = shape.iter().product();
    let made = match facts.node.operator.as_str() {
        "Flatten" => {
            let axis = facts.node.whole("axis", 1);
            let axis =
                if axis < 0 { axis + shape.len() as i64 } else { axis }.clamp(0, shape.len() as i64) as usize;
            let rows: usize = shape[..axis].iter().product();
            vec![rows, count / rows.max(1)]
        }
        "Reshape" => {
            let wanted = facts.wholes(1, "shape")?.ok_or_else(|| facts.unsupported("lacks a shape"))?;
            reshaped(shape, &wanted, facts.node.whole("allowzero", 0) != 0)
        }
        "Squeeze" => {
            let axes = axes(facts, shape.len())?;
            let keeps = |axis: usize| axes.as_ref().map_or(shape[axis] != 1, |axes| !axes.contains(&axis));
            (0..shape.len()).filter(|axis| keeps(*axis)).map(|axis| shape[axis]).collect()
        }
        "Unsqueeze" => {
            let added = facts.wholes(1, "axes")?.unwrap_or_default();
            let rank = shape.len() + added.len();
            let added: Vec<usize> =
                added.iter().map(|axis| axis.rem_euclid(rank.max(1) as i64) as usize).collect();
            let mut rest = shape.iter().copied();
            (0..rank).map(|axis| if added.contains(&axis) { 1 } else { rest.next().unwrap_or(1) }).collect()
        }
        "Cast" if !FRACTIONS.contains(&facts.node.whole("to", 1)) => {
            return Err(facts.unsupported("to whole numbers is zero everywhere"));
        }
        _ => shape.to_vec(),
    };
    if made.iter().product::<usize>() != count {
        return Err(facts.unsupported(&format!("cannot make {made:?} of {shape:?}")));
    }
    Ok(Made::Same(made))
}

fn axes(facts: &Facts<'_>, rank: usize) -> Result<Option<Vec<usize>>, GradientError> {
    let axes = facts.wholes(1, "axes")?;
    Ok(axes.map(|axes| axes.iter().map(|axis| axis.rem_euclid(rank.max(1) as i64) as usize).collect()))
}

fn reshaped(shape: &[usize], wanted: &[i64], zeros: bool) -> Vec<usize> {
    let count: usize = shape.iter().product();
    let side = |(at, side): (usize, &i64)| match *side {
        0 if !zeros => shape.get(at).copied().unwrap_or(1),
        side => side.max(0) as usize,
    };
    let mut made: Vec<usize> = wanted.iter().enumerate().map(side).collect();
    if let Some(open) = wanted.iter().position(|side| *side == -1) {
        let others: usize =
            made.iter().enumerate().filter(|(at, _)| *at != open).map(|(_, side)| side).product();
        made[open] = count / others.max(1);
    }
    made
}
