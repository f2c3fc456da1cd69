//! `CenterCropPad` and `SpaceToDepth`.

use super::call::Call;
use super::error::LoweringError;
use super::values::{Data, Value, axis, positions, strides};
use super::{Action, LoweringKind};

/// Cuts or fills with zeros around the center.
pub(super) static CENTER_CROP_PAD: LoweringKind =
    LoweringKind { operator: "CenterCropPad", lower: |_, _| Ok(Action::Own(center)) };
/// Blocks of pixels as channels.
pub(super) static SPACE_TO_DEPTH: LoweringKind =
    LoweringKind { operator: "SpaceToDepth", lower: |_, _| Ok(Action::Own(space_to_depth)) };

fn center(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, wanted) = (call.input(0)?, call.input(1)?.to_wholes());
    let rank = x.shape.len();
    let axes: Vec<i64> = call.node.wholes("axes").map_or_else(|| (0..rank as i64).collect(), <[i64]>::to_vec);
    let mut shape = x.shape.clone();
    let mut shift = vec![0_i64; rank];
    for (at, side) in axes.iter().zip(&wanted) {
        let at = axis(*at, rank)?;
        shape[at] = usize::try_from(*side)
            .map_err(|_err| LoweringError::number(format!("its size {side} is negative")))?;
        let (have, want) = (x.shape[at] as i64, *side);
        shift[at] = if want > have { -((want - have) / 2) } else { (have - want) / 2 };
    }
    Ok(vec![shifted(x, shape, &shift)])
}

/// The part of a tensor from `shift` on, zero beyond it.
fn shifted(x: &Value, shape: Vec<usize>, shift: &[i64]) -> Value {
    let own = strides(&x.shape);
    // One more cell at the end is zero.
    let mut places = Vec::new();
    let none = x.len();
    positions(&shape, |at| {
        let place = at.iter().enumerate().try_fold(0, |sum, (k, at)| {
            let at = usize::try_from(*at as i64 + shift[k]).ok().filter(|at| *at < x.shape[k])?;
            Some(sum + at * own[k])
        });
        places.push(place.unwrap_or(none));
    });
    let mut longer = x.clone();
    match &mut longer.data {
        Data::F32(data) => data.push(0.0),
        Data::I32(data) => data.push(0),
        Data::I8(data) => data.push(0),
        Data::U8(data) => data.push(0),
    }
    longer.picked(shape, &places)
}

fn space_to_depth(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let block = call.node.whole("blocksize", 0).max(0) as usize;
    let &[batch, channels, height, width] = x.shape.as_slice() else {
        return Err(LoweringError::shape(format!("its input has {} dimensions, not 4", x.shape.len())));
    };
    if block == 0 || height % block != 0 || width % block != 0 {
        return Err(LoweringError::shape(format!(
            "its input of {width}x{height} cannot be divided into blocks of {block}"
        )));
    }
    let by_channel = match call.node.word("mode", "DCR").as_str() {
        "DCR" => false,
        "CRD" => true,
        other => return Err(LoweringError::unknown("mode", other)),
    };
    let shape = vec![batch, channels * block * block, height / block, width / block];
    let mut places = Vec::with_capacity(x.len());
    positions(&shape, |at| {
        let cells = block * block;
        let (within, channel) =
            if by_channel { (at[1] % cells, at[1] / cells) } else { (at[1] / channels, at[1] % channels) };
        let (y, x) = (at[2] * block + within / block, at[3] * block + within % block);
        places.push(((at[0] * channels + channel) * height + y) * width + x);
    });
    Ok(vec![x.picked(shape, &places)])
}
