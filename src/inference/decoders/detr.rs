//! Objects as a set of queries: Carion et al., "End-to-End Object Detection with Transformers" (DETR), ECCV 2020.
//!
//! One output of boxes (queries x 4: center, width and height as fractions of the input) and one of logits. With one column more
//! than there are classes the last one is "no object" and a softmax goes over all (DETR); with as many each has its own
//! sigmoid (Deformable DETR, RT-DETR).

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::classes::softmax;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::labels::sigmoid;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Candidate, Decoded, DecoderKind, around};

/// Object detection by queries, without duplicates.
pub static KIND: DecoderKind = DecoderKind {
    id: "detr",
    title: "Objects (DETR)",
    task: Task::Objects,
    doubles: false,
    decode,
    recognize: Some(recognize),
};

/// Two tables of as many rows, one of them with four columns.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let [(a, c), (b, d)] = outputs.tables()[..] else { return None };
    let boxes = outputs.all().iter().filter(|output| output.name.to_lowercase().contains("box"));
    // With three classes and "no object", both have four columns: then the name decides.
    let told = (c == 4) != (d == 4) || (c == 4 && d == 4 && boxes.count() == 1);
    if outputs.all().len() != 2 || a != b || !told {
        return None;
    }
    let columns = if c == 4 { d } else { c };
    // The last column is "no object" for the classes of COCO and one.
    let classes = if columns == 81 || columns == 92 { columns - 1 } else { columns };
    Some(Recognized::new(Evidence::Shape, classes, Preprocessing::NORMALIZED))
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let classes = card.labels.len();
    let columns = |output: &Tensor| (output.shape.len() == 3).then(|| output.shape[2]);
    let named = |output: &&Tensor| output.name.to_lowercase().contains("box");
    // With three classes and "no object", both have four columns: then the name decides.
    let four = |output: &&Tensor| columns(output) == Some(4);
    let boxes = outputs.iter().filter(four).find(named);
    let is_boxes = |output: &Tensor| boxes.is_some_and(|boxes| boxes.name == output.name);
    let scores = outputs.iter().find(|output| {
        !is_boxes(output) && columns(output).is_some_and(|n| n == classes || n == classes + 1)
    });
    let rest = |output: &&Tensor| four(output) && scores.is_none_or(|scores| scores.name != output.name);
    let boxes = boxes.or_else(|| outputs.iter().find(rest));
    let (Some(scores), Some(boxes)) = (scores, boxes) else {
        let shapes: Vec<String> = outputs.iter().map(|output| format!("{:?}", output.shape)).collect();
        return Err(DecodeError::classes(format!(
            "the decoder \"detr\" needs outputs 1xNx{classes} (or one more) and 1xNx4, the model has {}",
            shapes.join(", ")
        )));
    };
    if scores.shape[1] != boxes.shape[1] {
        return Err(DecodeError::shape(format!(
            "the outputs do not match: {:?} and {:?}",
            scores.shape, boxes.shape
        )));
    }
    let (width, height) = (card.input.width as f32, card.input.height as f32);
    let nothing = scores.shape[2] > classes;
    let mut candidates = Vec::new();
    for (row, [x, y, w, h]) in scores.data.chunks_exact(scores.shape[2]).zip(boxes.data.as_chunks::<4>().0) {
        let each: Vec<f32> =
            if nothing { softmax(row) } else { row.iter().map(|value| sigmoid(*value)).collect() };
        let best = each.iter().copied().take(classes).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((class, score)) = best.filter(|(_, score)| *score >= card.threshold) {
            let bbox = around(x * width, y * height, w * width, h * height);
            candidates.push(Candidate::new(class, score, bbox));
        }
    }
    Ok(Decoded::Objects(candidates))
}
