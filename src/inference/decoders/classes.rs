//! One score for each class: probabilities as they are, anything else through a softmax.

use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::{Fit, ModelCard};
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Decoded, DecoderKind};

/// Classification: the first output holds one number for each class.
pub static KIND: DecoderKind = DecoderKind {
    id: "classes",
    title: "Classification",
    task: Task::Classes,
    doubles: false,
    decode,
    recognize: Some(recognize),
};

/// A row of numbers; a thousand are those of `ImageNet`.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let &[_, Some(classes)] = outputs.all().first()?.shape.as_slice() else { return None };
    let crop = Preprocessing { fit: Fit::CenterCrop, ..Preprocessing::NORMALIZED };
    let preprocessing = match classes {
        1000 if outputs.file_name.contains("efficientnet_lite") => {
            Preprocessing { mean: [127.5; 3], std: [127.5; 3], ..crop }
        }
        1000 => crop,
        _ => Preprocessing::STRETCHED,
    };
    Some(Recognized::new(Evidence::Usual, classes, preprocessing))
}

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let output = scores(outputs, card)?;
    let sum: f32 = output.data.iter().sum();
    let probabilities = (sum - 1.0).abs() < 1e-3 && output.data.iter().all(|p| (0.0..=1.0).contains(p));
    Ok(Decoded::Classes(if probabilities { output.data.clone() } else { softmax(&output.data) }))
}

/// The first output, which holds one number for each class of the card.
pub(super) fn scores<'a>(outputs: &'a [Tensor], card: &ModelCard) -> Result<&'a Tensor, DecodeError> {
    let output = outputs.first().ok_or(DecodeError::NoOutput)?;
    if output.data.len() != card.labels.len() {
        return Err(DecodeError::classes(format!(
            "output {:?} has {} values per image, the card has {} classes",
            output.name,
            output.data.len(),
            card.labels.len()
        )));
    }
    Ok(output)
}

/// exp(x - max) / sum, computed with `libm` so that every machine agrees.
pub fn softmax(values: &[f32]) -> Vec<f32> {
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = values.iter().map(|v| libm::expf(v - highest)).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}
