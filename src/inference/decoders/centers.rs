//! Cuboids as peaks of a map of centers: Yin, Zhou, Krähenbühl, "Center-based 3D Object Detection and
//! Tracking" (`CenterPoint`), CVPR 2021.

use crate::data::geometry::solid::Solid;
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::{Decoded, DecoderKind, SolidCandidate};

/// Two outputs over the cells of the ground: the center's logit for each class, and eight numbers for the box.
///
/// These are the offsets of the center in the cell (rows, columns; fractions of a cell), its height in meters, the
/// logarithms of length, width and height in meters, sine and cosine of the direction.
pub static KIND: DecoderKind = DecoderKind {
    id: "centers",
    title: "3D objects (centers)",
    task: Task::Objects,
    doubles: true,
    decode,
    recognize: None,
};

/// Numbers per box.
const BOX: usize = 8;

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let points = card
        .points
        .as_ref()
        .ok_or_else(|| DecodeError::card("the decoder \"centers\" needs the section [points] of the card"))?;
    let classes = card.labels.len();
    let with = |channels: usize| {
        outputs.iter().find(|output| output.shape.len() == 4 && output.shape.get(1) == Some(&channels))
    };
    let (Some(heat), Some(boxes)) = (with(classes), with(BOX)) else {
        let shapes: Vec<String> = outputs.iter().map(|output| format!("{:?}", output.shape)).collect();
        return Err(DecodeError::classes(format!(
            "the decoder \"centers\" needs outputs 1x{classes}xHxW and 1x{BOX}xHxW, the model has {}",
            shapes.join(", ")
        )));
    };
    let (rows, columns) = (heat.shape[2], heat.shape[3]);
    let plane = rows * columns;
    if boxes.shape[2..] != heat.shape[2..]
        || heat.data.len() != classes * plane
        || boxes.data.len() != BOX * plane
    {
        return Err(DecodeError::shape(format!(
            "the outputs do not match: {:?} and {:?}",
            heat.shape, boxes.shape
        )));
    }
    let cell = [
        (points.ahead[1] - points.ahead[0]) / rows as f32,
        (points.left[1] - points.left[0]) / columns as f32,
    ];
    let logit = |score: f32| libm::logf(score / (1.0 - score));
    let least = logit(card.threshold.clamp(1e-4, 0.9999));
    let mut found = Vec::new();
    for class in 0..classes {
        let map = &heat.data[class * plane..(class + 1) * plane];
        for (at, value) in map.iter().enumerate().filter(|(_, value)| **value >= least) {
            let (row, column) = (at / columns, at % columns);
            let around = (row.saturating_sub(1)..(row + 2).min(rows)).flat_map(|r| {
                (column.saturating_sub(1)..(column + 2).min(columns)).map(move |c| r * columns + c)
            });
            // The first among equals is the peak.
            let peak = around
                .filter(|other| *other != at)
                .all(|other| map[other] < *value || (map[other] <= *value && at < other));
            if !peak {
                continue;
            }
            let number = |i: usize| boxes.data[i * plane + at];
            let size = [3, 4, 5].map(|i| libm::expf(number(i).clamp(-10.0, 10.0)));
            found.push(SolidCandidate {
                class,
                score: 1.0 / (1.0 + libm::expf(-value)),
                solid: Solid {
                    center: [
                        points.ahead[0] + (row as f32 + number(0)) * cell[0],
                        points.left[0] + (column as f32 + number(1)) * cell[1],
                        number(2),
                    ],
                    size,
                    yaw: libm::atan2f(number(6), number(7)),
                },
            });
        }
    }
    Ok(Decoded::Solids(found))
}
