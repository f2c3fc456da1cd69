//! A vector that stands for the input: the first output as it is.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::{Decoded, DecoderKind};

/// Embedding: inputs that mean the same get vectors that lie close together.
pub static KIND: DecoderKind =
    DecoderKind { id: "vector", title: "A vector (embedding)", task: Task::Vector, doubles: false, decode };

fn decode(outputs: &[Tensor], _card: &ModelCard) -> Result<Decoded, String> {
    let output = outputs.first().ok_or("the model has no output")?;
    Ok(Decoded::Vector(output.data.clone()))
}
