//! Objects with masks made of prototypes, the format of YOLO v8 and later: Bolya et al., "YOLACT", ICCV 2019.
//!
//! One output with 4 + classes + prototypes rows and a column for each box, and one of the prototypes (1 x prototypes x
//! height x width) over the whole input.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Candidate, Decoded, DecoderKind, Prototypes, around};

/// Instance segmentation.
pub static KIND: DecoderKind = DecoderKind {
    id: "yolo_masks",
    title: "Objects with masks (YOLO)",
    task: Task::Objects,
    doubles: true,
    decode,
    recognize: Some(recognize),
};

/// Many boxes in rows of 4 + classes + prototypes, and the maps of these prototypes.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let ([(a, b)], [maps]) = (&outputs.tables()[..], &outputs.of_rank(4)[..]) else { return None };
    if outputs.all().len() != 2 || a.max(b) <= &100 {
        return None;
    }
    let prototypes = maps.shape.get(1).copied().flatten();
    let classes = prototypes.map_or(0, |prototypes| a.saturating_sub(4 + prototypes));
    Some(Recognized::new(Evidence::Shape, classes, Preprocessing::LETTERBOXED))
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let classes = card.labels.len();
    let boxes = outputs.iter().find(|output| output.shape.len() == 3);
    let maps = outputs.iter().find(|output| output.shape.len() == 4);
    let (Some(boxes), Some(maps)) = (boxes, maps) else {
        return Err(DecodeError::shape(
            "the decoder \"yolo_masks\" needs boxes (1xRxN) and prototypes (1xPxHxW)",
        ));
    };
    let (rows, count, prototypes) = (boxes.shape[1], boxes.shape[2], maps.shape[1]);
    let fits = boxes.data.len() == rows * count && maps.data.len() == maps.shape.iter().product::<usize>();
    if rows != 4 + classes + prototypes || maps.shape[0] != 1 || !fits {
        return Err(DecodeError::classes(format!(
            "the outputs {:?} and {:?} do not match the {classes} classes of the card, expected 4 + classes + prototypes rows",
            boxes.shape, maps.shape
        )));
    }
    let value = |row: usize, at: usize| boxes.data[row * count + at];
    let mut candidates = Vec::new();
    for at in 0..count {
        let each = (0..classes).map(|class| (class, value(4 + class, at)));
        let best = each.max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((class, score)) = best.filter(|(_, score)| *score >= card.threshold) else { continue };
        candidates.push(Candidate {
            coefficients: (4 + classes..rows).map(|row| value(row, at)).collect(),
            ..Candidate::new(class, score, around(value(0, at), value(1, at), value(2, at), value(3, at)))
        });
    }
    let maps = Prototypes { width: maps.shape[3], height: maps.shape[2], maps: maps.data.clone() };
    Ok(Decoded::Masked(candidates, maps))
}
