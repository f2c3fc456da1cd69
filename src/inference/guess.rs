//! A model card guessed from the model file, for a person to correct.

use std::path::Path;

use crate::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
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
    if !matches!(input.element.as_str(), "float" | "float16" | "double") {
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
    let decoder = decoder_for(info).ok_or_else(|| {
        let outputs: Vec<String> =
            info.outputs.iter().map(|o| format!("{} {}", o.name, o.shape_text())).collect();
        needs(format!("the meaning of the outputs cannot be guessed ({})", outputs.join(", ")))
    })?;
    let classes = class_count(info, decoder);
    let labels = metadata_labels(info).unwrap_or_else(|| match classes {
        80 => COCO.lines().map(str::to_owned).collect(),
        1000 => IMAGENET.lines().map(str::to_owned).collect(),
        n if decoder == "values" => value_names(info, n),
        n => (0..n).map(|i| format!("class {i}")).collect(),
    });
    let (colors, fit, mean, std) = match decoder {
        "nanodet" => (Colors::Bgr, Fit::Stretch, [103.53, 116.28, 123.675], [57.375, 57.12, 58.395]),
        "yolo" | "yolo_masks" | "yolo_pose" | "boxes" => (Colors::Rgb, Fit::Letterbox, [0.0; 3], [255.0; 3]),
        "detr" | "segments" => {
            (Colors::Rgb, Fit::Stretch, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
        }
        _ if classes == 1000 => {
            let tf_style =
                path.file_name().is_some_and(|name| name.to_string_lossy().contains("efficientnet_lite"));
            let (mean, std) = if tf_style {
                ([127.5; 3], [127.5; 3])
            } else {
                ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
            };
            (Colors::Rgb, Fit::CenterCrop, mean, std)
        }
        _ => (Colors::Rgb, Fit::Stretch, [0.0; 3], [255.0; 3]),
    };
    Ok(ModelCard {
        points: None,
        text: None,
        window: (frames > 1).then_some(WindowCard { frames, step: 1, stacking, signals: None }),
        name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        decoder: decoder.to_owned(),
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
        lateral: if decoder == "values" { lateral(&labels) } else { Vec::new() },
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

/// True if the name of an output suggests a value and not a score.
fn names_a_number(name: &str) -> bool {
    let words =
        ["steer", "angle", "throttle", "speed", "velocity", "brake", "accel", "control", "regression"];
    words.iter().any(|word| name.to_lowercase().contains(word))
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

fn decoder_for(info: &OnnxInfo) -> Option<&'static str> {
    let rank3: Vec<(u64, u64)> = info
        .outputs
        .iter()
        .filter_map(|output| match output.shape.as_slice() {
            [_, Some(a), Some(b)] => Some((*a, *b)),
            _ => None,
        })
        .collect();
    let flat = |output: &ValueInfo| output.shape.len() <= 2 && !output.shape.is_empty();
    let one = |output: &ValueInfo| output.shape.len() == 2 && output.shape.get(1) == Some(&Some(1));
    // A softmax over one class is constant, so a single number is a value.
    if !info.outputs.is_empty()
        && info.outputs.iter().all(|output| flat(output) && (one(output) || names_a_number(&output.name)))
    {
        return Some("values");
    }
    // Pairs of scores (cells x classes) and distances (cells x 4 sides x 8 or 11 bins) per stride.
    let distances = rank3.iter().filter(|(_, d)| *d == 32 || *d == 44).count();
    if distances > 0 && rank3.len() == info.outputs.len() && rank3.len() == distances * 2 {
        return Some("nanodet");
    }
    let task = info.metadata.get("task").map(String::as_str);
    let rank4: Vec<&ValueInfo> = info.outputs.iter().filter(|output| output.shape.len() == 4).collect();
    match (rank3.as_slice(), rank4.as_slice(), info.outputs.len()) {
        ([_], [], 1) if task == Some("pose") => return Some("yolo_pose"),
        ([(a, b)], [_], 2) if a.max(b) > &100 => return Some("yolo_masks"),
        ([(_, 6)], [], 1) => return Some("boxes"),
        ([(a, c), (b, d)], [], 2) if a == b && ((*c == 4) != (*d == 4) || one_names_boxes(info)) => {
            return Some("detr");
        }
        // An image with three channels may be an image again; more are classes.
        ([], [only], 1) if segment_classes(only).is_some() => return Some("segments"),
        _ => {}
    }
    let names: Vec<String> = info.outputs.iter().map(|output| output.name.to_lowercase()).collect();
    let named = |word: &str| names.iter().any(|name| name.contains(word));
    if named("box") && named("score") && (named("class") || named("label")) {
        return Some("boxes");
    }
    if let ([output], true) = (info.outputs.as_slice(), task.is_none()) {
        let name = output.name.to_lowercase();
        if ["embed", "feature", "descriptor"].iter().any(|word| name.contains(word)) {
            return Some("vector");
        }
    }
    match (info.outputs.as_slice(), rank3.as_slice()) {
        ([_], [(a, b)]) if a.min(b) > &4 && a.max(b) > &100 => Some("yolo"),
        ([output, ..], _) if output.shape.len() == 2 && output.shape.get(1).is_some_and(Option::is_some) => {
            Some("classes")
        }
        _ => None,
    }
}

/// True if the name of one of two outputs of four columns suggests boxes.
fn one_names_boxes(info: &OnnxInfo) -> bool {
    let boxes = |output: &&ValueInfo| output.name.to_lowercase().contains("box");
    let four = info.outputs.iter().all(|output| output.shape.last() == Some(&Some(4)));
    four && info.outputs.iter().filter(boxes).count() == 1
}

/// Number of classes of a segmentation output.
fn segment_classes(output: &ValueInfo) -> Option<u64> {
    let &[_, Some(a), b, c] = output.shape.as_slice() else { return None };
    let few = |count: u64| count != 3 && count > 1 && count <= 256;
    if few(a) && b.is_none_or(|b| b > a) {
        return Some(a);
    }
    c.filter(|c| few(*c) && *c < a)
}

fn class_count(info: &OnnxInfo, decoder: &str) -> usize {
    let sizes = || info.outputs.iter().filter_map(|output| output.shape.last().copied().flatten());
    let count = match decoder {
        "nanodet" => sizes().find(|d| *d != 32 && *d != 44),
        "yolo" => info.outputs.first().and_then(|output| match output.shape.as_slice() {
            // 4 + classes rows of many boxes (v8 and later), or many boxes of 5 + classes (v5).
            [_, Some(a), Some(b)] => Some(if a < b { a - 4 } else { b.saturating_sub(5) }),
            _ => None,
        }),
        "values" => Some(sizes().sum()),
        "vector" => Some(0),
        "segments" => info.outputs.first().and_then(segment_classes),
        // The number is unknown; those of COCO are the usual ones.
        "boxes" => Some(80),
        // The last column is "no object" for the classes of COCO and one.
        "detr" => sizes().find(|d| *d != 4).or(Some(4)).map(|d| if d == 81 || d == 92 { d - 1 } else { d }),
        "yolo_masks" => {
            let boxes = info.outputs.iter().find(|output| output.shape.len() == 3);
            let maps = info.outputs.iter().find(|output| output.shape.len() == 4);
            let rows = boxes.and_then(|output| output.shape.get(1).copied().flatten());
            let prototypes = maps.and_then(|output| output.shape.get(1).copied().flatten());
            rows.zip(prototypes).map(|(rows, maps)| rows.saturating_sub(4 + maps))
        }
        // The usual pose model has one class, person, with 17 keypoints.
        "yolo_pose" => Some(1),
        _ => sizes().next(),
    };
    count.unwrap_or(0) as usize
}

/// The outputs' names if each holds one number, otherwise numbered.
fn value_names(info: &OnnxInfo, count: usize) -> Vec<String> {
    if info.outputs.len() == count {
        return info.outputs.iter().map(|output| output.name.clone()).collect();
    }
    let name = info.outputs.first().map_or("value", |output| output.name.as_str());
    (0..count).map(|i| format!("{name} {i}")).collect()
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
