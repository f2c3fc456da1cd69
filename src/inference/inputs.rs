//! Preprocessing of an input by the card, and its check against the graph.

use std::path::Path;

use crate::data::input::{Input, Medium};
use crate::inference::Tensor;
use crate::inference::card::{Layout, ModelCard};
use crate::inference::fit::{CardError, InputError};
use crate::inference::onnx_file::OnnxInfo;
use crate::inference::preprocess::{self, Placement};
use crate::inference::raster;
use crate::inference::texts::Tokens;

/// Size of an image and its placement in the input.
pub(super) type Placed = ((u32, u32), Placement);
/// The inputs of a graph, and the placement of the image in its own.
pub(super) type Prepared = (Vec<Tensor>, Option<Placed>);

/// Reason why an input does not suit a model.
pub(super) enum Unfit {
    /// The input has another medium.
    Other(Medium),
    /// The input lacks something.
    Problem(InputError),
}

/// Preprocessor of inputs.
pub(super) struct Inputs {
    tokens: Option<Tokens>,
    /// True if the graph takes one image and no batch of them, like torchvision exports detectors.
    pub unbatched: bool,
}

impl Inputs {
    /// Preprocessor of a model, with the files that its card needs.
    pub(super) fn new(path: &Path, card: &ModelCard, info: &OnnxInfo) -> Result<Self, CardError> {
        let tokens = card.text.as_ref().map(|text| Tokens::load(path, text)).transpose()?;
        let input = info.inputs.iter().find(|input| input.name == card.input.name);
        let unbatched = input.is_some_and(|input| input.shape.len() == 3) && takes_pictures(card);
        Ok(Self { tokens, unbatched })
    }

    /// The tokenizer of a model that reads texts.
    pub(super) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// The bytes of files beside the model's own that affect its predictions.
    pub(super) fn beside(&self) -> Option<&[u8]> {
        self.tokens.as_ref().map(|tokens| tokens.bytes.as_slice())
    }

    /// The inputs of the graph, the first of which is the card's own, and the placement of an image in it.
    pub(super) fn of(&self, input: &Input, card: &ModelCard) -> Result<Prepared, Unfit> {
        let wrong = || Unfit::Other(input.medium());
        if let Some(points) = &card.points {
            let Input::Points(cloud) = input else { return Err(wrong()) };
            return Ok((vec![raster::input(cloud, &card.input, points)], None));
        }
        if let (Some(text), Some(tokens)) = (&card.text, &self.tokens) {
            let Input::Text(words) = input else { return Err(wrong()) };
            return Ok((tokens.inputs(words, &card.input.name, text).map_err(Unfit::Problem)?, None));
        }
        if let Some(window) = &card.window {
            let Input::Window(given) = input else {
                return Err(if input.medium() == card.medium() {
                    Unfit::Problem(InputError::NotWindow)
                } else {
                    wrong()
                });
            };
            let channels = card.channels().map_err(|problem| Unfit::Problem(InputError::Card { problem }))?;
            return window.inputs(given, &card.input, channels).map_err(Unfit::Problem);
        }
        let Some(image) = input.image() else { return Err(wrong()) };
        let (mut prepared, placement) = preprocess::input(image, &card.input);
        if self.unbatched {
            prepared.shape.remove(0);
        }
        Ok((vec![prepared], Some((image.size(), placement))))
    }
}

/// True if the model takes one image at a time.
fn takes_pictures(card: &ModelCard) -> bool {
    card.window.is_none() && card.text.is_none()
}

/// Name and shape of an input; `None` for an open side.
pub(super) type Given = (String, Vec<Option<usize>>);

/// The inputs described by a card: names and shapes with a batch of one, `None` for an open side.
pub(super) fn given(card: &ModelCard) -> Result<Vec<Given>, CardError> {
    let fixed = |name: &str, shape: Vec<usize>| (name.to_owned(), shape.into_iter().map(Some).collect());
    if let Some(text) = &card.text {
        let length = text.pad.then_some(text.length);
        let names = [Some(&card.input.name), text.mask.as_ref(), text.types.as_ref()];
        return Ok(names.into_iter().flatten().map(|name| (name.clone(), vec![Some(1), length])).collect());
    }
    let channels = card.channels().map_err(CardError::section)?;
    let (width, height) = (card.input.width as usize, card.input.height as usize);
    let Some(window) = &card.window else {
        let shape = match card.input.layout {
            Layout::Nchw => vec![1, channels, height, width],
            Layout::Nhwc => vec![1, height, width, channels],
        };
        return Ok(vec![fixed(&card.input.name, shape)]);
    };
    if let Some(problem) = window.problem() {
        return Err(CardError::section(problem));
    }
    let mut all = Vec::new();
    if window.frames > 0 {
        all.push(fixed(&card.input.name, window.shape(&card.input, channels)));
    }
    all.extend(window.signals.as_ref().map(|signals| fixed(&signals.input, signals.shape())));
    Ok(all)
}

/// Checks a card against the inputs of a graph.
pub(super) fn check(card: &ModelCard, info: &OnnxInfo) -> Result<(), CardError> {
    let given = given(card)?;
    for (name, shape) in &given {
        let input = info.inputs.iter().find(|input| input.name == *name).ok_or_else(|| {
            let names = info.inputs.iter().map(|input| input.name.clone()).collect::<Vec<_>>().join(", ");
            CardError::inputs(format!("the card's input is {name:?}, the model has {names:?}"))
        })?;
        // The batch size is checked elsewhere.
        let without = usize::from(input.shape.len() == 3 && shape.len() == 4 && takes_pictures(card));
        let fits = input.shape.len() + without == shape.len()
            && input.shape.iter().skip(1 - without).zip(shape.iter().skip(1)).all(|(have, want)| {
                have.zip(*want).is_none_or(|(have, want)| have == want as u64 && want > 0)
            })
            && shape.iter().flatten().all(|side| *side > 0);
        if !fits {
            let batch = input.shape.first().copied().flatten().unwrap_or(1);
            let side = |side: &Option<usize>| side.map_or("?".to_owned(), |side| side.to_string());
            let rest = shape.iter().skip(1).map(side);
            let sides: Vec<String> = std::iter::once(batch.to_string()).chain(rest).collect();
            return Err(CardError::inputs(format!(
                "the card describes {name:?} as {}, the model takes {}",
                sides.join("x"),
                input.shape_text()
            )));
        }
    }
    let missing = info.inputs.iter().find(|input| !given.iter().any(|(name, _)| *name == input.name));
    missing.map_or(Ok(()), |input| {
        Err(CardError::inputs(format!(
            "the card does not describe the input {:?} ({}), see [window] and [text] of cards",
            input.name,
            input.shape_text()
        )))
    })
}
