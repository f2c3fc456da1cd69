//! YOLO heads without suppression: v8 and later (4 + classes rows of boxes) and v5 (boxes of 5 + classes).
//!
//! Boxes are center, width and height in pixels of the input; v5 scores are objectness times class.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Candidate, Decoded, DecoderKind, around};

/// Object detection with one output for all boxes.
pub static KIND: DecoderKind = DecoderKind {
    id: "yolo",
    title: "Objects (YOLO)",
    task: Task::Objects,
    doubles: true,
    decode,
    recognize: Some(recognize),
};

/// 4 + classes rows of many boxes (v8 and later), or many boxes of 5 + classes (v5).
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let (a, b) = outputs.only_table().filter(|(a, b)| a.min(b) > &4 && a.max(b) > &100)?;
    let classes = if a < b { a - 4 } else { b.saturating_sub(5) };
    Some(Recognized::new(Evidence::Usual, classes, Preprocessing::LETTERBOXED))
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = outputs.first().ok_or(DecodeError::NoOutput)?;
    let classes = card.labels.len();
    let &[1, a, b] = output.shape.as_slice() else {
        return Err(DecodeError::shape(format!(
            "output {:?} has the shape {:?}, expected 1 x boxes x values",
            output.name, output.shape
        )));
    };
    let (count, row_major, objectness) = if a == classes + 4 {
        (b, false, false)
    } else if b == classes + 5 {
        (a, true, true)
    } else if b == classes + 4 {
        (a, true, false)
    } else {
        return Err(DecodeError::classes(format!(
            "output {:?} is {a}x{b}, which matches no layout for the {classes} classes of the card",
            output.name
        )));
    };
    let columns = b;
    let value = |row: usize, field: usize| -> f32 {
        let at = if row_major { row * columns + field } else { field * columns + row };
        output.data.get(at).copied().unwrap_or(0.0)
    };
    let mut candidates = Vec::new();
    for row in 0..count {
        let (first, certainty) = if objectness { (5, value(row, 4)) } else { (4, 1.0) };
        let Some((class, score)) = (0..classes)
            .map(|class| (class, value(row, first + class) * certainty))
            .max_by(|a, b| a.1.total_cmp(&b.1))
        else {
            continue;
        };
        if score >= card.threshold {
            let bbox = around(value(row, 0), value(row, 1), value(row, 2), value(row, 3));
            candidates.push(Candidate::new(class, score, bbox));
        }
    }
    Ok(Decoded::Objects(candidates))
}
