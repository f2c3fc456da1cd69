//! `hardcase text retrieval`: relations between the answers of a search engine.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::base::inputs::{self, InputKind};
use crate::base::text::counted;
use crate::behavior::retrieval::endpoint::Endpoint;
use crate::behavior::retrieval::index::Index;
use crate::behavior::retrieval::query::Engine;
use crate::behavior::retrieval::run::{RetrievalReport, run};
use crate::cli::columns::{JsonArg, put_json};
use crate::cli::{BadArgument, call, print, say, with_progress_line};
use crate::data::input::{Input, Medium};
use crate::data::time::window::Reach;
use crate::project::samples::{self, inputs as samples_of};

/// Broken pairs of a relation that are printed at most.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
pub(in crate::cli) struct RetrievalArgs {
    /// Description of an endpoint (.toml), or texts to index here: a table or a folder of texts
    engine: PathBuf,
    /// Terms of a query: "brake light"; may be repeated
    #[arg(long, value_name = "TERMS")]
    query: Vec<String>,
    /// File with the terms of a query on each line
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
    /// Times that each query is asked; a relation is broken only if it is each time
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=20))]
    repeats: u8,
    /// Queries that are asked at the same time
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    #[command(flatten)]
    json: JsonArg,
}

pub(super) fn retrieval(args: &RetrievalArgs) -> anyhow::Result<ExitCode> {
    let terms = terms(args)?;
    let engine: Box<dyn Engine> =
        if args.engine.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("toml")) {
            Box::new(Endpoint::read(&args.engine)?)
        } else {
            Box::new(index(args)?)
        };
    let progress = call::stopped_by_signals();
    let report = with_progress_line("asking", &progress, || {
        run(&*engine, &terms, usize::from(args.repeats), usize::from(args.jobs), &progress)
    })?;
    if let Some(place) = &args.json.json {
        put_json(place, &json!(report))?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != std::path::Path::new("-")) {
        told(&report);
    }
    for (error, count) in &report.errors {
        say(&format!("{} failed: {error}", counted(*count, "query")));
    }
    let judged: usize = report.relations.iter().map(|relation| relation.judged).sum();
    let broken = report.relations.iter().any(|relation| !relation.broken.is_empty());
    if judged == 0 && report.errors.is_empty() {
        say("no relation could be judged, which is no pass");
    }
    Ok(ExitCode::from(match (broken, report.errors.is_empty(), judged) {
        (true, ..) => 1,
        (false, false, _) => 3,
        (false, true, 0) => 5,
        (false, true, _) => 0,
    }))
}

/// Queries as lists of their terms.
fn terms(args: &RetrievalArgs) -> anyhow::Result<Vec<Vec<String>>> {
    let mut lines = args.query.clone();
    if let Some(path) = &args.queries {
        let text = inputs::read_text(path, InputKind::Labels)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        lines.extend(text.lines().map(str::to_owned));
    }
    let split = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let terms: Vec<Vec<String>> = lines.iter().map(split).filter(|terms| !terms.is_empty()).collect();
    if terms.is_empty() {
        return Err(BadArgument("no query, name one with --query or --queries".to_owned()).into());
    }
    if let Some(short) = terms.iter().find(|terms| terms.len() < 2) {
        let what =
            format!("the query {:?} has one term, and relations are about two or more", short.join(" "));
        return Err(BadArgument(what).into());
    }
    // What means something in a query cannot be a term of one.
    if let Some(term) = terms.iter().flatten().find(|term| term.starts_with('-') || term.contains('"')) {
        return Err(BadArgument(format!("{term:?} is no plain term, leave quotes and signs out")).into());
    }
    Ok(terms)
}

/// The texts of a recording as an index.
fn index(args: &RetrievalArgs) -> anyhow::Result<Index> {
    let asked = samples::Asked {
        clip: None,
        channel: None,
        human: None,
        every: 1,
        medium: Some(Medium::Text),
        reach: Reach::default(),
    };
    let mut texts = Vec::new();
    for sample in samples_of(std::slice::from_ref(&args.engine), &asked)? {
        if let Input::Text(text) = sample.input()? {
            texts.push(text);
        }
    }
    let index = Index::of(texts.iter().map(AsRef::as_ref));
    if index.is_empty() {
        return Err(BadArgument(format!("there are no texts in {}", args.engine.display())).into());
    }
    say(&counted(index.len(), "text"));
    Ok(index)
}

fn told(report: &RetrievalReport) {
    for relation in &report.relations {
        let rate = relation.rate();
        print(&format!(
            "{:<18} {:>4} of {:>4} broken, {:>5.1} % ({:.1} to {:.1})  {}",
            relation.id,
            rate.hits,
            rate.of,
            100.0 * rate.share(),
            100.0 * rate.low,
            100.0 * rate.high,
            relation.summary
        ));
        for broken in relation.broken.iter().take(SHOWN) {
            print(&format!("    {}  |  {}: {}", broken.source, broken.follow_up, broken.why));
        }
        if relation.broken.len() > SHOWN {
            print(&format!("    and {} more", relation.broken.len() - SHOWN));
        }
        for (why, count) in &relation.unknown {
            print(&format!("    {} not judged: {why}", counted(*count, "pair")));
        }
    }
}
