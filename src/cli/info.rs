//! `hardcase info`: contents of a recording, a model, a suite or a project.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::base::progress::Progress;
use crate::base::remote::{Address, is_remote};
use crate::base::text::counted;
use crate::cli::{print, print_json, with_progress_line};
use crate::clips;
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::inference::{embedded, fetched, guess, onnx_file};
use crate::mining::health::{health, sentences};
use crate::project::editor::ProjectEditor;
use crate::project::is_project;
use crate::project::missing::{self, Role};
use crate::project::remote::{Found, found};
use crate::suites::files;

#[derive(Debug, Args)]
pub(super) struct InfoArgs {
    /// A recording, a model file, or the folder of a suite or a project
    file: PathBuf,
    /// Read all of a recording given by an address, numbers inside of messages too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InfoArgs) -> anyhow::Result<ExitCode> {
    if let Some(found) =
        Address::of(&args.file).map(|address| found(&address, &Progress::default())).transpose()?
    {
        match found {
            Found::File => {}
            Found::Folder(file) => return run(&InfoArgs { file, ..*args }),
            Found::Recordings(recordings) => {
                for path in &recordings {
                    print(&path.display().to_string());
                }
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    if files::is_suite(&args.file) {
        suite(args)?;
    } else if is_project(&args.file) {
        project(args)?;
    } else if args.file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("onnx")) {
        model(args)?;
    } else {
        clip(args)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn project(args: &InfoArgs) -> anyhow::Result<()> {
    let editor = ProjectEditor::open(&args.file)?;
    let project = editor.project();
    let missing = missing::missing(project);
    let gone =
        |role: Role, name: &str| missing.iter().filter(|file| file.role == role && file.name == name).count();
    if args.json {
        let entry = |role, name: &str, path: &Path| json!({ "name": name, "path": project.resolve(path), "missing": gone(role, name) > 0 });
        let clips = project.clips.iter().map(|clip| entry(Role::Recording, &clip.name, &clip.path));
        let models = project.models.iter().map(|model| entry(Role::Model, &model.name, &model.path));
        print_json(&format!(
            "{:#}",
            json!({
                "project": project.name,
                "read_only": editor.read_only(),
                "tags": project.tags.len(),
                "labels": project.labels.len(),
                "cases": project.cases.len(),
                "suites": project.suites(),
                "recordings": clips.collect::<Vec<_>>(),
                "models": models.collect::<Vec<_>>(),
            })
        ));
        return Ok(());
    }
    print(&format!(
        "project {}: {}, {}, {}{}",
        project.name,
        counted(project.tags.len(), "tag"),
        counted(project.labels.len(), "label"),
        counted(project.cases.len(), "test case"),
        if editor.read_only() { ", read-only" } else { "" }
    ));
    let files = |title: &str, name: &str, path: &Path| {
        let path = project.resolve(path);
        let state = if missing.iter().any(|file| file.path == path) { "missing  " } else { "" };
        print(&format!("  {title:<10} {name:<32} {state}{}", path.display()));
    };
    for clip in &project.clips {
        files("recording", &clip.name, &clip.path);
        for part in &clip.with {
            files("", "", &part.path);
        }
    }
    for model in &project.models {
        files("model", &model.name, &model.path);
    }
    for suite in project.suites() {
        print(&format!("  suite      {suite:<32} {}", counted(project.cases_of(&suite).count(), "case")));
    }
    if !missing.is_empty() {
        print(&format!(
            "  warning: {} missing, open the project in the window and choose \"Locate…\"",
            counted(missing.len(), "file")
        ));
    }
    if editor.read_only() {
        print("  warning: the project is read-only, the window makes a writable copy of it");
    }
    Ok(())
}

fn clip(args: &InfoArgs) -> anyhow::Result<()> {
    let clip = clips::open(&args.file)?;
    let progress = Progress::default();
    let by_parts = is_remote(&args.file) && !args.all;
    with_progress_line("indexing", &progress, || {
        if by_parts { clip.index_samples(&progress) } else { clip.index(&progress) }
    })?;
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
    if by_parts && !info.indexed {
        print("  note: numbers inside of messages were not read, add --all to read the whole recording");
    }
    let findings = health(&*clip, &Progress::default())?;
    for sentence in sentences(&*clip, &findings) {
        print(&format!("  health: {sentence}"));
    }
    Ok(())
}

fn model(args: &InfoArgs) -> anyhow::Result<()> {
    let args = &InfoArgs { file: fetched::local(&args.file)?.into_owned(), ..*args };
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
        let gates = suite.gates.all.iter().map(|(id, gate)| json!({ "id": id, "gate": gate }));
        let gates: Vec<_> = gates.collect();
        print_json(&format!(
            "{:#}",
            json!({ "suite": suite.file, "cases": cases, "broken": suite.broken, "gates": gates, "broken_gates": suite.gates.broken })
        ));
        return Ok(());
    }
    print(&format!(
        "suite {}: {}",
        suite.file.name,
        counted(suite.cases.len() + suite.gates.all.len(), "case")
    ));
    // What a suite brings is only needed for the strength of it; a damaged one is told by `suite verify`.
    let catalog = suite.catalog().unwrap_or_default();
    for (id, case) in &suite.cases {
        let change = crate::transforms::stack::describe_case(&catalog, &case.stack, case.attack.as_ref());
        print(&format!("  {id:<40} {:<24} {change}", crate::claims::spec::describe(&case.oracle)));
    }
    for (id, gate) in &suite.gates.all {
        print(&format!("  {id:<40} {} over {}", gate.claim, gate.data.source()));
    }
    for (_, problem) in suite.broken.iter().chain(&suite.gates.broken) {
        print(&format!("  warning: {problem}"));
    }
    Ok(())
}
