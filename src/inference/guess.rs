//! A model card guessed from the model file, for a person to correct.

use std::path::Path;

use crate::data::prediction::Task;
use crate::inference::card::{Colors, InputCard, Layout, ModelCard};
use crate::inference::decoders::recognize::{Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{DecoderKind, KINDS};
use crate::inference::onnx_file::{OnnxInfo, ValueInfo};
use crate::inference::window_card::{Stacking, WindowCard};
use crate::inference::{Graph, ModelError, Tensor};

mod texts;

const COCO: &str = include_str!("../../assets/labels/coco80.txt");
const IMAGENET: &str = include_str!("../../assets/labels/imagenet1k.txt");

/// Default side of the input if the model leaves it open.
const OPEN_SIDE: u32 = 224;

/// A card from the shapes, names and metadata of the model; each rule follows common exporters.
pub fn card(info: &OnnxInfo, path: &Path) -> Result<ModelCard, ModelError> {
    let needs = |problem: String| ModelError::NeedsCard { problem, path: path.to_owned() };
    if let Some(card) = texts::card(info, path) {
        return card.map_err(|err| needs(err.to_string()));
    }
    let input = match info.inputs.as_slice() {
        [input] => input,
        others => {
            let names: Vec<String> =
                others.iter().map(|input| format!("{} {}", input.name, input.shape_text())).collect();
            return Err(needs(format!(
                "the model has {} inputs ({}) that cannot be guessed, describe them in [window] of a card",
                others.len(),
                names.join(", ")
            )));
        }
    };
    if !matches!(input.element.as_str(), "float" | "float16" | "bfloat16" | "double") {
        return Err(needs(format!(
            "the model's input {:?} is {}, only float is supported",
            input.name, input.element
        )));
    }
    let info = &without_ones(info);
    let (frames, stacking, picture) = film(input);
    let (layout, channels, height, width) = picture_shape(&picture).ok_or_else(|| {
        needs(format!(
            "the model's input {:?} has the shape {}, which is not an image; for signals list their names in \
             [window.signals] of a card",
            input.name,
            input.shape_text()
        ))
    })?;
    let file_name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let (decoder, found) =
        recognize(Outputs { info, file_name: &file_name }).map_err(|err| needs(err.to_string()))?;
    let named = metadata_labels(info).or(found.labels);
    let labels = named.unwrap_or_else(|| match found.classes {
        80 => COCO.lines().map(str::to_owned).collect(),
        1000 => IMAGENET.lines().map(str::to_owned).collect(),
        n => (0..n).map(|i| format!("class {i}")).collect(),
    });
    let Preprocessing { colors, fit, mean, std } = found.preprocessing;
    Ok(ModelCard {
        points: None,
        text: None,
        window: (frames > 1).then_some(WindowCard { frames, step: 1, stacking, signals: None }),
        name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        decoder: decoder.id.to_owned(),
        threshold: 0.4,
        nms_iou: 0.5,
        input: InputCard {
            name: input.name.clone(),
            width,
            height,
            layout,
            colors: if channels == 1 { Colors::Gray } else { colors },
            fit,
            mean,
            std,
        },
        units: Vec::new(),
        lateral: if decoder.task == Task::Values { lateral(&labels) } else { Vec::new() },
        labels,
    })
}

/// The same with one number per class where an output is a map of one cell: 1x1000 for 1x1000x1x1.
fn without_ones(info: &OnnxInfo) -> OnnxInfo {
    let mut info = info.clone();
    for output in info.outputs.iter_mut().filter(|output| output.shape.len() > 2) {
        if output.shape.iter().skip(2).all(|side| *side == Some(1)) {
            output.shape.truncate(2);
        }
    }
    info
}

/// Names of values that point left or right, guessed from the names.
fn lateral(names: &[String]) -> Vec<String> {
    let sideways = ["steer", "yaw", "lateral", "angle", "curvature"];
    let is_one = |name: &&String| sideways.iter().any(|word| name.to_lowercase().contains(word));
    names.iter().filter(is_one).cloned().collect()
}

/// Reason why no decoder is taken for a model.
#[derive(Debug, thiserror::Error)]
enum RecognitionError {
    /// Two decoders with equal evidence.
    #[error("the outputs may be of the decoder {one:?} or {other:?}")]
    Ambiguous { one: &'static str, other: &'static str },
    /// No decoder knows outputs like these.
    #[error("the meaning of the outputs cannot be guessed ({shapes})")]
    Unknown { shapes: String },
}

/// The decoder that recognizes the outputs by the strongest evidence.
fn recognize(outputs: Outputs<'_>) -> Result<(&'static DecoderKind, Recognized), RecognitionError> {
    let found = || KINDS.iter().filter_map(|kind| Some((*kind, (kind.recognize?)(outputs)?)));
    let strongest = found().map(|(_, recognized)| recognized.evidence).max();
    let mut best = found().filter(|(_, recognized)| Some(recognized.evidence) == strongest);
    match (best.next(), best.next()) {
        (Some(one), None) => Ok(one),
        (Some((one, _)), Some((other, _))) => {
            Err(RecognitionError::Ambiguous { one: one.id, other: other.id })
        }
        (None, _) => {
            let shapes: Vec<String> = outputs
                .all()
                .iter()
                .map(|output| format!("{} {}", output.name, output.shape_text()))
                .collect();
            Err(RecognitionError::Unknown { shapes: shapes.join(", ") })
        }
    }
}

/// Completes open shapes of outputs by running the graph once on zeros.
pub fn complete(info: &mut OnnxInfo, graph: &dyn Graph) {
    if info
        .outputs
        .iter()
        .all(|output| output.shape.iter().skip(1).all(Option::is_some) && !output.shape.is_empty())
    {
        return;
    }
    let [input] = info.inputs.as_slice() else { return };
    let (frames, _, picture) = film(input);
    let Some((layout, channels, height, width)) = picture_shape(&picture).filter(|_| frames == 1) else {
        return;
    };
    let (channels, height, width) = (channels as usize, height as usize, width as usize);
    let shape = match layout {
        Layout::Nchw => vec![1, channels, height, width],
        Layout::Nhwc => vec![1, height, width, channels],
    };
    let shape = shape.get(4 - input.shape.len().min(4)..).unwrap_or_default().to_vec();
    let zeros = Tensor { name: input.name.clone(), data: vec![0.0; channels * height * width], shape };
    // A graph that fails here will report the reason on its first real run.
    let Ok(outputs) = graph.run(std::slice::from_ref(&zeros)) else { return };
    for (described, output) in info.outputs.iter_mut().zip(outputs) {
        described.shape = output.shape.iter().map(|d| Some(*d as u64)).collect();
    }
}

/// Number of images in an input of five dimensions, their stacking, and one of them.
fn film(input: &ValueInfo) -> (usize, Stacking, ValueInfo) {
    let one = |shape: Vec<Option<u64>>| ValueInfo { shape, ..input.clone() };
    let colors = |side: Option<u64>| matches!(side, Some(1 | 3));
    match *input.shape.as_slice() {
        [batch, Some(frames), c, y, x] if !colors(Some(frames)) || colors(c) => {
            (frames as usize, Stacking::Time, one(vec![batch, c, y, x]))
        }
        [batch, c, Some(frames), y, x] => {
            (frames as usize, Stacking::ChannelsFirst, one(vec![batch, c, y, x]))
        }
        // One image without a batch, like torchvision exports detectors.
        [c @ Some(1 | 3), y, x] => (1, Stacking::Time, one(vec![Some(1), c, y, x])),
        _ => (1, Stacking::Time, input.clone()),
    }
}

/// Layout, channels, height and width of an input that is an image.
pub(super) fn picture_shape(input: &ValueInfo) -> Option<(Layout, u64, u32, u32)> {
    let &[_, a, b, c] = input.shape.as_slice() else { return None };
    let side = |d: Option<u64>| d.map_or(Some(OPEN_SIDE), |d| u32::try_from(d).ok());
    match (a, c) {
        (Some(channels @ (1 | 3)), _) => Some((Layout::Nchw, channels, side(b)?, side(c)?)),
        (_, Some(channels @ (1 | 3))) => Some((Layout::Nhwc, channels, side(a)?, side(b)?)),
        _ => None,
    }
}

/// Labels in the metadata: a JSON list, or the Python dictionary that YOLO exporters write.
fn metadata_labels(info: &OnnxInfo) -> Option<Vec<String>> {
    let text = ["names", "labels", "classes"].iter().find_map(|key| info.metadata.get(*key))?;
    if let Ok(labels) = serde_json::from_str::<Vec<String>>(text) {
        return Some(labels);
    }
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let labels: Vec<String> = inner
        .split(',')
        .filter_map(|entry| {
            entry.split_once(':').map(|(_, name)| name.trim().trim_matches(['\'', '"']).to_owned())
        })
        .collect();
    (!labels.is_empty()).then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_evidence_for_two_decoders_is_refused() {
        let output = |name: &str| ValueInfo {
            name: name.to_owned(),
            element: "float".to_owned(),
            shape: vec![Some(1), Some(10)],
        };
        let check = |name: &str| {
            let info = OnnxInfo { outputs: vec![output(name)], ..OnnxInfo::default() };
            recognize(Outputs { info: &info, file_name: "model.onnx" })
                .map(|(kind, _)| kind.id)
                .map_err(|err| err.to_string())
        };
        assert_eq!(check("logits"), Ok("classes"));
        assert_eq!(check("embedding"), Ok("vector"));
        assert_eq!(
            check("box_score_class_feature"),
            Err("the outputs may be of the decoder \"boxes\" or \"vector\"".to_owned())
        );
    }
}
