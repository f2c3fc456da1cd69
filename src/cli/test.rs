//! `hardcase test`: runs suites, for CI.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use crate::base::progress::Progress;
use crate::base::time::Date;
use crate::cli::backend::BackendArgs;
use crate::cli::reports::ReportArgs;
use crate::cli::{BadArgument, print, say, threads, with_progress_line};
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::inference::model::Model;
use crate::reports::report::{Gate, Report, ReportCase, SuiteReport};
use crate::suites::baseline::Baseline;
use crate::suites::files::{self, Suite};
use crate::suites::report::{Standard, section, updated};
use crate::suites::run::{Effort, run as run_suite};
use crate::suites::select::{Selection, TagExpr};

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Folders of suites
    #[arg(required = true)]
    suites: Vec<PathBuf>,
    /// The model to test; the model of each suite if absent
    #[arg(long)]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Only cases with this tag, or matching this expression: "critical AND NOT slow"; may be repeated
    #[arg(long, value_name = "TAG")]
    include: Vec<TagExpr>,
    /// No case with this tag, or matching this expression; may be repeated
    #[arg(long, value_name = "TAG")]
    exclude: Vec<TagExpr>,
    /// Only cases with this tag, or matching this expression, decide the exit code; may be repeated
    #[arg(long, value_name = "TAG")]
    critical: Vec<TagExpr>,
    /// Only this case; may be repeated
    #[arg(long = "case", value_name = "ID")]
    cases: Vec<String>,
    /// Baseline verdicts: a case that failed there does not fail the run
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the verdicts of this run to the baseline
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
    /// Failures that fail the run: any, only those that are new against the baseline, or only regressions, which are cases
    /// that passed in the baseline
    #[arg(long, value_enum, default_value_t = FailOn::New)]
    fail_on: FailOn,
    /// Run every case this many times; verdicts that differ make it a failure
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Date against which known failures expire, today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// This part of the cases, from 1: "2/8"
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(usize, usize)>,
    #[command(flatten)]
    reports: ReportArgs,
    /// Cases evaluated concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
}

/// Failures that fail the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Any,
    New,
    Regression,
}

impl From<FailOn> for Gate {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Any => Self::Any,
            FailOn::New => Self::New,
            FailOn::Regression => Self::Regression,
        }
    }
}

pub(super) fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(i, n)| (1..=*n).contains(i)).ok_or_else(|| "expected I/N like 2/8".to_owned())
}

pub(super) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    let backend = args.backend.kind()?;
    if args.fail_on == FailOn::Regression && args.baseline.is_none() {
        let what = "--fail-on regression needs a baseline, name it with --baseline FILE";
        return Err(BadArgument(what.to_owned()).into());
    }
    let baseline = match &args.baseline {
        Some(path) if path.is_file() || !args.update_baseline => {
            Some(Baseline::read(path).map_err(|err| anyhow!(err))?)
        }
        _ => None,
    };
    let report = test(args, &backend, baseline.as_ref())?;
    for suite in &report.suites {
        for case in &suite.cases {
            print(&line(suite, case));
        }
    }
    let counts = report.counts();
    print(&format!(
        "{} passed, {} failed, {} skipped, {} errors",
        counts.pass, counts.fail, counts.skip, counts.error
    ));
    args.reports.print(&report);
    if counts.total() == 0 {
        say("hardcase: no case was selected");
    }
    args.reports.write(&report)?;
    if args.update_baseline
        && let Some(path) = &args.baseline
    {
        updated(baseline.unwrap_or_default(), &report).write(path).map_err(|err| anyhow!(err))?;
    }
    Ok(ExitCode::from(report.exit_code()))
}

/// Run the suites of the arguments.
fn test(args: &TestArgs, backend: &Backend, baseline: Option<&Baseline>) -> anyhow::Result<Report> {
    let jobs = args.jobs.unwrap_or_else(threads).max(1);
    let selection = Selection {
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        cases: args.cases.clone(),
        shard: args.shard,
    };
    let effort = Effort { threads: jobs, repeats: args.repeats };
    let (backend_title, gate) = (backend.title.clone(), args.fail_on.into());
    let mut report = Report { backend: backend_title, gate, ..Report::default() };
    let today = args.today.unwrap_or_else(Date::today);
    let standard = Standard { critical: &args.critical, baseline, today };
    let mut loaded: Option<(PathBuf, Model)> = None;
    for folder in &args.suites {
        let suite = files::read(folder)?;
        let names =
            || suite.cases.iter().map(|(name, _)| name).chain(suite.broken.iter().map(|(name, _)| name));
        if let Some(id) = args.cases.iter().find(|id| !names().any(|name| name == *id)) {
            return Err(BadArgument(format!("the suite {:?} has no case {id:?}", suite.file.name)).into());
        }
        let catalog = suite.catalog().map_err(|problem| anyhow!("{problem}: {}", folder.display()))?;
        let path = model_path(args, &suite)?;
        if loaded.as_ref().is_none_or(|(known, _)| *known != path) {
            loaded = Some((path.clone(), load(&path, &suite, backend)?));
        }
        let Some((_, model)) = &loaded else { continue };
        report.model.clone_from(&model.card.name);
        report.model_sha256.clone_from(&model.sha256);
        let progress = Progress::default();
        let results = with_progress_line(&suite.file.name, &progress, || {
            run_suite(&suite, &catalog, model, &selection, effort, &progress)
        })?;
        report.suites.push(section(&catalog, folder, &suite, results, &standard));
    }
    Ok(report)
}

fn model_path(args: &TestArgs, suite: &Suite) -> anyhow::Result<PathBuf> {
    if let Some(path) = &args.model {
        return Ok(path.clone());
    }
    let recorded = suite.file.model.as_ref().map(|model| model.file.display().to_string());
    suite.model_path().ok_or_else(|| match recorded {
        Some(file) => {
            anyhow!("the model of the suite is missing, name one with --model FILE: {file}")
        }
        None => anyhow!("the suite names no model, name one with --model FILE"),
    })
}

/// The card beside the model takes precedence, then the suite's, then a guess.
fn load(path: &Path, suite: &Suite, backend: &Backend) -> anyhow::Result<Model> {
    let card = ModelCard::beside(path)?.or_else(|| suite.file.model.as_ref().map(|model| model.card.clone()));
    Ok(Model::load_with(path, card, backend, 1)?)
}

fn line(suite: &SuiteReport, case: &ReportCase) -> String {
    let mut text = format!("{:<5} {}/{}", case.status.word(), suite.name, case.id);
    if !case.why.is_empty() {
        text.push_str(": ");
        text.push_str(&case.why);
    }
    let remark = case.remark();
    if !remark.is_empty() {
        text.push_str(" (");
        text.push_str(&remark);
        text.push(')');
    }
    text
}
