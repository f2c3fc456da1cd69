//! `hardcase text fill`: the sentences of a template.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::behavior::data::Example;
use crate::behavior::lexicons::{BASIC, Value, read_folder};
use crate::behavior::template::{Filler, Template, TemplateTexts, fill};
use crate::cli::{BadArgument, print, print_raw};

#[derive(Debug, Args)]
pub(in crate::cli) struct FillArgs {
    /// The template; several make cases of several texts
    #[arg(required = true)]
    template: Vec<String>,
    /// Words of a tag: adj=good,bad
    #[arg(long = "list", value_name = "TAG=WORD,…")]
    lists: Vec<String>,
    /// Folder with lexicons as .json
    #[arg(long, value_name = "DIR")]
    lexicons: Option<PathBuf>,
    /// Draw so many instead of every combination
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// Drop fills in which two tags have the same value
    #[arg(long)]
    remove_duplicates: bool,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print only the number of texts
    #[arg(long)]
    count: bool,
}

/// Lists of words of arguments: `adj=good,bad`.
pub(super) fn lists_of(lists: &[String]) -> Result<BTreeMap<String, Filler>, BadArgument> {
    let list = |list: &String| {
        let (tag, words) = list
            .split_once('=')
            .ok_or_else(|| BadArgument(format!("{list:?} is no list, expected TAG=WORD,WORD")))?;
        let words = words.split(',').map(|word| Value::Text(word.to_owned())).collect();
        Ok((tag.to_owned(), Filler::Values(words)))
    };
    lists.iter().map(list).collect()
}

pub(super) fn filled(args: &FillArgs) -> anyhow::Result<ExitCode> {
    let lists = lists_of(&args.lists)?;
    let text = match args.template.as_slice() {
        [one] => TemplateTexts::One(one.clone()),
        several => TemplateTexts::Several(several.iter().cloned().map(Example::Text).collect()),
    };
    let template = Template {
        text,
        samples: args.samples,
        remove_duplicates: args.remove_duplicates,
        unroll: true,
        lists,
        ..Template::default()
    };
    let own = args.lexicons.as_deref().map(read_folder).transpose()?.unwrap_or_default();
    let cases = fill(&template, &[&own, &BASIC], args.seed).map_err(|err| BadArgument(err.to_string()))?;
    if args.count {
        print(&cases.len().to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let lines: Vec<String> = cases
        .iter()
        .flat_map(|case| &case.examples)
        .map(|example| crate::base::escape::terminal::line(&example.joined()).into_owned())
        .collect();
    print_raw(&lines.join("\n"));
    Ok(ExitCode::SUCCESS)
}
