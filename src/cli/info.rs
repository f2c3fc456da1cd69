//! `hardcase info`: contents of a recording, a model or a suite.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::cli::{print, print_json};
use crate::clips;
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::inference::{embedded, guess, onnx_file};
use crate::suites::files;

#[derive(Debug, Args)]
pub(super) struct InfoArgs {
    /// A recording, a model file or the folder of a suite
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InfoArgs) -> anyhow::Result<ExitCode> {
    if files::is_suite(&args.file) {
        suite(args)?;
    } else if args.file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("onnx")) {
        model(args)?;
    } else {
        clip(args)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn clip(args: &InfoArgs) -> anyhow::Result<()> {
    let clip = clips::open(&args.file)?;
    clip.index(&Progress::default())?;
    let info = clip.info();
    if args.json {
        print_json(&serde_json::to_string_pretty(&*info)?);
        return Ok(());
    }
    print(&format!("{} ({}), {}", info.name, info.format, info.range.span()));
    for channel in &info.channels {
        let kind = channel.kind.title();
        let problem = channel.problem.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
        print(&format!(
            "  {kind:<14} {:<32} {:>8}  {}{problem}",
            channel.name, channel.samples, channel.encoding
        ));
    }
    for (name, text) in &info.about {
        print(&format!("  {name}: {text}"));
    }
    for warning in &info.warnings {
        print(&format!("  warning: {warning}"));
    }
    Ok(())
}

fn model(args: &InfoArgs) -> anyhow::Result<()> {
    let mut info = onnx_file::read(&args.file)?;
    if let Ok(graph) = Backend::from(&embedded::KIND).graph(&args.file, 1) {
        guess::complete(&mut info, &*graph);
    }
    let card = match ModelCard::beside(&args.file)? {
        Some(card) => Some(card),
        None => guess::card(&info, &args.file).ok(),
    };
    if args.json {
        print_json(&format!("{:#}", json!({ "model": info, "card": card })));
        return Ok(());
    }
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    print(&format!(
        "{name}: ONNX opset {}, {} parameters, producer {}",
        info.opset, info.parameters, info.producer
    ));
    for input in &info.inputs {
        print(&format!("  input   {} {} {}", input.name, input.element, input.shape_text()));
    }
    for output in &info.outputs {
        print(&format!("  output  {} {} {}", output.name, output.element, output.shape_text()));
    }
    let operators: Vec<String> = info.operators.iter().map(|(name, n)| format!("{name} {n}")).collect();
    print(&format!("  operators  {}", operators.join(", ")));
    match card {
        Some(card) => print(&format!("  card    {} decoder, {} classes", card.decoder, card.labels.len())),
        None => print("  card    cannot be guessed, write one beside the model"),
    }
    Ok(())
}

fn suite(args: &InfoArgs) -> anyhow::Result<()> {
    let suite = files::read(&args.file)?;
    if args.json {
        let cases: Vec<_> = suite.cases.iter().map(|(id, case)| json!({ "id": id, "case": case })).collect();
        print_json(&format!("{:#}", json!({ "suite": suite.file, "cases": cases, "broken": suite.broken })));
        return Ok(());
    }
    print(&format!("suite {}: {}", suite.file.name, counted(suite.cases.len(), "case")));
    // What a suite brings is only needed for the strength of it; a damaged one is told by `suite verify`.
    let catalog = suite.catalog().unwrap_or_default();
    for (id, case) in &suite.cases {
        let change = crate::transforms::stack::describe(&catalog, &case.stack);
        print(&format!("  {id:<40} {:<24} {change}", crate::claims::spec::describe(&case.oracle)));
    }
    for (_, problem) in &suite.broken {
        print(&format!("  warning: {problem}"));
    }
    Ok(())
}
