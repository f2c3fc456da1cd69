//! The report of a run of suites, put together from what came of the cases.

use std::path::Path;

use crate::base::time::Date;
use crate::claims::gate::MetricClaim;
use crate::claims::metric_judgment::JudgedMetric;
use crate::claims::spec;
use crate::data::cases::case::KnownFailure;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::reports::report::{Known, Metric, Report, ReportCase, Since, Status, SuiteReport};
use crate::suites::baseline::Baseline;
use crate::suites::files::Suite;
use crate::suites::gates::{GateFile, GateResult};
use crate::suites::run::{CaseResult, change_text};
use crate::suites::select::TagExpr;
use crate::transforms::catalog::Catalog;

/// Everything that results are held against.
#[derive(Clone, Copy, Debug)]
pub struct Standard<'a> {
    /// Tags of the cases that decide the exit code; where there are none those that the suite names.
    pub critical: &'a [TagExpr],
    /// Verdicts of an earlier run.
    pub baseline: Option<&'a Baseline>,
    /// The day that known failures are held against.
    pub today: Date,
}

/// Report of one suite without a baseline, in which every case is critical.
pub fn report_of(
    catalog: &Catalog,
    model: &Model,
    folder: &Path,
    suite: &Suite,
    results: Vec<CaseResult>,
) -> Report {
    let today = Date::today();
    let cases =
        results.into_iter().map(|result| reported(catalog, result, true, Since::Unchanged, today)).collect();
    Report {
        model: model.card.name.clone(),
        model_sha256: model.sha256.clone(),
        backend: model.backend.title.clone(),
        suites: vec![suite_report(folder, suite, cases)],
        ..Report::default()
    }
}

/// The part of one suite in a report.
pub fn section(
    catalog: &Catalog,
    folder: &Path,
    suite: &Suite,
    results: Vec<CaseResult>,
    standard: &Standard<'_>,
) -> SuiteReport {
    let critical = critical_of(suite, standard);
    let cases = results
        .into_iter()
        .map(|result| {
            // A case that cannot be read may be a critical one.
            let is_critical = critical.is_empty()
                || result.case.is_none()
                || critical.iter().any(|expr| expr.holds(result.tags()));
            let since = since(standard.baseline, &suite.file.name, (&result.id, result.status()));
            reported(catalog, result, is_critical, since, standard.today)
        })
        .collect();
    suite_report(folder, suite, cases)
}

/// Tags of the cases that decide the exit code.
fn critical_of(suite: &Suite, standard: &Standard<'_>) -> Vec<TagExpr> {
    if !standard.critical.is_empty() {
        return standard.critical.to_vec();
    }
    if suite.critical_problem().is_some() { Vec::new() } else { suite.critical() }
}

/// Adds what came of the cases about data sets to the part of their suite.
pub fn add_gates(
    section: &mut SuiteReport,
    suite: &Suite,
    results: Vec<GateResult>,
    standard: &Standard<'_>,
) {
    let critical = critical_of(suite, standard);
    section.cases.extend(results.into_iter().map(|result| {
        let status = result.status();
        let gate = result.gate.as_ref();
        let is_critical =
            critical.is_empty() || gate.is_none() || critical.iter().any(|expr| expr.holds(result.tags()));
        let mark = gate.and_then(|gate| gate.known_failure.as_ref());
        ReportCase {
            id: result.id.clone(),
            status,
            why: result.why().to_owned(),
            margin: result
                .outcome
                .as_ref()
                .ok()
                .map(|judged| judged.margin)
                .filter(|margin| margin.is_finite()),
            metric: result.outcome.as_ref().ok().and_then(|judged| metric(judged, gate?)),
            note: gate.map(|gate| gate.why.clone()).unwrap_or_default(),
            tags: result.tags().to_vec(),
            claim: gate.map(|gate| gate.claim.clone()).unwrap_or_default(),
            change: String::new(),
            source: gate.map(|gate| gate.data.source()).unwrap_or_default(),
            critical: is_critical,
            since: since(standard.baseline, &suite.file.name, (&result.id, status)),
            known: mark.and_then(|mark| known(mark, status, standard.today)),
            before: None,
            after: None,
            expected: None,
            pictures: None,
            look: Look::Picture,
            steps: Vec::new(),
            seconds: result.seconds,
        }
    }));
    section.cases.sort_by(|a, b| a.id.cmp(&b.id));
}

/// The metric of a judged case about a data set; none where it is no number.
fn metric(judged: &JudgedMetric, gate: &GateFile) -> Option<Metric> {
    let interval = judged.estimate.ends.filter(|ends| ends.iter().all(|end| end.is_finite()));
    judged.estimate.value.is_finite().then_some(Metric {
        value: judged.estimate.value,
        interval,
        bound: judged.bound,
        support: judged.estimate.support,
        name: MetricClaim::parse(&gate.claim).map(|claim| claim.metric).unwrap_or_default(),
        definition: judged.estimate.definition.to_owned(),
        confidence: interval.map(|_| judged.confidence),
        open: judged.open,
    })
}

fn suite_report(folder: &Path, suite: &Suite, cases: Vec<ReportCase>) -> SuiteReport {
    SuiteReport { name: suite.file.name.clone(), folder: folder.display().to_string(), cases }
}

fn since(baseline: Option<&Baseline>, suite: &str, (id, status): (&str, Status)) -> Since {
    let Some(baseline) = baseline else { return Since::Unchanged };
    match (baseline.status(suite, id), status) {
        (None, _) => Since::New,
        (Some(Status::Fail), Status::Fail) => Since::Known,
        (Some(Status::Fail), Status::Pass) => Since::Fixed,
        (Some(Status::Pass | Status::Skip), Status::Fail) => Since::Broken,
        (Some(Status::Error), Status::Fail)
        | (Some(Status::Pass | Status::Skip | Status::Error), Status::Pass)
        | (Some(_), Status::Skip | Status::Error) => Since::Unchanged,
    }
}

/// State of a known failure, from the verdict and the date.
fn known(mark: &KnownFailure, status: Status, today: Date) -> Option<Known> {
    let reason = match mark.until {
        Some(until) => format!("{} (until {until})", mark.reason),
        None => mark.reason.clone(),
    };
    match status {
        Status::Fail if mark.until.is_some_and(|until| today > until) => Some(Known::Expired(reason)),
        Status::Fail => Some(Known::Accepted(reason)),
        Status::Pass => Some(Known::Fixed(reason)),
        Status::Skip | Status::Error => None,
    }
}

fn reported(catalog: &Catalog, result: CaseResult, critical: bool, since: Since, today: Date) -> ReportCase {
    let status = result.status();
    let case = result.case.as_ref();
    let change = case.map_or(String::new(), |case| {
        let words = result.change.clone().unwrap_or_else(|| change_text(catalog, case));
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
        margin: result.margin,
        metric: None,
        note: case.map(|case| case.why.clone()).unwrap_or_default(),
        tags: result.tags().to_vec(),
        claim: case.map(|case| spec::describe(&case.oracle)).unwrap_or_default(),
        change,
        source: case.map_or(String::new(), |case| {
            format!("{} {} frame {}", case.input.clip, case.input.channel, case.input.frame)
        }),
        critical,
        since,
        known: case.and_then(|case| known(case.known_failure.as_ref()?, status, today)),
        before: result.before,
        after: result.after,
        expected: result.expected,
        pictures: result.pictures,
        look: result.look,
        steps: result.steps,
        seconds: result.seconds,
    }
}

/// The baseline with the verdicts of a report in it; cases that the report does not have keep theirs.
pub fn updated(mut baseline: Baseline, report: &Report) -> Baseline {
    for suite in &report.suites {
        let verdicts = baseline.suites.entry(suite.name.clone()).or_default();
        verdicts.extend(suite.cases.iter().map(|case| (case.id.clone(), case.status)));
    }
    baseline
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::cases::verdict::Verdict;

    fn result(outcome: Result<Verdict, String>) -> CaseResult {
        CaseResult {
            id: "case".to_owned(),
            case: None,
            outcome,
            margin: None,
            before: None,
            after: None,
            expected: None,
            pictures: None,
            look: Look::Picture,
            steps: Vec::new(),
            change: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn verdicts_are_held_against_those_of_the_baseline() {
        let pass = || Ok(Verdict::Pass);
        let fail = || Ok(Verdict::Fail { why: String::new() });
        let skip = || Ok(Verdict::Skip { why: String::new() });
        let check = |before: Option<Status>, outcome, expected| {
            let verdicts: BTreeMap<String, Status> =
                before.into_iter().map(|status| ("case".to_owned(), status)).collect();
            let baseline = Baseline { suites: BTreeMap::from([("suite".to_owned(), verdicts)]) };
            let result = result(outcome);
            let found = since(Some(&baseline), "suite", (&result.id, result.status()));
            assert_eq!(found, expected, "{before:?}");
        };
        check(None, fail(), Since::New);
        check(None, pass(), Since::New);
        check(Some(Status::Fail), fail(), Since::Known);
        check(Some(Status::Fail), pass(), Since::Fixed);
        check(Some(Status::Fail), skip(), Since::Unchanged);
        check(Some(Status::Pass), fail(), Since::Broken);
        check(Some(Status::Skip), fail(), Since::Broken);
        check(Some(Status::Pass), pass(), Since::Unchanged);
        check(Some(Status::Error), fail(), Since::Unchanged);
        check(Some(Status::Pass), Err("no model".to_owned()), Since::Unchanged);
        assert_eq!(since(None, "suite", ("case", Status::Fail)), Since::Unchanged);
    }
}
