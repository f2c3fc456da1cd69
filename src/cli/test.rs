//! `hardcase test`: runs suites, for CI.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use crate::base::progress::Progress;
use crate::base::time::{Date, DateTime};
use crate::cli::backend::BackendArgs;
use crate::cli::gates::{Gating, OnStraddle};
use crate::cli::reference::ReferenceArgs;
use crate::cli::reports::ReportArgs;
use crate::cli::{BadArgument, call, say, threads, with_progress_line};
use crate::inference::backend::Backend;
use crate::inference::functions;
use crate::inference::model::Model;
use crate::project::remote::local_folder;
use crate::reports::report::{Empty, Gate, Report};
use crate::reports::steps::STEPS;
use crate::reports::trend;
use crate::suites::baseline::Baseline;
use crate::suites::files::{self, Suite};
use crate::suites::hosted::{Hosts, Setup};
use crate::suites::in_process;
use crate::suites::limits::{CaseLimits, MemoryLimit, Timeout};
use crate::suites::report::{Standard, add_gates, section, updated};
use crate::suites::run::{CaseResult, Effort, elsewhere, none_run};
use crate::suites::select::{Selection, TagExpr};
use crate::suites::steps;
use crate::suites::stretches::{self, Ground};
use crate::transforms::catalog::BUILT_IN;

mod refusal;

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
    /// Judge cases about stretches on this recording instead of what was kept with them: at the same time, or so long after
    /// its beginning
    #[arg(long, value_name = "CLIP")]
    recording: Option<PathBuf>,
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
    /// Write the verdicts of this run to the baseline; failures do not fail such a run, unless --fail-on says so
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
    /// Failures that fail the run: any, only those that are new against the baseline, or only regressions, which are cases
    /// that passed in the baseline; new if absent. Beside one of these, skip: cases that could not be judged fail the run,
    /// too; empty: a run without cases ends with 1 instead of 5. Separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// End with 0 although no case was selected or none was judged
    #[arg(long)]
    allow_empty: bool,
    /// Run every case this many times; verdicts that differ make it a failure
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Keep the metrics of cases about data sets in this file, a line of JSON for each case and run, and draw them over the runs
    /// in the HTML report
    #[arg(long, value_name = "FILE")]
    trend: Option<PathBuf>,
    /// Name of this run in --trend: a commit, the number of a build; that of the CI job if it tells one, else a number
    #[arg(long, value_name = "NAME", requires = "trend")]
    trend_run: Option<String>,
    /// Time of this run in --trend, as 2027-01-31T08:00:00Z; now if absent
    #[arg(long, value_name = "TIME", requires = "trend")]
    trend_time: Option<DateTime>,
    /// Verdict of cases about data sets whose interval has the bound inside; that of each case if absent
    #[arg(long, value_enum, value_name = "VERDICT")]
    straddle: Option<OnStraddle>,
    /// Date against which known failures expire, today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// This part of the cases, from 1: "2/8"
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(usize, usize)>,
    #[command(flatten)]
    reports: ReportArgs,
    /// Severities of each failing case in the HTML report, from none to its own, for its slider: 2 to 101, or 0 for no slider.
    /// At most 50 cases have one
    #[arg(long, value_name = "N", default_value_t = STEPS, value_parser = parse_steps)]
    html_steps: usize,
    /// Cases evaluated concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Time limit of one run of a case: 60s, 500ms, 5min, none; that of the suite, or 60s, if absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
    /// Memory limit of the process that judges a case: 4G, 512M, none; that of the suite, or 4G, if absent. Linux only
    #[arg(long, value_name = "SIZE")]
    memory: Option<MemoryLimit>,
    #[command(flatten)]
    reference: ReferenceArgs,
    /// Test the model of a suite although its checksum is not the one that the suite names
    #[arg(long)]
    allow_other_model: bool,
}

/// Failures that fail the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Any,
    New,
    Regression,
    Skip,
    Empty,
}

impl FailOn {
    /// The gate that the values name, if any; an error where they name several.
    fn gate(values: &[Self]) -> Result<Option<Gate>, BadArgument> {
        let gates = values.iter().filter_map(|fail_on| match fail_on {
            Self::Any => Some(Gate::Any),
            Self::New => Some(Gate::New),
            Self::Regression => Some(Gate::Regression),
            Self::Skip | Self::Empty => None,
        });
        match gates.collect::<Vec<_>>().as_slice() {
            [] => Ok(None),
            [gate] => Ok(Some(*gate)),
            _ => Err(BadArgument("--fail-on takes one of any, new and regression".to_owned())),
        }
    }
}

pub(super) fn parse_shard(text: &str) -> Result<(usize, usize), BadArgument> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(i, n)| (1..=*n).contains(i)).ok_or_else(|| BadArgument("expected I/N like 2/8".to_owned()))
}

fn parse_steps(text: &str) -> Result<usize, BadArgument> {
    let number = text.parse().ok().filter(|number| *number == 0 || (2..=101).contains(number));
    number.ok_or_else(|| BadArgument("expected 0, or 2 to 101".to_owned()))
}

pub(super) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    let backend = args.backend.kind()?;
    let gate =
        FailOn::gate(&args.fail_on)?.unwrap_or(if args.update_baseline { Gate::Nothing } else { Gate::New });
    if gate == Gate::Regression && args.baseline.is_none() {
        let what = "--fail-on regression needs a baseline, name it with --baseline FILE";
        return Err(BadArgument(what.to_owned()).into());
    }
    let baseline = match &args.baseline {
        Some(path) if path.is_file() || !args.update_baseline => Some(Baseline::read(path)?),
        _ => None,
    };
    let strict = args.fail_on.contains(&FailOn::Skip);
    let part = args.shard.is_some();
    let report = args.reports.begun(Report { gate, strict, empty: args.empty(), part, ..Report::default() });
    // A file that cannot be read is told before the suites run.
    let known = args.trend.as_deref().map(trend::read).transpose()?;
    let mut report = test(args, &backend, baseline.as_ref(), report)?;
    if let (Some(path), Some(known)) = (&args.trend, known) {
        let run = args.trend_run.clone().or_else(run_of_job).unwrap_or_else(|| trend::numbered(&known));
        let time = args.trend_time.unwrap_or_else(DateTime::now).to_string();
        report.trend = trend::with(known, (&run, &time), &report);
        trend::write(path, &report.trend)?;
    }
    let conclusion = args.reports.told(&report)?;
    if args.update_baseline
        && report.counts().total() > 0
        && let Some(path) = &args.baseline
    {
        updated(baseline.unwrap_or_default(), &report).write(path).map_err(|err| anyhow!(err))?;
    }
    Ok(ExitCode::from(conclusion.exit_code()))
}

/// The commit or build that a CI job is about.
fn run_of_job() -> Option<String> {
    let names = ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "BUILD_NUMBER"];
    let found =
        names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))?;
    // Of a commit the beginning says enough.
    Some(found.trim().chars().take(12).collect())
}

impl TestArgs {
    fn empty(&self) -> Empty {
        if self.allow_empty {
            Empty::Allowed
        } else if self.fail_on.contains(&FailOn::Empty) {
            Empty::Fails
        } else {
            Empty::Told
        }
    }
}

/// Run the suites of the arguments and add them to a report.
fn test(
    args: &TestArgs,
    backend: &Backend,
    baseline: Option<&Baseline>,
    mut report: Report,
) -> anyhow::Result<Report> {
    let jobs = args.jobs.unwrap_or_else(threads).max(1);
    let selection = Selection {
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        cases: args.cases.clone(),
        shard: args.shard,
    };
    let effort = Effort { threads: jobs, repeats: args.repeats };
    report.backend.clone_from(&backend.title);
    let today = args.today.unwrap_or_else(Date::today);
    let standard = Standard { critical: &args.critical, baseline, today };
    let progress = call::stopped_by_signals();
    let ground = args.recording.as_ref().map_or(Ok(Ground::Kept), |path| Ground::recording(path))?;
    for folder in &args.suites {
        let folder = &local_folder(folder, &progress)?;
        let suite = files::read(folder)?;
        let names = || {
            let cases = suite.cases.iter().map(|(name, _)| name);
            cases.chain(suite.broken.iter().map(|(name, _)| name)).chain(suite.gates.names())
        };
        if let Some(id) = args.cases.iter().find(|id| !names().any(|name| name == *id)) {
            return Err(BadArgument(format!("the suite {:?} has no case {id:?}", suite.file.name)).into());
        }
        if let Some(problem) = suite.critical_problem().filter(|_| args.critical.is_empty()) {
            say(&format!("hardcase: {problem}"));
        }
        report.elsewhere += elsewhere(&suite, &selection) + suite.gates.elsewhere(&selection);
        let mut results =
            judged(args, (&suite, &selection), (backend, &ground), effort, &progress, &mut report)?;
        let path = || model_path(args, &suite);
        refusal::refuse((&args.reference, path), &suite, backend, &mut results, jobs)?;
        let mut section = section(&BUILT_IN, folder, &suite, results, &standard);
        let gating = Gating {
            suite: &suite,
            model: args.model.as_deref(),
            other_model: args.allow_other_model,
            backend,
            progress: &progress,
            straddle: args.straddle.map(OnStraddle::treatment),
            tested: OnceCell::new(),
        };
        add_gates(&mut section, &suite, gating.run(&selection), &standard);
        // A suite of such cases alone has loaded no other model.
        if let Some((name, sha256)) = gating.tested.into_inner().filter(|_| report.model.is_empty()) {
            (report.model, report.model_sha256) = (name, sha256);
        }
        report.suites.push(section);
    }
    Ok(report)
}

/// Judges the selected cases of a suite that are about inputs and stretches.
fn judged(
    args: &TestArgs,
    (suite, selection): (&Suite, &Selection),
    (backend, ground): (&Backend, &Ground),
    effort: Effort,
    progress: &Progress,
    report: &mut Report,
) -> anyhow::Result<Vec<CaseResult>> {
    if !suite.needs_model() {
        return Ok(with_progress_line(&suite.file.name, progress, || {
            stretches::run(suite, selection, ground, effort, progress)
        }));
    }
    let path = model_path(args, suite)?;
    if functions::registered(&path).is_some() {
        // A function cannot be sent to another process, so it has no limits.
        let model = Model::load(&path, backend, 1)?;
        report.model.clone_from(&model.card.name);
        report.model_sha256.clone_from(&model.sha256);
        let catalog = suite.catalog()?;
        return Ok(with_progress_line(&suite.file.name, progress, || {
            in_process::run(suite, &catalog, &model, selection, effort, progress)
        })?);
    }
    match hosts(args, suite, path, backend, progress).map(|hosts| hosts.on(ground.clone())) {
        Ok(hosts) => {
            report.model.clone_from(&hosts.facts().name);
            report.model_sha256.clone_from(&hosts.facts().sha256);
            let mut results = with_progress_line(&suite.file.name, progress, || {
                hosts.run(suite, selection, effort, progress)
            });
            if args.reports.has_folder() && args.html_steps > 0 {
                let cases = report.suites.iter().flat_map(|suite| &suite.cases);
                let before = cases.filter(|case| !case.steps.is_empty()).count();
                with_progress_line("severities for the report", progress, || {
                    steps::add((&hosts, suite), &mut results, (args.html_steps, before), effort, progress);
                });
            }
            Ok(results)
        }
        // The report says for every case that it was not run, and why.
        Err(problem) => {
            say(&format!("hardcase: {}: {problem}", suite.file.name));
            Ok(none_run(suite, selection, &problem.to_string()))
        }
    }
}

/// The processes that judge the cases of a suite.
fn hosts(
    args: &TestArgs,
    suite: &Suite,
    model: PathBuf,
    backend: &Backend,
    progress: &Progress,
) -> anyhow::Result<Hosts> {
    if args.model.is_none() && !args.allow_other_model {
        suite.model_problem().map_or(Ok(()), |problem| {
            Err(anyhow!("{problem}, restore it from git, or test it as it is with --allow-other-model"))
        })?;
    }
    suite.card_problem().map_or(Ok(()), |problem| Err(anyhow!(problem)))?;
    let setup = Setup::of(suite, model, backend);
    let limits = CaseLimits { timeout: args.timeout, memory: args.memory };
    let limits = limits.or(suite.file.limits.unwrap_or_default()).of_one();
    Ok(Hosts::start(setup, limits, progress)?)
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
