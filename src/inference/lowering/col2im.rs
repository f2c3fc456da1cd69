//! `Col2Im`: blocks added up to an image.

use super::call::Call;
use super::error::LoweringError;
use super::geometry::{Geometry, sizes};
use super::values::{Value, count, positions, strides};
use super::{Action, LoweringKind};

/// The image whose blocks are the columns.
pub(super) static KIND: LoweringKind =
    LoweringKind { operator: "Col2Im", lower: |_, _| Ok(Action::Own(col2im)) };

fn col2im(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let side = |value: i64| value.max(0) as usize;
    let image: Vec<usize> = call.input(1)?.to_wholes().into_iter().map(side).collect();
    let block: Vec<usize> = call.input(2)?.to_wholes().into_iter().map(side).collect();
    let &[batches, rows, blocks] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    // Its pads have one more name than those of a convolution, so the sizes are checked here.
    sizes(call.node, "strides", image.len(), 1)?;
    let geometry = Geometry::of(call.node, &image, block.clone(), false)?;
    let taps = count(&block);
    if taps == 0 || rows % taps != 0 || count(&geometry.out) != blocks {
        return Err(LoweringError::shape(format!(
            "its input {:?} does not fit blocks of {block:?} in {image:?}",
            x.shape
        )));
    }
    let channels = rows / taps;
    let (own, plane) = (strides(&image), count(&image));
    let data = x.to_doubles();
    let mut shape = vec![batches, channels];
    shape.extend(&image);
    let mut y = vec![0.0; count(&shape)];
    let mut column = 0;
    positions(&geometry.out, |at| {
        let mut tap = 0;
        positions(&block, |within| {
            let place = (0..image.len())
                .try_fold(0, |sum, k| Some(sum + geometry.inside(k, at[k], within[k], image[k])? * own[k]));
            if let Some(place) = place {
                for number in 0..batches * channels {
                    y[number * plane + place] += data[(number * taps + tap) * blocks + column];
                }
            }
            tap += 1;
        });
        column += 1;
    });
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}
