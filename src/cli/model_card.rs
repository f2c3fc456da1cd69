//! `hardcase model-card`: a page about a model, its data and its biases, from statements and measurements.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs::{self, write_named};
use crate::base::progress::Progress;
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::evaluate::{model_of, pairs, told_about};
use crate::cli::labels::looks::issues;
use crate::cli::{BadArgument, print_lines, say, threads, with_progress_line};
use crate::evaluation::gather::{Truth, gather};
use crate::evaluation::intervals::bootstrap;
use crate::evaluation::model_card::given::Given;
use crate::evaluation::model_card::page;
use crate::evaluation::model_card::statements::{self, Statements};
use crate::evaluation::samples::Evaluation;
use crate::evaluation::terms::Terms;
use crate::predictions::source::Source;
use crate::project::editor::ProjectEditor;
use crate::reports::page::{html, markdown};
use crate::reports::{parts, report::Report};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hardcase model-card lights --new\n  hardcase model-card lights -o card.html\n  \
    hardcase test lights.suite --json report.json; hardcase model-card lights --results report.json -o card.md"
)]
pub(super) struct ModelCardArgs {
    /// A project with labels or recorded ground truth
    project: PathBuf,
    /// The model file; the project's model if absent
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Only these recordings of the project
    #[arg(long, value_name = "NAME")]
    clip: Vec<String>,
    /// Class of the model for a class of the labels: `person=pedestrian`
    #[arg(long, value_name = "MODEL=LABEL")]
    class: Vec<String>,
    /// Recorded signal as ground truth of a value: `steering=/vehicle/steering.angle`
    #[arg(long, value_name = "NUMBER=SIGNAL")]
    signal: Vec<String>,
    /// JSON report of hardcase test, whose verdicts stand on the page
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Bootstrap draws of the overall numbers; 0 for none
    #[arg(long, default_value_t = 200, value_name = "DRAWS", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    bootstrap: u32,
    /// Output file, .html or .md; Markdown to stdout if absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write model-card.toml with the questions for people into the project, and nothing else
    #[arg(long, conflicts_with_all = ["output", "results"])]
    new: bool,
}

/// Seed of bootstrap draws.
const SEED: u64 = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    Markdown,
}

fn form(output: Option<&Path>) -> Result<Form, BadArgument> {
    let Some(output) = output else { return Ok(Form::Markdown) };
    match output.extension().and_then(|ext| ext.to_str()).map(str::to_lowercase).as_deref() {
        Some("html" | "htm") => Ok(Form::Html),
        Some("md" | "markdown") => Ok(Form::Markdown),
        _ => Err(BadArgument(format!(
            "the page is written as .html or .md, and {} is neither",
            output.display()
        ))),
    }
}

pub(super) fn run(args: &ModelCardArgs) -> anyhow::Result<ExitCode> {
    if args.new {
        return new(&args.project);
    }
    let form = form(args.output.as_deref())?;
    // What is quick to refuse is refused before the model runs.
    let statements = Statements::read(&args.project)?;
    let results = args.results.as_deref().map(parts::read).transpose()?;
    let backend = args.backend.kind()?;
    let path = match args.model.clone().or_else(|| args.backend.served_model()) {
        Some(model) => model,
        None => model_of(&args.project)?,
    };
    let source = Source::Model(Arc::new(tried(&path, &backend)?));
    let terms = Terms { classes: pairs(&args.class)?, signals: pairs(&args.signal)?, ..Terms::default() };
    let progress = Progress::default();
    let gathered = with_progress_line("predicting", &progress, || {
        gather(&args.project, &args.clip, (&source, &Truth::Labels), &terms, threads(), &progress)
    })?;
    told_about(&gathered, &source)?;
    let (unlabeled, silent, strange) = (gathered.unlabeled, gathered.silent, gathered.strange);
    let evaluation = Evaluation::with_limits(gathered.samples, source.threshold(), &gathered.limits);
    let draws = args.bootstrap as usize;
    let intervals = with_progress_line("drawing", &progress, || {
        bootstrap(&evaluation, draws.max(1), SEED, threads(), &progress)
    })?;
    let mut editor = ProjectEditor::open(&args.project)?;
    let issues = issues(&mut editor);
    let given = Given {
        project: editor.project(),
        source: &source,
        evaluation: &evaluation,
        unlabeled,
        silent,
        strange: &strange,
        intervals: if draws == 0 { &[] } else { &intervals },
        draws,
        issues: Some(&issues),
        results: results.as_ref(),
        statements: &statements,
    };
    other_model(&given, results.as_ref());
    let page = page(&given);
    let text = if form == Form::Html { html::render(&page) } else { markdown::render(&page) };
    match &args.output {
        None => print_lines(text.trim_end()),
        Some(file) => {
            write_named(file, text.as_bytes())
                .with_context(|| format!("could not write {}", file.display()))?;
            say(&format!("model card: {}", file.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn other_model(given: &Given<'_>, results: Option<&Report>) {
    let (Some(model), Some(results)) = (given.source.model(), results) else { return };
    if model.sha256 != results.model_sha256 {
        say(&format!("warning: the results are of another model file, {}", results.model));
    }
}

/// Writes the questions; an existing file is left alone.
fn new(project: &Path) -> anyhow::Result<ExitCode> {
    ProjectEditor::open(project)?;
    let path = project.join(statements::FILE);
    if path.symlink_metadata().is_ok() {
        return Err(BadArgument(format!("{} exists and is not replaced", path.display())).into());
    }
    outputs::write(project, Path::new(statements::FILE), statements::template().as_bytes())
        .with_context(|| format!("could not write {}", path.display()))?;
    say(&format!("questions: {}", path.display()));
    Ok(ExitCode::SUCCESS)
}
