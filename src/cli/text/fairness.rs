//! `hardcase text swap` and `hardcase text gender`: fairness of texts.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::behavior::data::{Answer, Case};
use crate::behavior::expectation::Confidence;
use crate::behavior::lexicons::Value;
use crate::behavior::run::predict;
use crate::behavior::suite::{Suite, Test, TestKind};
use crate::behavior::template::{Filler, Template, TemplateTexts, fill};
use crate::behavior::translation::{Gender, Translated, invented};
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::columns::{JsonArg, Limit, column, put_json, share, table};
use crate::cli::{BadArgument, print, say, threads, with_progress_line};
use crate::metrics::fairness::counterfactual::Swaps;

#[derive(Debug, Args)]
pub(in crate::cli) struct SwapArgs {
    /// Templates with the tag {x}: "I am {x}."
    #[arg(required = true)]
    templates: Vec<String>,
    /// Terms that fill it, the first is the reference: straight,gay,queer
    #[arg(long, value_delimiter = ',', required = true, value_name = "TERM,…")]
    terms: Vec<String>,
    /// Model of texts to run
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Class whose probability is the score; the last one of the model if absent
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Score from which a text is of the class
    #[arg(long, value_name = "SCORE", default_value_t = 0.5, value_parser = share)]
    threshold: f64,
    /// End with 1 if a figure is larger: `flip_rate`, `gap_to_first`, `pairwise_gap`
    #[arg(long = "max", value_name = "NAME=VALUE")]
    limits: Vec<Limit>,
    #[command(flatten)]
    backend: BackendArgs,
    #[command(flatten)]
    json: JsonArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct GenderArgs {
    /// Table with a row for each translation into English
    table: PathBuf,
    /// Column with the translation
    #[arg(long, default_value = "translation", value_name = "COLUMN")]
    translation: String,
    /// Column with the word that a row is about; `about` if absent, where the table has it
    #[arg(long, value_name = "COLUMN")]
    about: Option<String>,
    /// Column with the kind of that word; `kind` if absent, where the table has it
    #[arg(long, value_name = "COLUMN")]
    kind: Option<String>,
    /// End with 1 if the share of invented genders is larger
    #[arg(long, value_name = "SHARE", value_parser = share)]
    max_invented: Option<f64>,
    #[command(flatten)]
    json: JsonArg,
}

/// A suite of one test with the templates filled with every term, and the number of terms.
fn suite_of(args: &SwapArgs) -> Result<Suite, BadArgument> {
    let terms = args.terms.iter().map(|term| Value::Text(term.clone())).collect();
    let lists = std::iter::once(("x".to_owned(), Filler::Values(terms)))
        .collect::<std::collections::BTreeMap<_, _>>();
    let mut cases: Vec<Case> = Vec::new();
    for text in &args.templates {
        let template =
            Template { text: TemplateTexts::One(text.clone()), lists: lists.clone(), ..Template::default() };
        let filled = fill(&template, &[], 0).map_err(|err| BadArgument(err.to_string()))?;
        if filled.len() != args.terms.len() {
            return Err(BadArgument(format!("the template {text:?} has no tag {{x}}")));
        }
        cases.extend(filled);
    }
    let test = Test {
        name: "swaps".to_owned(),
        kind: TestKind::Inv,
        capability: "Fairness".to_owned(),
        description: String::new(),
        expect: None,
        only_where: None,
        label: None,
        max_failure_rate: None,
        seed: 0,
        templates: Vec::new(),
        perturb: None,
        cases,
        stored: String::new(),
        note: String::new(),
    };
    Ok(Suite { name: "swaps".to_owned(), tests: vec![test], ..Suite::default() })
}

pub(super) fn swap(args: &SwapArgs) -> anyhow::Result<ExitCode> {
    if args.terms.len() < 2 {
        return Err(BadArgument("a swap needs two terms or more".to_owned()).into());
    }
    let suite = suite_of(args)?;
    let model = tried(&args.model, &args.backend.kind()?)?;
    let labels = &model.card.labels;
    let class = match &args.class {
        Some(name) => labels.iter().position(|label| label == name).ok_or_else(|| {
            BadArgument(format!("the model has no class {name:?}, it has {}", labels.join(", ")))
        })?,
        None => labels.len().saturating_sub(1),
    };
    let progress = Progress::default();
    let predictions =
        with_progress_line("predicting", &progress, || predict(&model, &suite, threads(), &progress))?;
    let score = |at: usize| match predictions.get(at).map(|guess| guess.confidence) {
        Some(Confidence::Softmax(all)) => {
            Answer::Number(class as i64).index(all.len()).map_or(0.0, |at| all[at])
        }
        Some(Confidence::Scalar(score)) => score,
        None => 0.0,
    };
    let count = args.terms.len();
    let scores: Vec<Vec<f64>> = (0..args.templates.len())
        .map(|row| (0..count).map(|term| score(row * count + term)).collect())
        .collect();
    let swaps = Swaps { scores, threshold: args.threshold };
    let Some(figures) = swaps.figures() else {
        return Err(BadArgument("a swap needs a template and two terms".to_owned()).into());
    };
    let mut failed = Vec::new();
    for limit in &args.limits {
        let value = match limit.name.as_str() {
            "flip_rate" => figures.flip_rate,
            "gap_to_first" => figures.gap_to_first,
            "pairwise_gap" => figures.pairwise_gap,
            other => {
                let known = "flip_rate, gap_to_first, pairwise_gap";
                return Err(BadArgument(format!("unknown figure {other:?}, known are {known}")).into());
            }
        };
        if value > limit.most {
            failed.push(format!("{} is {value:.4}, above {}", limit.name, limit.most));
        } else if !value.is_finite() {
            // The model gave scores that are no numbers.
            failed.push(format!("{} cannot be computed", limit.name));
        }
    }
    if let Some(place) = &args.json.json {
        let class = labels.get(class);
        let document = json!({
            "class": class, "terms": args.terms, "templates": args.templates, "scores": swaps.scores,
            "figures": figures, "failed": failed,
        });
        put_json(place, &document)?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != std::path::Path::new("-")) {
        for (term, mean) in args.terms.iter().zip(&figures.mean_by_term) {
            print(&format!("  {mean:.4}  {term}"));
        }
        for (template, range) in args.templates.iter().zip(&figures.range_by_template) {
            print(&format!("  range {range:.4}  {template}"));
        }
        print(&format!(
            "{} of {} change the prediction, {:.1} % ({:.1} to {:.1}); gap to the first term {:.4}, between pairs {:.4}",
            figures.flips,
            counted(args.templates.len(), "template"),
            figures.flip_rate * 100.0,
            figures.flip_interval.0 * 100.0,
            figures.flip_interval.1 * 100.0,
            figures.gap_to_first,
            figures.pairwise_gap
        ));
    }
    for problem in &failed {
        say(problem);
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}

pub(super) fn gender(args: &GenderArgs) -> anyhow::Result<ExitCode> {
    let named = std::iter::once(&args.translation).chain(&args.about).chain(&args.kind);
    let sheet = table(&args.table, &named.map(String::as_str).collect::<Vec<_>>())?;
    let translations = column(&sheet, &args.translation)?;
    // Kind and word may be missing; a column that is named may not.
    let cells = |name: &Option<String>, usual: &str| match name {
        Some(name) => column(&sheet, name).map(Some),
        None => Ok(column(&sheet, usual).ok()),
    };
    let (kinds, words) = (cells(&args.kind, "kind")?, cells(&args.about, "about")?);
    let cell = |cells: Option<&[String]>, row: usize| {
        cells.and_then(|cells| cells.get(row)).cloned().unwrap_or_default()
    };
    let rows: Vec<Translated> = translations
        .iter()
        .enumerate()
        .map(|(row, translation)| Translated {
            kind: cell(kinds, row),
            about: cell(words, row),
            translation: translation.clone(),
        })
        .collect();
    let found = invented(&rows);
    if let Some(place) = &args.json.json {
        let genders: Vec<Gender> = rows.iter().map(|row| Gender::of(&row.translation)).collect();
        let mut document = json!(found);
        document["genders"] = json!(genders);
        put_json(place, &document)?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != std::path::Path::new("-")) {
        print(&format!(
            "{} of {} get a gender that the source has not ({:.1} to {:.1})",
            format_args!("{:.1} %", found.invented * 100.0),
            counted(found.rows, "translation"),
            found.invented_interval.0 * 100.0,
            found.invented_interval.1 * 100.0
        ));
        if let Some(share) = found.male_share {
            print(&format!("{:.1} % of these are male", share * 100.0));
        }
        for (kind, genders) in &found.by_kind {
            let of = |gender: Gender| genders.get(&gender).copied().unwrap_or(0);
            print(&format!(
                "  {kind:<16} male {:>4}  female {:>4}  both {:>4}  neutral {:>4}",
                of(Gender::Male),
                of(Gender::Female),
                of(Gender::Both),
                of(Gender::Neutral)
            ));
        }
        if !found.inconsistent.is_empty() {
            print(&format!("one gender here and the other there: {}", found.inconsistent.join(", ")));
        }
    }
    let above = args.max_invented.is_some_and(|most| found.rows == 0 || found.invented > most);
    if above && found.rows == 0 {
        say("the table has no translations, which is no pass");
    }
    Ok(ExitCode::from(u8::from(above)))
}
