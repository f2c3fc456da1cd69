//! `Pad` along some axes, and padding that cuts.

use super::call::Call;
use super::error::LoweringError;
use super::proto::Node;
use super::rewrite::Rewrite;
use super::values::{Data, Value, axis, positions, strides};
use super::{Action, LoweringKind};

/// All axes by the runtime, the rest here.
pub(super) static KIND: LoweringKind =
    LoweringKind { operator: "Pad", lower: |node, to| Ok(lower(node, to)) };

fn lower(node: &Node, to: &Rewrite<'_, '_>) -> Action {
    let cuts = to.facts.constant(node, 1).is_some_and(|pads| pads.to_wholes().iter().any(|pad| *pad < 0))
        || node.wholes("pads").is_some_and(|pads| pads.iter().any(|pad| *pad < 0));
    // The runtime repeats cells in the last two dimensions only.
    let plain = node.word("mode", "constant") == "constant";
    if node.given(3).is_some() || cuts || !plain && !of_images(node, to) {
        Action::Own(pad)
    } else {
        Action::Keep
    }
}

/// True if it is known that only the last two dimensions are padded.
fn of_images(node: &Node, to: &Rewrite<'_, '_>) -> bool {
    let given = to.facts.constant(node, 1).map(|pads| pads.to_wholes());
    let pads = given.or_else(|| node.wholes("pads").map(<[i64]>::to_vec)).unwrap_or_default();
    let rank = pads.len() / 2;
    rank >= 2 && (0..rank - 2).all(|k| pads[k] == 0 && pads[rank + k] == 0)
}

fn pad(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let rank = x.shape.len();
    let given = call.wholes(1, "pads").ok_or_else(|| LoweringError::missing("its pads are missing"))?;
    let axes: Vec<usize> = match call.optional(3) {
        Some(axes) => axes.to_wholes().iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    if given.len() != 2 * axes.len() {
        return Err(LoweringError::shape(format!("its pads {given:?} do not fit {} axes", axes.len())));
    }
    let mode = call.node.word("mode", "constant");
    let mut shape = x.shape.clone();
    let mut begin = vec![0; rank];
    for (k, at) in axes.iter().enumerate() {
        begin[*at] = given[k];
        let side = shape[*at] as i64 + given[k] + given[axes.len() + k];
        shape[*at] =
            usize::try_from(side).map_err(|_err| LoweringError::shape("its pads cut more than there is"))?;
    }
    let own = strides(&x.shape);
    let none = x.len();
    let mut places = Vec::new();
    let mut problem = None;
    positions(&shape, |at| {
        let place = at.iter().enumerate().try_fold(0, |sum, (k, at)| {
            let (at, side) = (*at as i64 - begin[k], x.shape[k] as i64);
            let inside = match mode.as_str() {
                "constant" => (0..side).contains(&at).then_some(at)?,
                "edge" => at.clamp(0, (side - 1).max(0)),
                "wrap" => at.rem_euclid(side.max(1)),
                "reflect" if side > 1 => {
                    let turn = at.rem_euclid(2 * (side - 1));
                    turn.min(2 * (side - 1) - turn)
                }
                "reflect" => 0,
                other => {
                    problem = Some(LoweringError::unknown("mode", other));
                    0
                }
            };
            Some(sum + inside as usize * own[k])
        });
        places.push(place.unwrap_or(none));
    });
    if let Some(problem) = problem {
        return Err(problem);
    }
    let fill = call.number(2).unwrap_or_else(|| f64::from(call.node.number("value", 0.0)));
    let mut longer = x.clone();
    match &mut longer.data {
        Data::F32(data) => data.push(fill as f32),
        Data::I32(data) => data.push(fill as i32),
        Data::I8(data) => data.push(fill as i8),
        Data::U8(data) => data.push(fill as u8),
    }
    Ok(vec![longer.picked(shape, &places)])
}
