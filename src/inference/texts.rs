//! Preprocessing of text: token ids, by the tokenizer file of the model.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{Tokenizer, TruncationParams};

use crate::base::inputs::{self, InputKind};
use crate::inference::Tensor;
use crate::inference::fit::{CardError, InputError};

/// Preprocessing of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextCard {
    /// The tokenizer, relative to the model's folder: a `tokenizer.json`, or the `vocab.txt` of an uncased BERT.
    #[serde(default = "usual_file")]
    pub tokenizer: PathBuf,
    /// Maximum number of tokens; longer texts are truncated.
    #[serde(default = "usual_length")]
    pub length: usize,
    /// True if shorter texts are padded to that length.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pad: bool,
    /// Name of the attention mask input, if the graph has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// Name of the token type input, if the graph has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<String>,
}

fn usual_file() -> PathBuf {
    PathBuf::from("tokenizer.json")
}

fn usual_length() -> usize {
    128
}

/// A loaded tokenizer.
pub struct Tokens {
    tokenizer: Tokenizer,
    /// The bytes of its file, which are a part of the model's identity.
    pub(super) bytes: Vec<u8>,
}

impl Tokens {
    /// Reads the tokenizer of a model.
    pub(super) fn load(model: &Path, card: &TextCard) -> Result<Self, CardError> {
        let path = model.parent().unwrap_or_else(|| Path::new("")).join(&card.tokenizer);
        let bytes = inputs::read(&path, InputKind::Model)
            .map_err(|source| CardError::Io { path: path.clone(), source })?;
        let made = if path.extension().is_some_and(|ext| ext == "txt") {
            without_capitals(&path)
        } else {
            Tokenizer::from_bytes(&bytes)
        };
        let mut tokenizer =
            made.map_err(|err| CardError::NotTokenizer { problem: err.to_string(), path: path.clone() })?;
        // The card sets the length of texts, overriding the file.
        tokenizer.with_padding(None);
        let cut = TruncationParams { max_length: card.length.max(1), ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(|err| CardError::Length { problem: err.to_string() })?;
        Ok(Self { tokenizer, bytes })
    }

    /// The token that stands for a hidden word, and its number.
    pub fn mask(&self) -> Option<(&'static str, u32)> {
        ["[MASK]", "<mask>"].into_iter().find_map(|token| Some((token, self.tokenizer.token_to_id(token)?)))
    }

    /// Number of tokens of the vocabulary.
    pub fn words(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The whole word that a token is; none of pieces of words, marks and signs.
    pub fn word(&self, id: u32) -> Option<String> {
        let token = self.tokenizer.id_to_token(id)?;
        let special = self.tokenizer.get_added_tokens_decoder().get(&id).is_some_and(|token| token.special);
        // Byte-level and sentence-piece tokenizers mark the beginning of a word, WordPiece what goes on.
        let marked = ["\u{120}", "\u{2581}"].into_iter().find_map(|mark| token.strip_prefix(mark));
        let begins = marked.is_some() || !self.marks_beginnings();
        let word = marked.unwrap_or(&token);
        let letters = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '\'' || c == '-');
        (!special && begins && letters && word.chars().any(char::is_alphanumeric)).then(|| word.to_owned())
    }

    /// True if the tokenizer marks tokens that begin a word.
    fn marks_beginnings(&self) -> bool {
        let model = self.tokenizer.get_model();
        !matches!(model, tokenizers::ModelWrapper::WordPiece(_) | tokenizers::ModelWrapper::WordLevel(_))
    }

    /// The inputs of the graph for a text: token ids, and mask and types if the card names them.
    pub(super) fn inputs(&self, text: &str, name: &str, card: &TextCard) -> Result<Vec<Tensor>, InputError> {
        let encoded =
            self.tokenizer.encode(text, true).map_err(|err| InputError::Text { problem: err.to_string() })?;
        let length = if card.pad { card.length } else { encoded.get_ids().len().max(1) };
        let tensor = |name: &str, numbers: &[u32], fill: u32| {
            let filled = numbers.iter().copied().chain(std::iter::repeat(fill));
            // Vocabularies are far below 2^24, so a number is exact.
            let data = filled.take(length).map(|number| number as f32).collect();
            Tensor { name: name.to_owned(), shape: vec![1, length], data }
        };
        let fill = ["[PAD]", "<pad>", "<|endoftext|>"];
        let fill = fill.iter().find_map(|token| self.tokenizer.token_to_id(token)).unwrap_or(0);
        let mut inputs = vec![tensor(name, encoded.get_ids(), fill)];
        inputs.extend(card.mask.as_ref().map(|name| tensor(name, encoded.get_attention_mask(), 0)));
        inputs.extend(card.types.as_ref().map(|name| tensor(name, encoded.get_type_ids(), 0)));
        Ok(inputs)
    }
}

/// The tokenizer of an uncased BERT, from its list of word pieces.
fn without_capitals(path: &Path) -> tokenizers::Result<Tokenizer> {
    let model = WordPiece::from_file(&path.to_string_lossy()).build()?;
    let mut tokenizer = Tokenizer::new(model);
    let id =
        |token: &str| tokenizer.token_to_id(token).ok_or_else(|| format!("the vocabulary has no {token}"));
    let ends = (("[SEP]".to_owned(), id("[SEP]")?), ("[CLS]".to_owned(), id("[CLS]")?));
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(true, true, None, true)))?
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(BertProcessing::new(ends.0, ends.1)));
    Ok(tokenizer)
}
