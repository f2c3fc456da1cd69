//! A class for each pixel: the largest of a number for each class, or the class itself.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::{Cells, Decoded, DecoderKind};

/// Semantic segmentation: 1 x classes x height x width (or classes last) of any numbers of which the largest counts, or
/// 1 x height x width of classes.
pub static KIND: DecoderKind = DecoderKind {
    id: "segments",
    title: "A class for each pixel",
    task: Task::Segments,
    doubles: false,
    decode,
};

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, String> {
    let output = outputs.first().ok_or("the model has no output")?;
    let classes = card.labels.len();
    let data = &output.data;
    let wrong = || {
        format!(
            "output {:?} has the shape {:?}, expected 1x{classes}xHxW, 1xHxWx{classes} or 1xHxW",
            output.name, output.shape
        )
    };
    if data.len() != output.shape.iter().product::<usize>() {
        return Err(wrong());
    }
    let (width, height, found): (usize, usize, Vec<u16>) = match *output.shape.as_slice() {
        [1, 1, height, width] | [1, height, width] if classes > 1 => {
            (width, height, data.iter().map(|value| value.max(0.0).round() as u16).collect())
        }
        [1, count, height, width] if count == classes => {
            let plane = width * height;
            let each = |at| largest((0..classes).map(|class| data[class * plane + at]));
            (width, height, (0..plane).map(each).collect())
        }
        [1, height, width, count] if count == classes => {
            (width, height, data.chunks_exact(classes).map(|row| largest(row.iter().copied())).collect())
        }
        _ => return Err(wrong()),
    };
    Ok(Decoded::Cells(Cells { width, height, classes: found }))
}

/// The first of the largest.
fn largest(values: impl Iterator<Item = f32>) -> u16 {
    let first = (0_u16, f32::NEG_INFINITY);
    let best = (0_u16..).zip(values).fold(first, |best, one| if one.1 > best.1 { one } else { best });
    best.0
}
