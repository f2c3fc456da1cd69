//! Suites under two set-ups.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;

use crate::base::progress::Progress;
use crate::base::text::agreeing;
use crate::cli::compare::{CompareArgs, finish};
use crate::cli::{BadArgument, call, say, threads, with_progress_line};
use crate::evaluation::setups::cases::{CasePair, compare_cases};
use crate::evaluation::setups::page::{Facts, Shown};
use crate::inference::backend::Backend;
use crate::reports::report::Status;
use crate::suites::files::{self, Suite};
use crate::suites::hosted::{Hosts, Setup};
use crate::suites::limits::CaseLimits;
use crate::suites::run::{CaseResult, Effort};
use crate::suites::select::Selection;
use crate::suites::stretches::{self, Ground};

/// One set-up of a suite.
struct Side<'a> {
    suite: &'a Suite,
    model: Option<PathBuf>,
    backend: Backend,
    ground: Ground,
    /// True for the set-up whose inputs are transformed.
    changed: bool,
}

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    refuse(args)?;
    let stack = args.stack()?;
    let first = files::read(&args.first)?;
    let other = args.second.as_deref().map(files::read).transpose()?;
    let second = other.as_ref().unwrap_or(&first);
    let ground = |path: Option<&PathBuf>| path.map_or(Ok(Ground::Kept), |path| Ground::recording(path));
    let backend = args.backend.kind()?;
    let against = args.against.as_deref().map(Backend::named).transpose()?;
    let sides = [
        Side {
            suite: &first,
            model: args.model.clone(),
            backend: backend.clone(),
            ground: ground(args.recording.as_ref())?,
            changed: false,
        },
        Side {
            suite: second,
            model: args.with.clone().or_else(|| args.model.clone()),
            backend: against.unwrap_or(backend),
            ground: ground(args.with_recording.as_ref().or(args.recording.as_ref()))?,
            changed: stack.is_some(),
        },
    ];
    let progress = call::stopped_by_signals();
    let mut judged = Vec::new();
    for side in &sides {
        judged.push(judge(args, side, &progress)?);
    }
    let [a, b] = [0, 1].map(|side: usize| &judged[side]);
    let (pairs, unjudged) = paired(&a.0, &b.0);
    anyhow::ensure!(
        !pairs.is_empty(),
        "no case was judged under both set-ups: {}",
        a.0.iter()
            .chain(&b.0)
            .map(CaseResult::why)
            .find(|why| !why.is_empty())
            .unwrap_or("the suites have no case in common")
    );
    if unjudged > 0 {
        say(&format!(
            "{} not judged under both set-ups and left out",
            agreeing(unjudged, "case was", "cases were")
        ));
    }
    let gates = first.gates.names().chain(second.gates.names()).collect::<BTreeSet<_>>().len();
    if gates > 0 {
        say(&format!(
            "{} not compared, give their recordings instead of the suite",
            agreeing(gates, "case about data sets is", "cases about data sets are")
        ));
    }
    let compared = compare_cases(&pairs);
    let names = args.names([&a.1, &b.1]);
    let facts = |side: usize, own: &Side<'_>| {
        let mut facts: Facts = vec![
            ("Suite".to_owned(), own.suite.folder.display().to_string()),
            ("Model".to_owned(), judged[side].1.clone()),
            ("Backend".to_owned(), own.backend.title.clone()),
        ];
        facts.retain(|(_, value)| !value.is_empty());
        if side == 1 {
            facts.extend(args.changes());
        }
        facts
    };
    let shown = Shown {
        names: [&names[0], &names[1]],
        facts: [facts(0, &sides[0]), facts(1, &sides[1])],
        lost: &[],
        gained: &[],
        alpha: args.alpha,
        cases: Some((&pairs, unjudged)),
        tolerance: None,
    };
    finish(args, &compared, &shown)
}

/// Refuses what makes no sense for suites.
fn refuse(args: &CompareArgs) -> Result<(), BadArgument> {
    let places = args.truth.is_some() || args.predictions.is_some() || !args.clip.is_empty();
    let terms =
        !args.class.is_empty() || !args.signal.is_empty() || args.roi.is_some() || args.min_points.is_some();
    if places || terms || !args.without.is_empty() || !args.faults.is_empty() {
        return Err(BadArgument(
            "a suite has its own inputs and claims: --truth, --predictions, --clip, --class, --signal, --roi, --min-points, --without \
             and --fault are for projects and recordings"
                .to_owned(),
        ));
    }
    if args.second.as_deref().is_some_and(|second| !files::is_suite(second)) {
        return Err(BadArgument("a suite is compared with a suite, the second path is none".to_owned()));
    }
    let differs = args.second.is_some()
        || args.with.is_some()
        || args.against.is_some()
        || args.stack.is_some()
        || args.with_recording.is_some();
    if !differs {
        let what = "both set-ups are the same: name a second suite, or --with, --against, --stack or --with-recording";
        return Err(BadArgument(what.to_owned()));
    }
    Ok(())
}

/// Results of the cases, and the name of the model; "" if none runs.
fn judge(
    args: &CompareArgs,
    side: &Side<'_>,
    progress: &Progress,
) -> anyhow::Result<(Vec<CaseResult>, String)> {
    let suite = side.suite;
    let (selection, effort) = (Selection::default(), Effort::once(threads()));
    if !suite.needs_model() {
        if side.changed {
            let what = "--stack transforms single inputs, and the suite has none: give another recording, --with-recording";
            return Err(BadArgument(what.to_owned()).into());
        }
        let results = with_progress_line(&suite.file.name, progress, || {
            stretches::run(suite, &selection, &side.ground, effort, progress)
        });
        return Ok((results, String::new()));
    }
    let model = side.model.clone().or_else(|| suite.model_path()).ok_or_else(|| {
        anyhow!("the model of the suite is missing, name one with --model FILE: {}", suite.folder.display())
    })?;
    suite.card_problem().map_or(Ok(()), |problem| Err(anyhow!(problem)))?;
    let limits = CaseLimits::default().or(suite.file.limits.unwrap_or_default()).of_one();
    let hosts =
        Hosts::start(Setup::of(suite, model, &side.backend), limits, progress)?.on(side.ground.clone());
    let hosts = match args.stack()?.filter(|_| side.changed) {
        Some(stack) => hosts.changed_by(stack),
        None => hosts,
    };
    let results =
        with_progress_line(&suite.file.name, progress, || hosts.run(suite, &selection, effort, progress));
    Ok((results, hosts.facts().name.clone()))
}

/// Cases that pass or fail under both set-ups, and the number of all others.
fn paired(first: &[CaseResult], second: &[CaseResult]) -> (Vec<CasePair>, usize) {
    let by_id = |results: &[CaseResult]| -> BTreeMap<String, CaseResult> {
        results.iter().map(|result| (result.id.clone(), result.clone())).collect()
    };
    let (own, theirs) = (by_id(first), by_id(second));
    let mut pairs = Vec::new();
    for (id, a) in &own {
        let Some(b) = theirs.get(id) else { continue };
        let statuses = [a.status(), b.status()];
        if !statuses.iter().all(|status| matches!(status, Status::Pass | Status::Fail)) {
            continue;
        }
        pairs.push(CasePair {
            id: id.clone(),
            tags: a.tags().to_vec(),
            claim: a.case.as_ref().map(|case| case.oracle.claim.clone()).unwrap_or_default(),
            passed: statuses.map(|status| status == Status::Pass),
            margins: [a.margin, b.margin],
            why: [a, b].map(|result| result.why().to_owned()),
        });
    }
    let all = own.keys().chain(theirs.keys()).collect::<BTreeSet<_>>().len();
    let unjudged = all - pairs.len();
    (pairs, unjudged)
}
