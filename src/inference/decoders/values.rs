//! Named values: the outputs one after the other, unchanged.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::{Decoded, DecoderKind};

/// Regression: steering, speed, a path; the card's labels are the names of the values.
pub static KIND: DecoderKind = DecoderKind {
    id: "values",
    title: "Regression (named values)",
    task: Task::Values,
    doubles: false,
    decode,
};

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
