//! `hardcase test`: runs suites, for CI.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;

use crate::base::progress::Progress;
use crate::cli::{BadArgument, print, say, threads, with_progress_line};
use crate::data::report::{Report, ReportCase, Since, Status, SuiteReport};
use crate::inference::card::ModelCard;
use crate::inference::{BackendKind, backend, model::Model};
use crate::reports::{self, html, json, junit};
use crate::suites::baseline::Baseline;
use crate::suites::files::{self, Suite};
use crate::suites::judge;
use crate::suites::run::{CaseResult, Selection, run as run_suite};
use crate::transforms::stack;

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Folders of suites.
    #[arg(required = true)]
    suites: Vec<PathBuf>,
    /// The model to test; the one each suite was made with when absent.
    #[arg(long)]
    model: Option<PathBuf>,
    /// embedded or onnxruntime.
    #[arg(long, default_value = "embedded")]
    backend: String,
    /// Only cases with this tag; may be repeated.
    #[arg(long, value_name = "TAG")]
    include: Vec<String>,
    /// No case with this tag; may be repeated.
    #[arg(long, value_name = "TAG")]
    exclude: Vec<String>,
    /// Only cases with this tag decide the exit code; may be repeated.
    #[arg(long, value_name = "TAG")]
    critical: Vec<String>,
    /// Only this case.
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Verdicts to compare with: what failed there already does not fail the run.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Writes the verdicts of this run into the baseline.
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
    /// This part of the cases, from 1: "2/8".
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(usize, usize)>,
    /// Writes a `JUnit` XML file.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes a page with pictures into a folder.
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Writes everything as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Cases judged at the same time; as many as there are processors when absent.
    #[arg(long)]
    jobs: Option<usize>,
}

fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(i, n)| (1..=*n).contains(i)).ok_or_else(|| "write it like 2/8".to_owned())
}

pub(super) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    let backend = backend(&args.backend)?;
    let baseline = match &args.baseline {
        Some(path) if path.is_file() || !args.update_baseline => {
            Some(Baseline::read(path).map_err(|err| anyhow!(err))?)
        }
        _ => None,
    };
    let report = test(args, backend, baseline.as_ref())?;
    for suite in &report.suites {
        for case in &suite.cases {
            print(&line(suite, case));
        }
    }
    let counts = report.counts();
    print(&format!(
        "{} passed, {} failed, {} skipped, {} could not be run",
        counts.pass, counts.fail, counts.skip, counts.error
    ));
    if counts.total() == 0 {
        say("hardcase: no case was selected");
    }
    write_reports(args, &report)?;
    if args.update_baseline
        && let Some(path) = &args.baseline
    {
        updated(baseline.unwrap_or_default(), &report).write(path).map_err(|err| anyhow!(err))?;
    }
    Ok(ExitCode::from(report.exit_code()))
}

/// Runs the suites of the arguments.
fn test(
    args: &TestArgs,
    backend: &'static BackendKind,
    baseline: Option<&Baseline>,
) -> anyhow::Result<Report> {
    let jobs = args.jobs.unwrap_or_else(threads).max(1);
    let selection = Selection {
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        case: args.case.clone(),
        shard: args.shard,
    };
    let mut report = Report { backend: backend.title.to_owned(), ..Report::default() };
    let mut loaded: Option<(PathBuf, Model)> = None;
    for folder in &args.suites {
        let suite = files::read(folder)?;
        if let Some(id) = &args.case
            && !suite.cases.iter().any(|(name, _)| name == id)
            && !suite.broken.iter().any(|(name, _)| name == id)
        {
            return Err(BadArgument(format!("the suite {:?} has no case {id:?}", suite.file.name)).into());
        }
        let path = model_path(args, &suite)?;
        if loaded.as_ref().is_none_or(|(known, _)| *known != path) {
            loaded = Some((path.clone(), load(&path, &suite, backend)?));
        }
        let Some((_, model)) = &loaded else { continue };
        report.model.clone_from(&model.card.name);
        report.model_sha256.clone_from(&model.sha256);
        let progress = Progress::default();
        let results = with_progress_line(&suite.file.name, &progress, || {
            run_suite(&suite, model, &selection, jobs, &progress)
        })?;
        report.suites.push(section(args, folder, &suite, results, baseline));
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
            anyhow!("the model of the suite is not there, say which to test with --model FILE: {file}")
        }
        None => anyhow!("the suite names no model, say which to test with --model FILE"),
    })
}

/// A report of one suite that all of it decides on, without a baseline.
pub(super) fn report_of(model: &Model, folder: &Path, suite: &Suite, results: Vec<CaseResult>) -> Report {
    let cases = results.into_iter().map(|result| reported(result, true, Since::Unchanged)).collect();
    Report {
        model: model.card.name.clone(),
        model_sha256: model.sha256.clone(),
        backend: model.backend.title.to_owned(),
        suites: vec![SuiteReport {
            name: suite.file.name.clone(),
            folder: folder.display().to_string(),
            cases,
        }],
    }
}

/// The card beside the model counts, then that of the suite, then a guess.
fn load(path: &Path, suite: &Suite, backend: &'static BackendKind) -> anyhow::Result<Model> {
    let card = ModelCard::beside(path)?.or_else(|| suite.file.model.as_ref().map(|model| model.card.clone()));
    Ok(Model::load_with(path, card, backend, 1)?)
}

fn section(
    args: &TestArgs,
    folder: &Path,
    suite: &Suite,
    results: Vec<CaseResult>,
    baseline: Option<&Baseline>,
) -> SuiteReport {
    let critical: Vec<&String> = if args.critical.is_empty() {
        suite.file.critical.iter().collect()
    } else {
        args.critical.iter().collect()
    };
    let cases = results
        .into_iter()
        .map(|result| {
            // A case that cannot be read may be a critical one.
            let is_critical = critical.is_empty()
                || result.case.is_none()
                || result.tags().iter().any(|tag| critical.contains(&tag));
            let since = since(baseline, &suite.file.name, &result);
            reported(result, is_critical, since)
        })
        .collect();
    SuiteReport { name: suite.file.name.clone(), folder: folder.display().to_string(), cases }
}

fn since(baseline: Option<&Baseline>, suite: &str, result: &CaseResult) -> Since {
    let Some(baseline) = baseline else { return Since::Unchanged };
    match (baseline.verdict(suite, &result.id), result.word()) {
        (None, _) => Since::New,
        (Some("fail"), "fail") => Since::Known,
        (Some("fail"), "pass") => Since::Fixed,
        (Some("pass" | "skip"), "fail") => Since::Broken,
        _ => Since::Unchanged,
    }
}

fn reported(result: CaseResult, critical: bool, since: Since) -> ReportCase {
    let status = match result.word() {
        "pass" => Status::Pass,
        "fail" => Status::Fail,
        "skip" => Status::Skip,
        _ => Status::Error,
    };
    let case = result.case.as_ref();
    let change = case.map_or(String::new(), |case| {
        let words = stack::describe(&case.stack);
        if case.stack.active().next().is_some() {
            format!("{words} (seed {})", case.stack.seed)
        } else {
            words
        }
    });
    ReportCase {
        id: result.id.clone(),
        status,
        why: result.why().to_owned(),
        note: case.map(|case| case.why.clone()).unwrap_or_default(),
        tags: result.tags().to_vec(),
        claim: case.map(|case| judge::describe(&case.oracle)).unwrap_or_default(),
        change,
        source: case.map_or(String::new(), |case| {
            format!("{} {} frame {}", case.input.clip, case.input.channel, case.input.frame)
        }),
        critical,
        since,
        before: result.before,
        after: result.after,
        expected: result.expected,
        pictures: result.pictures,
        seconds: result.seconds,
    }
}

fn line(suite: &SuiteReport, case: &ReportCase) -> String {
    let mut text = format!("{:<5} {}/{}", case.status.word(), suite.name, case.id);
    if !case.why.is_empty() {
        text.push_str(": ");
        text.push_str(&case.why);
    }
    if case.since != Since::Unchanged {
        text.push_str(" (");
        text.push_str(case.since.word());
        text.push(')');
    }
    text
}

fn write_reports(args: &TestArgs, report: &Report) -> anyhow::Result<()> {
    let failed = |path: &Path| format!("could not write the report {}", path.display());
    if let Some(path) = &args.junit {
        reports::write(path, &junit::render(report)?).with_context(|| failed(path))?;
    }
    if let Some(path) = &args.json {
        reports::write(path, &json::render(report)).with_context(|| failed(path))?;
    }
    if let Some(folder) = &args.html {
        let index = html::write(report, folder).with_context(|| failed(folder))?;
        say(&format!("report: {}", index.display()));
    }
    Ok(())
}

fn updated(mut baseline: Baseline, report: &Report) -> Baseline {
    for suite in &report.suites {
        let verdicts = baseline.suites.entry(suite.name.clone()).or_default();
        for case in &suite.cases {
            verdicts.insert(case.id.clone(), case.status.word().to_owned());
        }
    }
    baseline
}
