//! `NonMaxSuppression`: for each image and class the boxes with the highest scores that do not overlap too much. The
//! runtime's own takes one class per box and another overlap.

use super::call::Call;
use super::error::LoweringError;
use super::values::{Value, element};
use super::{Action, LoweringKind};

/// Indices of batch, class and box, by image and class, the highest score first.
pub(super) static KIND: LoweringKind =
    LoweringKind { operator: "NonMaxSuppression", lower: |_, _| Ok(Action::Own(suppress)) };

fn suppress(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (boxes, scores) = (call.input(0)?, call.input(1)?);
    let (&[batches, count, 4], &[batches_too, classes, count_too]) =
        (boxes.shape.as_slice(), scores.shape.as_slice())
    else {
        return Err(LoweringError::shape(format!(
            "its boxes have the shape {:?}, its scores {:?}",
            boxes.shape, scores.shape
        )));
    };
    if batches != batches_too || count != count_too {
        return Err(LoweringError::shape(format!(
            "its boxes have the shape {:?}, its scores {:?}",
            boxes.shape, scores.shape
        )));
    }
    let most = call.number(2).unwrap_or(0.0).max(0.0) as usize;
    let most_overlap = call.number(3).unwrap_or(0.0) as f32;
    let least = call.optional(4).and_then(|value| value.to_floats().first().copied());
    let centered = call.node.whole("center_point_box", 0) != 0;
    let (boxes, scores) = (boxes.to_floats(), scores.to_floats());
    let corners: Vec<[f32; 4]> =
        boxes.as_chunks::<4>().0.iter().map(|numbers| corners(*numbers, centered)).collect();
    let mut found: Vec<i64> = Vec::new();
    for batch in 0..batches {
        for class in 0..classes {
            let row = &scores[(batch * classes + class) * count..][..count];
            let own = &corners[batch * count..][..count];
            for at in best(row, own, most, most_overlap, least) {
                found.extend([batch as i64, class as i64, at as i64]);
            }
        }
    }
    Ok(vec![Value::wholes(element::INT64, vec![found.len() / 3, 3], &found)?])
}

/// The kept boxes of one class; equal scores keep the order of the boxes.
fn best(
    scores: &[f32],
    boxes: &[[f32; 4]],
    most: usize,
    most_overlap: f32,
    least: Option<f32>,
) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..scores.len()).filter(|at| least.is_none_or(|least| scores[*at] > least)).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut kept: Vec<usize> = Vec::new();
    for at in order {
        if kept.len() >= most {
            break;
        }
        if !kept.iter().any(|other| overlaps(&boxes[at], &boxes[*other], most_overlap)) {
            kept.push(at);
        }
    }
    kept
}

/// Two opposite corners in order, whatever the order in the model.
fn corners([a, b, c, d]: [f32; 4], centered: bool) -> [f32; 4] {
    if centered {
        let (x, y, width, height) = (a, b, c, d);
        return [y - height / 2.0, x - width / 2.0, y + height / 2.0, x + width / 2.0];
    }
    [a.min(c), b.min(d), a.max(c), b.max(d)]
}

fn overlaps(a: &[f32; 4], b: &[f32; 4], most: f32) -> bool {
    let area = |r: &[f32; 4]| (r[2] - r[0]) * (r[3] - r[1]);
    let height = a[2].min(b[2]) - a[0].max(b[0]);
    let width = a[3].min(b[3]) - a[1].max(b[1]);
    if height <= 0.0 || width <= 0.0 || area(a) <= 0.0 || area(b) <= 0.0 {
        return false;
    }
    let both = height * width;
    let union = area(a) + area(b) - both;
    union > 0.0 && both / union > most
}
