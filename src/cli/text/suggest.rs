//! `hardcase text suggest`: words for a template by a masked-language model.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::behavior::lexicons::{BASIC, read_folder};
use crate::behavior::suggestions::{SuggestionError, suggestions};
use crate::behavior::template::{Template, TemplateTexts};
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::columns::{JsonArg, put_json};
use crate::cli::text::fill::lists_of;
use crate::cli::{BadArgument, print, say};

#[derive(Debug, Args)]
pub(in crate::cli) struct SuggestArgs {
    /// The template with the tag {mask}: "The road is {mask}."
    template: String,
    /// Words of another tag: adj=good,bad
    #[arg(long = "list", value_name = "TAG=WORD,…")]
    lists: Vec<String>,
    /// Folder with lexicons as .json
    #[arg(long, value_name = "DIR")]
    lexicons: Option<PathBuf>,
    /// Masked-language model: ONNX with logits of the vocabulary, tokenizer.json or vocab.txt beside it
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Words at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: usize,
    /// Seed of the sentences, where other tags have more fills than are read
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    backend: BackendArgs,
    #[command(flatten)]
    json: JsonArg,
}

pub(super) fn run(args: &SuggestArgs) -> anyhow::Result<ExitCode> {
    let template = Template {
        text: TemplateTexts::One(args.template.clone()),
        lists: lists_of(&args.lists)?,
        ..Template::default()
    };
    let own = args.lexicons.as_deref().map(read_folder).transpose()?.unwrap_or_default();
    let model = tried(&args.model, &args.backend.kind()?)?;
    let found = suggestions(&model, &template, &[&own, &BASIC], args.seed, args.count);
    let found = found.map_err(|err| {
        if matches!(err, SuggestionError::Masks { .. } | SuggestionError::Behavior(_)) {
            return anyhow::Error::from(BadArgument(err.to_string()));
        }
        err.into()
    })?;
    if let Some(place) = &args.json.json {
        let words: Vec<_> =
            found.iter().map(|one| json!({ "word": one.word, "probability": one.probability })).collect();
        put_json(place, &json!({ "template": args.template, "words": words }))?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != std::path::Path::new("-")) {
        for one in &found {
            print(&format!("{:.4}  {}", one.probability, one.word));
        }
        let words: Vec<&str> = found.iter().map(|one| one.word.as_str()).collect();
        say(&format!("--list mask={}", words.join(",")));
    }
    Ok(ExitCode::SUCCESS)
}
