//! Cards of text models.

use std::path::Path;

use crate::base::inputs::{self, InputKind};
use crate::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
use crate::inference::fit::CardError;
use crate::inference::onnx_file::OnnxInfo;
use crate::inference::texts::TextCard;

/// Default number of tokens if the model leaves it open.
const OPEN_LENGTH: usize = 128;

/// The card of a model that takes tokens, or `None` for others. The error names the unknown part.
pub(super) fn card(info: &OnnxInfo, path: &Path) -> Option<Result<ModelCard, CardError>> {
    let whole = |name: &&str| {
        let input = info.inputs.iter().find(|input| input.name == **name);
        input.is_some_and(|input| {
            matches!(input.element.as_str(), "int64" | "int32") && input.shape.len() == 2
        })
    };
    let name = ["input_ids", "tokens", "input"].into_iter().find(whole)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let files = [format!("{stem}.tokenizer.json"), "tokenizer.json".to_owned(), "vocab.txt".to_owned()];
    let Some(tokenizer) = files.into_iter().find(|file| folder.join(file).is_file()) else {
        return Some(Err(CardError::inputs(
            "the model takes tokens but there is no tokenizer, put tokenizer.json or vocab.txt beside it",
        )));
    };
    let there = |name: &str| info.inputs.iter().any(|input| input.name == name).then(|| name.to_owned());
    let shape = |name: &str| info.inputs.iter().find(|input| input.name == name).map(|input| &input.shape);
    let fixed = shape(name).and_then(|shape| shape.get(1).copied().flatten());
    let output = info.outputs.first();
    let vector = output.is_some_and(|output| {
        let word = output.name.to_lowercase();
        output.shape.len() == 3 || ["embed", "hidden", "pool"].iter().any(|part| word.contains(part))
    });
    let classes = output.and_then(|output| output.shape.last().copied().flatten());
    let labels = match (super::metadata_labels(info).or_else(|| configured(folder)), classes) {
        _ if vector => Vec::new(),
        (Some(labels), _) => labels,
        (None, Some(count)) => (0..count).map(|i| format!("class {i}")).collect(),
        (None, None) => return Some(Err(CardError::outputs("the number of classes cannot be guessed"))),
    };
    Some(Ok(ModelCard {
        name: stem,
        decoder: if vector { "vector" } else { "classes" }.to_owned(),
        threshold: 0.4,
        nms_iou: 0.5,
        input: InputCard {
            name: name.to_owned(),
            width: 0,
            height: 0,
            layout: Layout::default(),
            colors: Colors::default(),
            fit: Fit::default(),
            mean: [0.0; 3],
            std: [1.0; 3],
        },
        points: None,
        text: Some(TextCard {
            tokenizer: tokenizer.into(),
            length: fixed.map_or(OPEN_LENGTH, |length| length as usize),
            pad: fixed.is_some(),
            mask: there("attention_mask"),
            types: there("token_type_ids"),
        }),
        window: None,
        units: Vec::new(),
        lateral: Vec::new(),
        labels,
    }))
}

/// The names of the classes in the `config.json` beside exported models.
fn configured(folder: &Path) -> Option<Vec<String>> {
    let text = inputs::read_text(folder.join("config.json"), InputKind::Settings).ok()?;
    let config: serde_json::Value = serde_json::from_str(&text).ok()?;
    let names = config.get("id2label")?.as_object()?;
    let mut names: Vec<(usize, String)> = names
        .iter()
        .map(|(number, name)| Some((number.parse().ok()?, name.as_str()?.to_owned())))
        .collect::<Option<_>>()?;
    names.sort();
    Some(names.into_iter().map(|(_, name)| name).collect())
}
