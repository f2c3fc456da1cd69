//! Semantic segmentation: the largest of a score for each class, or the class itself.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Cells, Decoded, DecoderKind};

/// Semantic segmentation: 1 x classes x height x width (or classes last) of scores of which the largest counts, or
/// 1 x height x width of classes.
pub static KIND: DecoderKind = DecoderKind {
    id: "segments",
    title: "Semantic segmentation",
    task: Task::Segments,
    doubles: false,
    decode,
    recognize: Some(recognize),
};

/// One map with several channels. An image with three channels may be an image again; more are classes.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let [output] = outputs.all() else { return None };
    let &[_, Some(a), b, c] = output.shape.as_slice() else { return None };
    let few = |count: u64| count != 3 && count > 1 && count <= 256;
    let first = Some(a).filter(|a| few(*a) && b.is_none_or(|b| b > *a));
    let classes = first.or_else(|| c.filter(|c| few(*c) && *c < a))?;
    Some(Recognized::new(Evidence::Shape, classes, Preprocessing::NORMALIZED))
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = outputs.first().ok_or(DecodeError::NoOutput)?;
    let classes = card.labels.len();
    let data = &output.data;
    let wrong = || {
        DecodeError::classes(format!(
            "output {:?} has the shape {:?}, expected 1x{classes}xHxW, 1xHxWx{classes} or 1xHxW",
            output.name, output.shape
        ))
    };
    if data.len() != output.shape.iter().product::<usize>() {
        return Err(wrong());
    }
    let (width, height, found): (usize, usize, Vec<u16>) = match *output.shape.as_slice() {
        [1, 1, height, width] | [1, height, width] if classes > 1 => {
            (width, height, data.iter().map(|value| value.max(0.0).round() as u16).collect())
        }
        [1, count, height, width] if count == classes => {
            let (wide, high) = (card.input.width as usize, card.input.height as usize);
            if height * width > 0 && height <= high && width <= wide && (height, width) != (high, wide) {
                (wide, high, between(data, (height, width), (high, wide)))
            } else {
                let plane = width * height;
                let each = |at| largest((0..classes).map(|class| data[class * plane + at]));
                (width, height, (0..plane).map(each).collect())
            }
        }
        [1, height, width, count] if count == classes => {
            (width, height, data.chunks_exact(classes).map(|row| largest(row.iter().copied())).collect())
        }
        _ => return Err(wrong()),
    };
    Ok(Decoded::Cells(Cells { width, height, classes: found }))
}

/// The class of each pixel of the input for coarser outputs: scores are interpolated between four cells, like the
/// postprocessing of most such models does before taking the largest.
fn between(data: &[f32], (height, width): (usize, usize), (high, wide): (usize, usize)) -> Vec<u16> {
    let plane = height * width;
    let place = |at: usize, cells: usize, pixels: usize| {
        let at = ((at as f32 + 0.5) * cells as f32 / pixels as f32 - 0.5).max(0.0);
        let first = (at as usize).min(cells - 1);
        (first, (first + 1).min(cells - 1), at - first as f32)
    };
    let columns: Vec<_> = (0..wide).map(|x| place(x, width, wide)).collect();
    let mut found = Vec::with_capacity(high * wide);
    let mut best = vec![f32::NEG_INFINITY; wide];
    for y in 0..high {
        let (top, bottom, b) = place(y, height, high);
        let mut classes = vec![0_u16; wide];
        best.fill(f32::NEG_INFINITY);
        for (class, map) in (0_u16..).zip(data.chunks_exact(plane)) {
            let (upper, lower) =
                (&map[top * width..(top + 1) * width], &map[bottom * width..(bottom + 1) * width]);
            for (x, (left, right, a)) in columns.iter().enumerate() {
                let line = |row: &[f32]| row[*left] * (1.0 - a) + row[*right] * a;
                let value = line(upper) * (1.0 - b) + line(lower) * b;
                if value > best[x] {
                    (best[x], classes[x]) = (value, class);
                }
            }
        }
        found.append(&mut classes);
    }
    found
}

/// The first among the largest.
fn largest(values: impl Iterator<Item = f32>) -> u16 {
    let first = (0_u16, f32::NEG_INFINITY);
    let best = (0_u16..).zip(values).fold(first, |best, one| if one.1 > best.1 { one } else { best });
    best.0
}
