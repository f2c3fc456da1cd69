//! Embeddings: the first output, or its mean if there is one vector per token.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Decoded, DecoderKind};

/// Embedding: inputs of the same meaning get vectors that lie close together.
pub static KIND: DecoderKind = DecoderKind {
    id: "vector",
    title: "Embedding",
    task: Task::Vector,
    doubles: false,
    decode,
    recognize: Some(recognize),
};

/// One output that is named after an embedding.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let one = outputs.all().len() == 1 && outputs.task().is_none();
    let named = ["embed", "feature", "descriptor"].iter().any(|word| outputs.named(word));
    (one && named).then(|| Recognized::new(Evidence::Named, 0, Preprocessing::STRETCHED))
}

fn decode(outputs: &[Tensor], _card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = outputs.first().ok_or(DecodeError::NoOutput)?;
    let &[_, tokens, length] = output.shape.as_slice() else {
        return Ok(Decoded::Vector(output.data.clone()));
    };
    let mut mean = vec![0.0_f64; length];
    for token in output.data.chunks_exact(length.max(1)) {
        mean.iter_mut().zip(token).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    Ok(Decoded::Vector(mean.into_iter().map(|sum| (sum / tokens.max(1) as f64) as f32).collect()))
}
