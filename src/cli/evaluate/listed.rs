//! Single items, as text and as JSON.

use serde_json::{Value, json};

use crate::data::geometry::objects::Detection;
use crate::evaluation::samples::Evaluation;

pub(super) fn columns(evaluation: &Evaluation, at: usize) -> [String; 8] {
    let item = &evaluation.items[at];
    let sample = &evaluation.samples[item.sample];
    if let Some(number) = item.number {
        return [
            sample.clip.to_string(),
            sample.channel.to_string(),
            sample.frame.to_string(),
            item.outcome.title().to_owned(),
            item.truth.clone(),
            format!("{:.4}", number.predicted),
            format!("{:.4}", number.truth),
            format!("error {:+.4}", number.error()),
        ];
    }
    let place = item.object.as_ref().or(item.found.as_ref()).map_or_else(String::new, Detection::place);
    [
        sample.clip.to_string(),
        sample.channel.to_string(),
        sample.frame.to_string(),
        item.outcome.title().to_owned(),
        item.truth.clone(),
        item.answer.clone(),
        format!("{:.3}", item.score),
        place,
    ]
}

pub(super) fn document(evaluation: &Evaluation, at: usize) -> Value {
    let item = &evaluation.items[at];
    let sample = &evaluation.samples[item.sample];
    let mut document = json!({
        "clip": &*sample.clip, "channel": &*sample.channel, "frame": sample.frame, "time_ns": sample.time.0,
        "outcome": item.outcome.id(), "truth": item.truth, "answer": item.answer, "score": item.score,
        "overlap": item.iou, "object": item.object, "found": item.found,
    });
    if let Some(number) = item.number {
        document["number"] = json!({
            "true_value": number.truth, "predicted_value": number.predicted, "error": number.error(),
            "relative_error": number.relative_error(), "limit": number.limit,
        });
    }
    document
}
