//! `NanoDet` and other heads of generalized focal loss (Li et al., `NeurIPS` 2020).
//!
//! For each stride one output of scores (cells x classes, already through a sigmoid) and one of
//! distances (cells x 4 sides x bins). Each side of a box is the mean of a softmax over the bins, times
//! the stride, counted from the center of the cell.

use crate::data::geometry::box2::Box2;
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::{Colors, ModelCard};
use crate::inference::decoders::classes::softmax;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Candidate, Decoded, DecoderKind};

/// Object detection with distances as distributions.
pub static KIND: DecoderKind = DecoderKind {
    id: "nanodet",
    title: "Objects (NanoDet)",
    task: Task::Objects,
    doubles: true,
    decode,
    recognize: Some(recognize),
};

/// Pairs of scores (cells x classes) and distances (cells x 4 sides x 8 or 11 bins) per stride.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    const DISTANCES: [u64; 2] = [32, 44];
    let tables = outputs.tables();
    let distances = tables.iter().filter(|(_, columns)| DISTANCES.contains(columns)).count();
    if distances == 0 || tables.len() != outputs.all().len() || tables.len() != distances * 2 {
        return None;
    }
    let scores = tables.iter().map(|(_, columns)| *columns).find(|columns| !DISTANCES.contains(columns));
    let preprocessing = Preprocessing {
        colors: Colors::Bgr,
        mean: [103.53, 116.28, 123.675],
        std: [57.375, 57.12, 58.395],
        ..Preprocessing::STRETCHED
    };
    Some(Recognized::new(Evidence::Exact, scores.unwrap_or(0), preprocessing))
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let classes = card.labels.len();
    let mut candidates = Vec::new();
    let mut pairs = 0;
    for scores in outputs.iter().filter(|o| o.shape.len() == 3 && o.shape[2] == classes) {
        let cells = scores.shape[1];
        let Some(sides) =
            outputs.iter().find(|o| o.shape.len() == 3 && o.shape[1] == cells && o.shape[2] != classes)
        else {
            return Err(DecodeError::shape(format!(
                "output {:?} has no matching output of distances for its {cells} cells",
                scores.name
            )));
        };
        let bins = sides.shape[2] / 4;
        let stride = stride_of(cells, card).ok_or_else(|| {
            DecodeError::shape(format!(
                "{cells} cells match no stride of a {}x{} input",
                card.input.width, card.input.height
            ))
        })?;
        let columns = (card.input.width as usize).div_ceil(stride);
        pairs += 1;
        for (cell, row) in scores.data.chunks_exact(classes).enumerate() {
            for (class, score) in
                row.iter().copied().enumerate().filter(|(_, score)| *score >= card.threshold)
            {
                let (x, y) = ((cell % columns) as f32 + 0.5, (cell / columns) as f32 + 0.5);
                let start = cell * sides.shape[2];
                let reach = |side: usize| -> f32 {
                    let logits =
                        sides.data.get(start + side * bins..start + (side + 1) * bins).unwrap_or_default();
                    softmax(logits).iter().enumerate().map(|(bin, p)| bin as f32 * p).sum()
                };
                let s = stride as f32;
                let bbox = Box2 {
                    x0: (x - reach(0)) * s,
                    y0: (y - reach(1)) * s,
                    x1: (x + reach(2)) * s,
                    y1: (y + reach(3)) * s,
                };
                candidates.push(Candidate::new(class, score, bbox));
            }
        }
    }
    if pairs == 0 {
        return Err(DecodeError::classes(format!(
            "no output has {classes} columns, one for each class of the card"
        )));
    }
    Ok(Decoded::Objects(candidates))
}

fn stride_of(cells: usize, card: &ModelCard) -> Option<usize> {
    let (width, height) = (card.input.width as usize, card.input.height as usize);
    [4, 8, 16, 32, 64, 128].into_iter().find(|s| width.div_ceil(*s) * height.div_ceil(*s) == cells)
}
