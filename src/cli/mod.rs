//! The command line: one file per subcommand. Results go to stdout, everything else to stderr.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::base::errors::told;
use crate::base::escape::{json, terminal};
use crate::base::outputs;
use crate::base::remote::RemoteError;
use crate::clips::{Clip, ClipError};
use crate::inference::model::Model;
use crate::inference::{ModelError, isolated};
use crate::project::faults::{Fault, Faulty};
use crate::shards::error::ShardError;
use crate::shards::store::StoreError;
use crate::suites::hosted;

mod attack;
mod backend;
pub mod call;
mod clean;
mod columns;
mod compare;
mod completions;
mod coverage;
mod cut;
mod data;
mod demo;
mod diff;
mod docs;
mod doctor;
mod drift;
mod evaluate;
mod fairness;
#[cfg(feature = "gui")]
mod fonts;
mod frame;
mod gates;
mod host;
mod info;
mod inspect;
mod labels;
mod load;
mod mcp;
mod merge;
mod mine;
mod model_card;
mod patch;
mod plan;
mod predict;
mod reference;
mod remote;
mod reports;
mod search;
mod status;
mod submit;
mod subsample;
mod suite;
mod sweep;
mod test;
mod text;
mod transform;

/// Find out where a model fails on recorded drives, and save each failure as a test
#[derive(Debug, Parser)]
#[command(name = "hardcase", version, about, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Sub>,
    /// Recordings, projects, models or suites to open in the window
    paths: Vec<PathBuf>,
    /// Case of an exported suite to open in the window
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Model to load in the window
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Show the contents of a recording, a model, a suite or a project
    Info(info::InfoArgs),
    /// Save a frame of a recording as an image
    Frame(frame::FrameArgs),
    /// Cut a stretch of a recording out into an MCAP file
    Cut(cut::CutArgs),
    /// List transforms, or apply a stack of them to an image
    #[command(subcommand)]
    Transform(transform::TransformCommand),
    /// Run a model on images or recordings
    Predict(predict::PredictArgs),
    /// Run a model on two backends, thread counts or files with the same inputs and compare the outputs
    Diff(Box<diff::DiffArgs>),
    /// Evaluate a model on labeled or recorded data: average precision, confusion matrix, calibration, errors, by slice
    Evaluate(Box<evaluate::EvaluateArgs>),
    /// Compare two set-ups on the same drive or suite: models, backends, resolutions, sensors, recordings
    Compare(Box<compare::CompareArgs>),
    /// Import, export, check and compare labels
    #[command(subcommand)]
    Labels(labels::LabelsCommand),
    /// Sweep a transform stack over frames, severities and seeds: failure rates and tipping points
    Sweep(Box<sweep::SweepArgs>),
    /// Plan a sweep for many machines: its parts, hours and dollars
    Plan(Box<plan::PlanArgs>),
    /// Write a manifest that makes an engine run the shards of a planned sweep, or run them on this machine
    Submit(submit::SubmitArgs),
    /// Show how far a planned sweep is
    Status(status::StatusArgs),
    /// Merge the parts of a planned sweep into the table and summary of one machine
    Merge(merge::MergeArgs),
    /// Search for failing transforms guided by neuron coverage, beside a random baseline
    Search(search::SearchArgs),
    /// Attack a model: the smallest or bounded changes of images that make it wrong, beside noise of the same size
    Attack(Box<attack::AttackArgs>),
    /// Train a patch to print that hides a sign from a model, and try it beside plain ones
    Patch(Box<patch::PatchArgs>),
    /// Look inside of a model: structural coverage, surprise, validity of inputs, conformal sets
    Inspect(Box<inspect::InspectArgs>),
    /// Mine recordings: what happened that nobody tagged
    Mine(Box<mine::MineArgs>),
    /// Coverage of tags, of the map and of ranges of signals: what recordings have, and what is missing
    Coverage(coverage::CoverageArgs),
    /// Choose few frames that cover most, to be labeled first
    Subsample(subsample::SubsampleArgs),
    /// Export a suite of a project, or verify an exported one
    #[command(subcommand)]
    Suite(suite::SuiteCommand),
    /// Run suites: exit code 0 pass, 1 fail, 2 bad arguments, 3 error, 5 nothing judged
    Test(Box<test::TestArgs>),
    /// Behavioral suites for text models: import, run, fill templates
    #[command(subcommand)]
    Text(text::TextCommand),
    /// Compare rates by group of a table of predictions: parity, equalized odds, subgroup AUCs
    Fairness(Box<fairness::FairnessArgs>),
    /// Compare two tables, recordings or folders of images: drift of numbers, classes and vectors
    Drift(Box<drift::DriftArgs>),
    /// Find label errors, near duplicates and faults of columns
    #[command(subcommand)]
    Data(data::DataCommand),
    /// Load test of a model: latency percentiles and errors at one rate after the other, up to saturation
    Load(Box<load::LoadArgs>),
    /// Write a page about a model, its data and its sources of bias, from statements and measurements
    ModelCard(Box<model_card::ModelCardArgs>),
    /// Serve the program to an assistant over the Model Context Protocol
    Mcp(mcp::McpArgs),
    /// Run the whole workflow on the bundled sample without a window and write a report
    Demo(demo::DemoArgs),
    /// List the backends, drivers and codecs that were found, and what to install
    Doctor(doctor::DoctorArgs),
    /// Print completions of commands and options for a shell
    Completions(completions::CompletionsArgs),
    /// Write man pages into a folder
    Man(completions::ManArgs),
    /// Print the reference of kinds, keys, expressions and the command line as Markdown.
    Docs(docs::DocsArgs),
    /// Host process of an isolated backend; internal
    #[command(name = isolated::SUBCOMMAND, hide = true)]
    Host(host::HostArgs),
    /// Process that judges cases of suites; internal
    #[command(name = hosted::SUBCOMMAND, hide = true)]
    Cases,
}

/// Content of the window when the arguments ask for one.
#[derive(Clone, Debug, Default)]
pub struct WindowRequest {
    /// Paths to open.
    pub paths: Vec<PathBuf>,
    /// The case to open of the first path, which is a suite.
    pub case: Option<String>,
    /// The model to load.
    pub model: Option<PathBuf>,
}

/// Run the subcommand, or return the content of the window if there is none.
pub fn run() -> Result<WindowRequest, ExitCode> {
    run_with(&std::env::args_os().collect::<Vec<_>>())
}

/// The same with arguments that begin with the name of the program.
pub fn run_with(typed: &[OsString]) -> Result<WindowRequest, ExitCode> {
    remote::watch_downloads();
    let typed = &remote::shown(typed);
    let args = match Args::try_parse_from(typed) {
        Ok(args) => args,
        // What was typed stands in the error; a plain one keeps its colors.
        Err(err) if !err.use_stderr() || !typed.iter().any(|arg| acts(arg)) => err.exit(),
        Err(err) => {
            say_raw(&terminal::lines(err.render().to_string().trim_end()));
            return Err(ExitCode::from(2));
        }
    };
    let Some(command) = args.command else {
        return Ok(WindowRequest { paths: args.paths, case: args.case, model: args.model });
    };
    let outcome = ran(command);
    if let Some(changes) = outputs::take_changes().told() {
        say(&changes);
    }
    Err(finish(outcome))
}

fn ran(command: Sub) -> anyhow::Result<ExitCode> {
    match command {
        Sub::Info(args) => info::run(&args),
        Sub::Frame(args) => frame::run(&args),
        Sub::Cut(args) => cut::run(&args),
        Sub::Transform(command) => transform::run(&command),
        Sub::Predict(args) => predict::run(&args),
        Sub::Diff(args) => diff::run(&args),
        Sub::Evaluate(args) => evaluate::run(&args),
        Sub::Compare(args) => compare::run(&args),
        Sub::Labels(command) => labels::run(&command),
        Sub::Sweep(args) => sweep::run(&args),
        Sub::Plan(args) => plan::run(&args),
        Sub::Submit(args) => submit::run(&args),
        Sub::Status(args) => status::run(&args),
        Sub::Merge(args) => merge::run(&args),
        Sub::Search(args) => search::run(&args),
        Sub::Attack(args) => attack::run(&args),
        Sub::Patch(args) => patch::run(&args),
        Sub::Inspect(args) => inspect::run(&args),
        Sub::Mine(args) => mine::run(&args),
        Sub::Coverage(args) => coverage::run(&args),
        Sub::Subsample(args) => subsample::run(&args),
        Sub::Suite(command) => suite::run(&command),
        Sub::Test(args) => test::run(&args),
        Sub::Text(command) => text::run(&command),
        Sub::Fairness(args) => fairness::run(&args),
        Sub::Drift(args) => drift::run(&args),
        Sub::Data(command) => data::run(&command),
        Sub::Load(args) => load::run(&args),
        Sub::ModelCard(args) => model_card::run(&args),
        Sub::Mcp(args) => mcp::run(&args),
        Sub::Demo(args) => demo::run(&args),
        Sub::Doctor(args) => doctor::run(&args),
        Sub::Completions(args) => Ok(completions::run(&args)),
        Sub::Man(args) => completions::man(&args),
        Sub::Docs(args) => docs::run(&args),
        Sub::Host(args) => host::run(&args),
        Sub::Cases => host::judge_cases(),
    }
}

/// Say that there is no window in this build.
pub fn no_window() -> ExitCode {
    say("hardcase: this is the headless build, it has no window: see `hardcase --help`");
    ExitCode::from(2)
}

/// True if an argument could move a terminal or be taken for a command of a CI.
fn acts(argument: &OsStr) -> bool {
    let text = argument.to_string_lossy();
    terminal::line(&text) != text
}

/// Run the demo on a machine without a display, after a message.
pub fn demo_instead_of_window(why: &str) -> ExitCode {
    say(&format!("{why}, so the demo runs without a window instead (hardcase demo)"));
    finish(demo::run(&demo::DemoArgs::default()))
}

/// The Debian packages of the libraries that the window needs and this machine lacks.
#[cfg(feature = "gui")]
pub fn missing_packages() -> Vec<&'static str> {
    doctor::missing_packages()
}

/// Print an error and return its exit code.
pub fn finish(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|err| {
        // Parsers explain themselves on several lines.
        say_raw(&terminal::lines(&format!("hardcase: {}", told(&err))));
        ExitCode::from(code_of(&err))
    })
}

/// Unknown arguments are 2, everything else is 3.
fn code_of(err: &anyhow::Error) -> u8 {
    if let Some(err) = err.downcast_ref::<ShardError>() {
        return err.exit_code();
    }
    if let Some(StoreError::Scheme { .. } | StoreError::Address { .. }) = err.downcast_ref::<StoreError>() {
        return 2;
    }
    let of_clip = |err: &anyhow::Error| {
        matches!(
            err.downcast_ref(),
            Some(ClipError::Remote(RemoteError::Address { .. } | RemoteError::NotBuilt { .. }))
        )
    };
    let of_address =
        matches!(err.downcast_ref(), Some(RemoteError::Address { .. } | RemoteError::NotBuilt { .. }));
    if of_address || of_clip(err) {
        return 2;
    }
    let bad_argument = err.downcast_ref::<crate::transforms::entry::StackError>().is_some()
        || err.downcast_ref::<BadArgument>().is_some()
        || matches!(
            err.downcast_ref::<ModelError>(),
            Some(ModelError::UnknownBackend { .. } | ModelError::UnknownSetting { .. })
        );
    if bad_argument { 2 } else { 3 }
}

/// An argument that is not valid here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadArgument(String);

/// The recording with these injected faults.
fn with_faults(clip: Arc<dyn Clip>, faults: &[Fault]) -> anyhow::Result<Arc<dyn Clip>> {
    if faults.is_empty() {
        return Ok(clip);
    }
    Ok(Arc::new(Faulty::new(clip, faults).map_err(|err| BadArgument(err.to_string()))?))
}

/// One line for people, on stderr; ends of lines and controls in it are shown as such.
pub fn say(text: &str) {
    say_raw(&terminal::line(text));
}

fn say_raw(text: &str) {
    if call::remark(text) {
        return;
    }
    #[expect(clippy::print_stderr, reason = "the one place that speaks to people on a terminal")]
    {
        eprintln!("{text}");
    }
}

/// One line of the result, on stdout; ends of lines and controls in it are shown as such.
fn print(text: &str) {
    print_raw(&terminal::line(text));
}

/// Several lines of the result; controls in them are shown as such.
fn print_lines(text: &str) {
    print_raw(&terminal::lines(text));
}

/// A document of the result, on stdout: JSON with controls as their numbers.
fn print_json(document: &str) {
    print_raw(&json::document(document));
}

/// Columns of a line, with tabs between them.
fn print_columns(columns: &[String]) {
    let shown: Vec<_> = columns.iter().map(|column| terminal::line(column)).collect();
    print_raw(&shown.join("\t"));
}

/// Text that has been encoded for the standard output.
fn print_raw(text: &str) {
    use std::io::Write as _;
    if call::output(text) {
        return;
    }
    // A reader that closed the pipe has seen enough.
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Report the latency of a model, if it ran.
fn say_latency(model: &Model) {
    let took = model.latency();
    if took.count() > 0 {
        let [median, most, nearly_all] = [0.5, 0.95, 0.99].map(|part| took.quantile(part) * 1e3);
        say(&format!(
            "{} predictions by {}: median {median:.1} ms, 95th percentile {most:.1} ms, 99th {nearly_all:.1} ms",
            took.count(),
            model.backend.id
        ));
    }
}

/// Number of threads for batch work.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A line of progress with the time that is left, which overwrites itself; only on a terminal.
fn with_progress_line<T>(
    what: &str,
    progress: &crate::base::progress::Progress,
    work: impl FnOnce() -> T + Send,
) -> T
where
    T: Send,
{
    if call::active() {
        call::watch(progress);
        return work();
    }
    // Hidden by itself where stderr is no terminal.
    let line = indicatif::ProgressBar::new(0).with_message(terminal::line(what).into_owned());
    if let Ok(style) = indicatif::ProgressStyle::with_template("{msg}: {pos} of {len}, {eta} left") {
        line.set_style(style);
    }
    if line.is_hidden() {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| (work(), outputs::take_changes()));
        while !thread.is_finished() {
            let (done, total) = progress.state();
            if total > 0 {
                line.set_length(total);
                line.set_position(done);
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        line.finish_and_clear();
        let (outcome, changes) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        outputs::note(changes);
        outcome
    })
}
