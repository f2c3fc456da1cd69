//! YOLOX: Ge et al., "YOLOX: Exceeding YOLO Series in 2021", 2021.
//!
//! One output of rows (x, y, width, height, objectness, classes) for each cell of the strides 8, 16 and 32; positions
//! are fractions of a cell, sizes logarithms of cells.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::{Candidate, Decoded, DecoderKind, around};

/// Anchor-free object detection, with boxes relative to their cells.
pub static KIND: DecoderKind = DecoderKind {
    id: "yolox",
    title: "Objects (YOLOX)",
    task: Task::Objects,
    doubles: true,
    decode,
    recognize: None,
};

/// Sides of cells in pixels; the larger models have one more.
const STRIDES: [&[usize]; 2] = [&[8, 16, 32], &[8, 16, 32, 64]];

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = outputs.first().ok_or(DecodeError::NoOutput)?;
    let (width, height) = (card.input.width as usize, card.input.height as usize);
    let columns = card.labels.len() + 5;
    let cells = |stride: &usize| (width / stride) * (height / stride);
    let rows = output.data.len() / columns;
    let strides = STRIDES.iter().find(|strides| strides.iter().map(cells).sum::<usize>() == rows);
    let (Some(strides), true) = (strides, output.shape.last() == Some(&columns)) else {
        return Err(DecodeError::shape(format!(
            "output {:?} has the shape {:?}, expected 1xNx{columns} with N cells of the strides 8, 16 and 32 of {width}x{height}",
            output.name, output.shape
        )));
    };
    let mut candidates = Vec::new();
    let mut rows = output.data.chunks_exact(columns);
    for stride in *strides {
        let side = *stride as f32;
        for (at, row) in rows.by_ref().take(cells(stride)).enumerate() {
            let best = row[5..].iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            let best = best.map(|(class, score)| (class, score * row[4]));
            let Some((class, score)) = best.filter(|(_, score)| *score >= card.threshold) else { continue };
            let (column, line) = (at % (width / stride), at / (width / stride));
            let size = |value: f32| libm::expf(value.min(20.0)) * side;
            let (x, y) = ((row[0] + column as f32) * side, (row[1] + line as f32) * side);
            candidates.push(Candidate::new(class, score, around(x, y, size(row[2]), size(row[3]))));
        }
    }
    Ok(Decoded::Objects(candidates))
}
