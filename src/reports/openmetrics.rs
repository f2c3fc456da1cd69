//! `OpenMetrics` 1.0 text of a run: numbers of cases by suite, claim and verdict, for Prometheus and whatever reads its format.

use std::collections::BTreeMap;

use crate::base::escape::openmetrics::label;
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};
use crate::reports::{Form, ReporterKind};

/// The format.
pub static KIND: ReporterKind = ReporterKind {
    id: "openmetrics",
    help: "Write an OpenMetrics file: numbers of cases, for Prometheus",
    form: Form::File(|report| Ok(render(report))),
};

const VERDICTS: [Status; 4] = [Status::Pass, Status::Fail, Status::Skip, Status::Error];

/// The report as text. There are no times in it but durations, in the family whose name ends in `seconds`.
pub fn render(report: &Report) -> String {
    let mut text: Vec<String> = Vec::new();
    let about = format!(
        "model=\"{}\",model_sha256=\"{}\",backend=\"{}\"",
        label(&report.model),
        label(&report.model_sha256),
        label(&report.backend)
    );
    family(&mut text, "hardcase_run", "info", "Model and backend of the run.");
    line(&mut text, "hardcase_run_info", &about, "1");
    family(&mut text, "hardcase_exit_code", "gauge", "Exit code of the run, 0 if it passed.");
    text.push(format!("hardcase_exit_code {}\n", report.conclusion().exit_code()));
    family(&mut text, "hardcase_cases", "gauge", "Number of cases by suite and verdict.");
    // Two suites of one name are one row: a family may not have two samples of the same labels.
    let suites = merged(report.suites.iter().map(|suite| (suite.name.as_str(), &suite.cases)));
    for (suite, cases) in &suites {
        for verdict in VERDICTS {
            let count = cases.iter().filter(|case| case.status == verdict).count();
            line(&mut text, "hardcase_cases", &labels(suite, verdict.word()), &count.to_string());
        }
    }
    family(&mut text, "hardcase_accepted_failures", "gauge", "Number of known failures that were accepted.");
    for (suite, cases) in &suites {
        let count = cases.iter().filter(|case| case.accepted()).count();
        let suite = format!("suite=\"{}\"", label(suite));
        line(&mut text, "hardcase_accepted_failures", &suite, &count.to_string());
    }
    family(&mut text, "hardcase_claim_failures", "gauge", "Number of failing cases by suite and claim.");
    let failing = |suite: &SuiteReport, case: &ReportCase| {
        (case.status == Status::Fail).then(|| {
            let claim = case.claim.split(':').next().unwrap_or_default();
            format!("suite=\"{}\",claim=\"{}\"", label(&suite.name), label(claim))
        })
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for labels in
        report.suites.iter().flat_map(|suite| suite.cases.iter().filter_map(move |case| failing(suite, case)))
    {
        *counts.entry(labels).or_default() += 1;
    }
    for (labels, count) in &counts {
        line(&mut text, "hardcase_claim_failures", labels, &count.to_string());
    }
    family(&mut text, "hardcase_judging_seconds", "gauge", "Time in which the cases of a suite were judged.");
    text.push("# UNIT hardcase_judging_seconds seconds\n".to_owned());
    for (suite, cases) in &suites {
        let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
        let suite = format!("suite=\"{}\"", label(suite));
        line(&mut text, "hardcase_judging_seconds", &suite, &format!("{seconds:.3}"));
    }
    text.push("# EOF\n".to_owned());
    text.concat()
}

fn merged<'a>(
    suites: impl Iterator<Item = (&'a str, &'a Vec<ReportCase>)>,
) -> BTreeMap<&'a str, Vec<&'a ReportCase>> {
    let mut merged: BTreeMap<&str, Vec<&ReportCase>> = BTreeMap::new();
    for (name, cases) in suites {
        merged.entry(name).or_default().extend(cases);
    }
    merged
}

fn labels(suite: &str, verdict: &str) -> String {
    format!("suite=\"{}\",verdict=\"{verdict}\"", label(suite))
}

fn family(text: &mut Vec<String>, name: &str, kind: &str, help: &str) {
    text.push(format!("# TYPE {name} {kind}\n# HELP {name} {help}\n"));
}

fn line(text: &mut Vec<String>, name: &str, labels: &str, value: &str) {
    text.push(format!("{name}{{{labels}}} {value}\n"));
}
