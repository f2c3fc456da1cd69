//! `hardcase text`: behavioral suites for text models, written, imported, exported and run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::base::outputs::write_named;
use crate::base::text::{counted, grouped};
use crate::behavior::predictions::{Form, Predictions};
use crate::behavior::report::{Column, TextReport, html, markdown};
use crate::behavior::suite::Suite;
use crate::behavior::{checklist, files, run as running};
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::text::fairness::{GenderArgs, SwapArgs};
use crate::cli::text::retrieval::RetrievalArgs;
use crate::cli::{
    BadArgument, call, print, print_json, print_raw, say, say_latency, threads, with_progress_line,
};

mod fairness;
mod fill;
mod retrieval;
mod suggest;

#[derive(Debug, Subcommand)]
pub(super) enum TextCommand {
    /// Import, export and list behavioral suites
    #[command(subcommand)]
    Suite(TextSuiteCommand),
    /// Run a behavioral suite: failure rates by capability, type and model
    ///
    /// Exit code 0 if no test is above its limit, 1 if one is, 2 for bad arguments, 3 for files that cannot be read, 5 if no
    /// test could be judged. Tests without a limit never fail.
    #[command(after_help = "Examples:\n  hardcase text run sentiment --model sentiment.onnx\n  \
        hardcase text run sentiment --predictions a.txt --predictions b.txt --markdown table.md")]
    Run(Box<RunArgs>),
    /// Fill a template: `hardcase text fill "{first_name} is {a:adj} driver." --list adj=good,old`
    Fill(fill::FillArgs),
    /// Suggest words for the tag {mask} of a template, by a masked-language model
    #[command(
        after_help = "Example:\n  hardcase text suggest \"This is {a:mask} {vehicle}.\" --list vehicle=car,truck --model bert.onnx"
    )]
    Suggest(suggest::SuggestArgs),
    /// Compare the scores of templates that are filled with one term after the other
    #[command(
        after_help = "Example:\n  hardcase text swap \"I am {x}.\" --terms straight,gay,queer --model toxicity.onnx"
    )]
    Swap(Box<SwapArgs>),
    /// Count the genders that translations into English invent
    Gender(GenderArgs),
    /// Relations between the answers of a search engine: narrower queries, other orders, exclusions, quotes
    ///
    /// Exit code 0 if all hold, 1 if one is broken, 2 for bad arguments, 3 if the engine did not answer, 5 if nothing could be
    /// judged.
    #[command(after_help = "Examples:\n  hardcase text retrieval notes.csv --query \"brake light\"\n  \
        hardcase text retrieval engine.toml --queries queries.txt --repeats 3")]
    Retrieval(RetrievalArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum TextSuiteCommand {
    /// Import a suite of CheckList (.pkl, .pkl.gz, .tar.gz); nothing stored in it is run
    Import {
        /// The released file
        file: PathBuf,
        /// Output folder of the suite
        #[arg(short, long)]
        output: PathBuf,
        /// Names of the classes in the order of their numbers: negative,neutral,positive
        #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
        classes: Vec<String>,
    },
    /// Write every example of a suite in the order of its predictions
    Export {
        /// Folder of the suite
        suite: PathBuf,
        /// Output file: .jsonl, .tsv (for pairs) or plain lines
        #[arg(short, long)]
        output: PathBuf,
    },
    /// List the tests of a suite
    List {
        /// Folder of the suite
        suite: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Folder of the suite, or its text.toml
    suite: PathBuf,
    /// Model of texts to run; may be repeated
    #[arg(long, value_name = "FILE")]
    model: Vec<PathBuf>,
    /// Predictions to judge instead of running a model: one line for each example, or .csv and .jsonl with a text; may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    predictions: Vec<PathBuf>,
    /// Form of the lines of predictions
    #[arg(long, value_enum, default_value_t = FormArg::PredAndSoftmax)]
    form: FormArg,
    /// Pass over the first line of predictions
    #[arg(long)]
    header: bool,
    /// Largest failure rate of tests that state none, 0 to 1
    #[arg(long, value_name = "RATE")]
    limit: Option<f64>,
    /// Failed cases that are listed of each test
    #[arg(long, value_name = "N", default_value_t = 10)]
    examples: usize,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a summary for a pull request
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum FormArg {
    PredAndSoftmax,
    PredAndConf,
    PredOnly,
    Softmax,
    BinaryConf,
}

impl FormArg {
    fn form(self) -> Form {
        match self {
            Self::PredAndSoftmax => Form::PredAndSoftmax,
            Self::PredAndConf => Form::PredAndConf,
            Self::PredOnly => Form::PredOnly,
            Self::Softmax => Form::Softmax,
            Self::BinaryConf => Form::BinaryConf,
        }
    }
}

pub(super) fn run(command: &TextCommand) -> anyhow::Result<ExitCode> {
    match command {
        TextCommand::Suite(command) => suite(command),
        TextCommand::Run(args) => run_suite(args),
        TextCommand::Fill(args) => fill::filled(args),
        TextCommand::Suggest(args) => suggest::run(args),
        TextCommand::Swap(args) => fairness::swap(args),
        TextCommand::Gender(args) => fairness::gender(args),
        TextCommand::Retrieval(args) => retrieval::retrieval(args),
    }
}

fn suite(command: &TextSuiteCommand) -> anyhow::Result<ExitCode> {
    match command {
        TextSuiteCommand::Import { file, output, classes } => {
            let mut imported =
                checklist::import(file).with_context(|| format!("could not import {}", file.display()))?;
            imported.suite.classes.clone_from(classes);
            files::write(&imported.suite, output)?;
            for test in imported.suite.tests.iter().filter(|test| !test.note.is_empty()) {
                say(&format!("{}: {}", test.name, test.note));
            }
            for left_out in &imported.left_out {
                say(&format!("left out: {left_out}"));
            }
            let suite = &imported.suite;
            print(&format!(
                "{}: {}, {} examples, {} without an expectation",
                output.display(),
                counted(suite.tests.len(), "test"),
                grouped(suite.examples()),
                suite.tests.iter().filter(|test| test.expect.is_none()).count()
            ));
        }
        TextSuiteCommand::Export { suite, output } => export(&files::read(suite)?, output)?,
        TextSuiteCommand::List { suite, json } => list(&files::read(suite)?, *json),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(suite: &Suite, as_json: bool) {
    if as_json {
        let tests: Vec<_> = suite
            .tests
            .iter()
            .map(|test| {
                json!({
                    "name": test.name, "type": test.kind.id(), "capability": test.capability, "description": test.description,
                    "cases": test.cases.len(), "examples": test.examples(), "label": test.label, "templates": test.templates.len(),
                    "expectation": test.expect, "only_where": test.only_where, "max_failure_rate": test.max_failure_rate,
                    "stored": test.stored, "note": test.note,
                })
            })
            .collect();
        print_json(&json!({ "suite": suite.name, "examples": suite.examples(), "tests": tests }).to_string());
        return;
    }
    for test in &suite.tests {
        let expect = test.expect.as_ref().map_or_else(
            || "no expectation".to_owned(),
            super::super::behavior::expectation::Expectation::sentence,
        );
        print(&format!(
            "{:<11} {} {:>6} cases {:>6} examples  {} ({expect})",
            test.capability,
            test.kind.id(),
            test.cases.len(),
            test.examples(),
            test.name
        ));
    }
}

fn export(suite: &Suite, output: &Path) -> anyhow::Result<()> {
    let ending = output.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
    let mut text = String::new();
    if ending == "tsv" {
        text.push_str("id\tquestion1\tquestion2\n");
    }
    for (at, (test, _, example)) in files::examples(suite).enumerate() {
        let line = match (ending, example.texts()) {
            ("jsonl", _) => json!({ "test": test.name, "text": example }).to_string(),
            ("tsv", texts) => {
                let cells: Vec<String> =
                    texts.iter().map(|text| text.replace(['\t', '\n', '\r'], " ")).collect();
                format!("{at}\t{}", cells.join("\t"))
            }
            // One line is one example, whatever the text holds.
            (_, [text]) => text.replace(['\n', '\r'], " "),
            (_, _) => {
                let problem = format!(
                    "the example {:?} is several texts, write a .jsonl or .tsv file",
                    example.joined()
                );
                return Err(BadArgument(problem).into());
            }
        };
        text.push_str(&line);
        text.push('\n');
    }
    write_named(output, text.as_bytes()).with_context(|| format!("could not write {}", output.display()))?;
    print(&format!("{}: {} examples", output.display(), grouped(suite.examples())));
    Ok(())
}

/// Share of predicted classes that are not the most probable ones from which a file is doubtful.
const CONTRADICTIONS: f64 = 0.01;

fn run_suite(args: &RunArgs) -> anyhow::Result<ExitCode> {
    if args.model.is_empty() && args.predictions.is_empty() {
        let problem =
            "nothing to judge, name a model with --model FILE or predictions with --predictions FILE";
        return Err(BadArgument(problem.to_owned()).into());
    }
    if args.limit.is_some_and(|limit| !(0.0..=1.0).contains(&limit)) {
        return Err(BadArgument("--limit is no share between 0 and 1".to_owned()).into());
    }
    let mut suite = files::read(&args.suite)?;
    let mut columns = Vec::new();
    for path in &args.predictions {
        let predictions = Predictions::read(path, args.form.form(), args.header, &suite)?;
        let (contradictions, all) = (predictions.contradictions(), predictions.len());
        if contradictions as f64 > CONTRADICTIONS * all as f64 {
            say(&format!(
                "{}: {contradictions} of {all} classes are not the most probable ones, are the probabilities in the order of the classes?",
                path.display()
            ));
        }
        columns.push(Column::new(name_of(path), &suite, predictions));
    }
    for path in &args.model {
        let model = tried(path, &args.backend.kind()?)?;
        let progress = call::stopped_by_signals();
        let predictions = with_progress_line("predicting", &progress, || {
            running::predict(&model, &suite, threads(), &progress)
        })?;
        say_latency(&model);
        if suite.classes.is_empty() {
            suite.classes.clone_from(&model.card.labels);
        }
        columns.push(Column::new(name_of(path), &suite, predictions));
    }
    let report = TextReport { suite: &suite, columns, limit: args.limit, listed: args.examples };
    let written = [
        args.json.as_ref().map(|path| (path, format!("{:#}\n", report.json()))),
        args.html.as_ref().map(|path| (path, html::render(&report))),
        args.markdown.as_ref().map(|path| (path, markdown::render(&report))),
    ];
    for (path, text) in written.into_iter().flatten() {
        write_named(path, text.as_bytes()).with_context(|| format!("could not write {}", path.display()))?;
        say(&format!("report: {}", path.display()));
    }
    print_raw(&table(&report));
    Ok(ExitCode::from(match (report.judged(), report.failed()) {
        (false, _) => 5,
        (true, failed) => u8::from(failed),
    }))
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The table for a terminal.
fn table(report: &TextReport<'_>) -> String {
    let names: Vec<String> = report.columns.iter().map(|column| format!("{:<33}", column.name)).collect();
    let mut lines = vec![
        crate::base::escape::terminal::line(format!("{:<17}{}", "", names.join("  ")).trim_end())
            .into_owned(),
    ];
    for (capability, tests) in report.capabilities() {
        for at in tests {
            let test = &report.suite.tests[at];
            let cells: Vec<String> = report
                .columns
                .iter()
                .map(|column| {
                    let verdict = report.verdict(at, column);
                    let rate = column.outcomes[at].failed().filter(|rate| rate.of > 0);
                    rate.map_or_else(
                        || format!("{:>32}", "not judged"),
                        |rate| {
                            format!(
                                "{:>6.2} % {:>6} of {:<6} {:<8}",
                                rate.share() * 100.0,
                                rate.hits,
                                rate.of,
                                verdict.word()
                            )
                        },
                    )
                })
                .collect();
            let line = format!("{capability:<11} {}  {}  {}", test.kind.id(), cells.join("  "), test.name);
            lines.push(crate::base::escape::terminal::line(&line).into_owned());
        }
    }
    lines.join("\n")
}
