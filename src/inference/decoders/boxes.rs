//! Objects that the graph itself has chosen: SSD and others with non-maximum suppression inside, YOLO v10 and later.
//!
//! Either one output of rows (left, top, right, bottom, score, class), or separate ones of boxes, scores and classes as
//! torchvision and TensorFlow export them. Boxes are pixels of the input, or parts of it where none is larger than 2;
//! TensorFlow's begin with the top and its classes count from 1.

use crate::data::objects::Box2;
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::{Candidate, Decoded, DecoderKind};

/// Object detection whose graph ends with the objects.
pub static KIND: DecoderKind = DecoderKind {
    id: "boxes",
    title: "Objects (chosen by the graph)",
    task: Task::Objects,
    doubles: false,
    decode,
};

/// Boxes with no side beyond this are parts of the input.
const PARTS: f32 = 2.0;

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, String> {
    let rows = if let [only] = outputs { joined(only)? } else { separate(outputs)? };
    let parts = rows.iter().all(|row| row.edges.iter().all(|edge| edge.abs() <= PARTS));
    let (width, height) =
        if parts { (card.input.width as f32, card.input.height as f32) } else { (1.0, 1.0) };
    let candidate = |row: &Row| {
        let [x0, y0, x1, y1] = row.edges;
        let bbox = Box2 { x0: x0 * width, y0: y0 * height, x1: x1 * width, y1: y1 * height };
        // A class below the first is no class.
        (row.class >= 0.0).then(|| Candidate::new(row.class.round() as usize, row.score, bbox))
    };
    Ok(Decoded::Objects(
        rows.iter().filter(|row| row.score >= card.threshold).filter_map(candidate).collect(),
    ))
}

struct Row {
    edges: [f32; 4],
    score: f32,
    class: f32,
}

fn joined(output: &Tensor) -> Result<Vec<Row>, String> {
    if output.shape.last() != Some(&6) {
        return Err(format!(
            "output {:?} has the shape {:?}, expected rows of 6: left, top, right, bottom, score, class",
            output.name, output.shape
        ));
    }
    let row = |[x0, y0, x1, y1, score, class]: &[f32; 6]| Row {
        edges: [*x0, *y0, *x1, *y1],
        score: *score,
        class: *class,
    };
    Ok(output.data.as_chunks::<6>().0.iter().map(row).collect())
}

fn separate(outputs: &[Tensor]) -> Result<Vec<Row>, String> {
    let named = |words: &[&str]| {
        outputs.iter().find(|output| words.iter().any(|word| output.name.to_lowercase().contains(word)))
    };
    let boxes = outputs.iter().find(|output| output.shape.len() > 1 && output.shape.last() == Some(&4));
    let (scores, classes) = (named(&["score", "conf"]), named(&["class", "label"]));
    let (Some(boxes), Some(scores), Some(classes)) = (boxes, scores, classes) else {
        let names: Vec<String> =
            outputs.iter().map(|output| format!("{} {:?}", output.name, output.shape)).collect();
        return Err(format!(
            "the decoder \"boxes\" needs boxes (Nx4), scores and classes or labels, the model gives {}",
            names.join(", ")
        ));
    };
    let count = boxes.data.len() / 4;
    if scores.data.len() != count || classes.data.len() != count {
        return Err(format!(
            "the outputs do not fit: {count} boxes, {} scores, {} classes",
            scores.data.len(),
            classes.data.len()
        ));
    }
    // TensorFlow's names; what it pads with has the score 0.
    let tensorflow = boxes.name.to_lowercase().contains("detection_boxes");
    let numbers = scores.data.iter().zip(&classes.data);
    let row = |([a, b, c, d], (score, class)): (&[f32; 4], (&f32, &f32))| Row {
        edges: if tensorflow { [*b, *a, *d, *c] } else { [*a, *b, *c, *d] },
        score: *score,
        class: if tensorflow { class - 1.0 } else { *class },
    };
    Ok(boxes.data.as_chunks::<4>().0.iter().zip(numbers).map(row).collect())
}
