//! Objects with keypoints, the format of YOLO v8 and later: 4 + classes + 3 rows per keypoint, a column for each box.

use crate::data::geometry::shape::Keypoint;
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Candidate, Decoded, DecoderKind, around};

/// Object detection with keypoints.
pub static KIND: DecoderKind = DecoderKind {
    id: "yolo_pose",
    title: "Objects with keypoints (YOLO)",
    task: Task::Objects,
    doubles: true,
    decode,
    recognize: Some(recognize),
};

/// The task in the metadata. The usual pose model has one class, person, with 17 keypoints.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    outputs.only_table().filter(|_| outputs.task() == Some("pose"))?;
    Some(Recognized::new(Evidence::Shape, 1, Preprocessing::LETTERBOXED))
}

/// Confidence above which a keypoint is visible, otherwise hidden.
const SEEN: f32 = 0.5;

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = outputs.first().ok_or(DecodeError::NoOutput)?;
    let classes = card.labels.len();
    let &[1, rows, count] = output.shape.as_slice() else {
        return Err(DecodeError::shape(format!(
            "output {:?} has the shape {:?}, expected 1 x values x boxes",
            output.name, output.shape
        )));
    };
    let first = 4 + classes;
    if rows <= first || !(rows - first).is_multiple_of(3) || output.data.len() != rows * count {
        return Err(DecodeError::classes(format!(
            "output {:?} has {rows} rows, expected 4 + {classes} classes + 3 for each keypoint",
            output.name
        )));
    }
    let value = |row: usize, at: usize| output.data[row * count + at];
    let mut candidates = Vec::new();
    for at in 0..count {
        let each = (0..classes).map(|class| (class, value(4 + class, at)));
        let best = each.max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((class, score)) = best.filter(|(_, score)| *score >= card.threshold) else { continue };
        let keypoints = (first..rows).step_by(3).map(|row| Keypoint {
            x: value(row, at),
            y: value(row + 1, at),
            seen: if value(row + 2, at) > SEEN { 2 } else { 1 },
        });
        candidates.push(Candidate {
            keypoints: keypoints.collect(),
            ..Candidate::new(class, score, around(value(0, at), value(1, at), value(2, at), value(3, at)))
        });
    }
    Ok(Decoded::Objects(candidates))
}
