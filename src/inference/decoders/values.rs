//! Named values: the outputs one after the other, unchanged.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Decoded, DecoderKind};
use crate::inference::onnx_file::ValueInfo;

/// Regression: steering, speed, a path; the card's labels are the names of the values.
pub static KIND: DecoderKind = DecoderKind {
    id: "values",
    title: "Regression (named values)",
    task: Task::Values,
    doubles: false,
    decode,
    recognize: Some(recognize),
};

/// One number an output, or outputs that are named after a control. A softmax over one class is constant, so a single number
/// is a value.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    const NUMBERS: [&str; 9] =
        ["steer", "angle", "throttle", "speed", "velocity", "brake", "accel", "control", "regression"];
    let is_value = |output: &ValueInfo| {
        let name = output.name.to_lowercase();
        match output.shape.as_slice() {
            [_, Some(1)] => true,
            [_] | [_, _] => NUMBERS.iter().any(|word| name.contains(word)),
            _ => false,
        }
    };
    if outputs.all().is_empty() || !outputs.all().iter().all(is_value) {
        return None;
    }
    let count = outputs.all().iter().filter_map(|output| output.shape.last().copied().flatten()).sum();
    let recognized = Recognized::new(Evidence::Exact, count, Preprocessing::STRETCHED);
    Some(Recognized { labels: Some(names(outputs.all(), count as usize)), ..recognized })
}

/// The outputs' names if each holds one number, otherwise numbered.
fn names(outputs: &[ValueInfo], count: usize) -> Vec<String> {
    if outputs.len() == count {
        return outputs.iter().map(|output| output.name.clone()).collect();
    }
    let name = outputs.first().map_or("value", |output| output.name.as_str());
    (0..count).map(|i| format!("{name} {i}")).collect()
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let values: Vec<f32> = outputs.iter().flat_map(|output| output.data.iter().copied()).collect();
    if values.len() != card.labels.len() {
        return Err(DecodeError::classes(format!(
            "the model has {} values per image, the card has {}",
            values.len(),
            card.labels.len()
        )));
    }
    Ok(Decoded::Values(values))
}
