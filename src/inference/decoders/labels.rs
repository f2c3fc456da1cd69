//! Multi-label classification: a number for each class, through a sigmoid if it is not a probability yet.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::classes::scores;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::{Decoded, DecoderKind};

/// Multi-label classification: the first output holds one number for each class.
pub static KIND: DecoderKind = DecoderKind {
    id: "labels",
    title: "Multi-label classification",
    task: Task::Classes,
    doubles: false,
    decode,
    recognize: None,
};

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = scores(outputs, card)?;
    let probabilities = output.data.iter().all(|p| (0.0..=1.0).contains(p));
    let found = output.data.iter().map(|value| if probabilities { *value } else { sigmoid(*value) });
    Ok(Decoded::Classes(found.collect()))
}

/// 1 / (1 + exp(-x)), computed with `libm` so that every machine agrees.
pub(super) fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-value))
}
