//! Words for the tag `{mask}` of a template, by a masked-language model of the user.

use std::collections::BTreeMap;

use crate::behavior::data::Example;
use crate::behavior::error::BehaviorError;
use crate::behavior::lexicons::{Lexicon, Value};
use crate::behavior::template::{Filler, Template, TemplateTexts, fill_first};
use crate::data::input::Input;
use crate::inference::ModelError;
use crate::inference::model::Model;

/// Sentences over which the probability of a word is averaged.
pub const SENTENCES: usize = 50;
/// Most words of a vocabulary.
const MOST_WORDS: usize = 1_000_000;

/// A word that fits in the place of the mask.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The word.
    pub word: String,
    /// Its probability: the geometric mean over the sentences, so that a word has to fit into all of them.
    pub probability: f64,
}

/// Reason why there are no suggestions.
#[derive(Debug, thiserror::Error)]
pub enum SuggestionError {
    /// The template cannot be filled.
    #[error(transparent)]
    Behavior(#[from] BehaviorError),
    /// The template has no mask, or several.
    #[error("the template {template:?} has {count} {{mask}} tags, expected one")]
    Masks {
        /// The template.
        template: String,
        /// Their number.
        count: usize,
    },
    /// The model reads no texts.
    #[error("the model reads no texts, expected a masked-language model with its tokenizer beside it")]
    NoTexts,
    /// The tokenizer has no mask.
    #[error("the tokenizer of the model has neither [MASK] nor <mask>, expected a masked-language model")]
    NoMask,
    /// The sentence is too long for the model.
    #[error("the mask is behind the last token that the model reads in {sentence:?}")]
    TooLong {
        /// The sentence.
        sentence: String,
    },
    /// The model gives something else than logits of the vocabulary.
    #[error(
        "the model gives {shape:?}, expected logits of 1 × {tokens} tokens × {words} words of its vocabulary"
    )]
    Output {
        /// Shape of its first output.
        shape: Vec<usize>,
        /// Tokens of the sentence.
        tokens: usize,
        /// Words of the vocabulary.
        words: usize,
    },
    /// The model cannot be run.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// The words that fit best in the place of `{mask}`, the most probable first. Other tags are filled, with at most
/// [`SENTENCES`] sentences. Pieces of words and marks are no suggestions.
pub fn suggestions(
    model: &Model,
    template: &Template,
    lexicons: &[&Lexicon],
    seed: u64,
    most: usize,
) -> Result<Vec<Suggestion>, SuggestionError> {
    let tokens = model.tokens().ok_or(SuggestionError::NoTexts)?;
    let (mask, mask_id) = tokens.mask().ok_or(SuggestionError::NoMask)?;
    let TemplateTexts::One(text) = &template.text else {
        return Err(SuggestionError::Masks { template: String::new(), count: 0 });
    };
    let count = text.matches("{mask}").count() + text.matches("{a:mask}").count();
    if count != 1 {
        return Err(SuggestionError::Masks { template: text.clone(), count });
    }
    let lists: BTreeMap<String, Filler> = template
        .lists
        .clone()
        .into_iter()
        .chain([("mask".to_owned(), Filler::Values(vec![Value::Text(mask.to_owned())]))])
        .collect();
    let (cases, _) = fill_first(&Template { lists, ..template.clone() }, lexicons, seed, SENTENCES)?;
    let mut sums: Vec<f64> = Vec::new();
    let sentences = cases.iter().flat_map(|case| &case.examples);
    let mut sentences_read = 0;
    for sentence in sentences.map(Example::joined) {
        let prepared = model.prepared(&Input::Text((&*sentence).into()))?;
        let ids = prepared.first().map(|first| first.data.as_slice()).unwrap_or_default();
        let at = ids.iter().position(|id| *id as u32 == mask_id);
        let at = at.ok_or_else(|| SuggestionError::TooLong { sentence: sentence.clone().into_owned() })?;
        let outputs = model.outputs(&prepared)?;
        let words = tokens.words();
        let output = outputs.first();
        let shape = output.map(|output| output.shape.clone()).unwrap_or_default();
        let wrong = || SuggestionError::Output { shape: shape.clone(), tokens: ids.len(), words };
        let &[1, length, width] = shape.as_slice() else { return Err(wrong()) };
        // Vocabularies are padded to a round number at times.
        if length != ids.len() || width < words || width > MOST_WORDS {
            return Err(wrong());
        }
        let logits =
            output.and_then(|output| output.data.get(at * width..(at + 1) * width)).ok_or_else(wrong)?;
        sums.resize(width, 0.0);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let whole: f64 = logits.iter().map(|logit| f64::from(logit - largest).exp()).sum();
        for (sum, logit) in sums.iter_mut().zip(logits) {
            *sum += f64::from(logit - largest) - whole.ln();
        }
        sentences_read += 1;
    }
    let mut ranked: Vec<(usize, f64)> =
        sums.into_iter().map(|sum| (sum / f64::from(sentences_read.max(1))).exp()).enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let word = |(id, probability): (usize, f64)| {
        Some(Suggestion { word: tokens.word(u32::try_from(id).ok()?)?, probability })
    };
    Ok(ranked.into_iter().filter_map(word).take(most).collect())
}
