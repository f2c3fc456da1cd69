//! The whole result as JSON, for programs.

use serde_json::{Value, json};

use crate::base::escape::json::document;
use crate::reports::report::{Known, Report, ReportCase};
use crate::reports::{Form, ReporterKind};

/// The format.
pub static KIND: ReporterKind =
    ReporterKind { id: "json", help: "Write a JSON report", form: Form::File(|report| Ok(render(report))) };

/// The report as text; durations are in the fields called `seconds` and nowhere else.
pub fn render(report: &Report) -> String {
    let counts = report.counts();
    let suites: Vec<Value> = report
        .suites
        .iter()
        .map(|suite| json!({ "name": suite.name, "cases": suite.cases.iter().map(case).collect::<Vec<_>>() }))
        .collect();
    let whole = json!({
        "format": 1,
        "exit_code": report.exit_code(),
        "model": { "name": report.model, "sha256": report.model_sha256, "backend": report.backend },
        "counts": { "pass": counts.pass, "fail": counts.fail, "skip": counts.skip, "error": counts.error },
        "suites": suites,
    });
    document(&format!("{whole:#}\n")).into_owned()
}

/// `accepted`, `expired` or `fixed` with its text, or nothing.
fn known(case: &ReportCase) -> Value {
    match &case.known {
        None => Value::Null,
        Some(Known::Accepted(why)) => json!({ "state": "accepted", "why": why }),
        Some(Known::Expired(why)) => json!({ "state": "expired", "why": why }),
        Some(Known::Fixed(why)) => json!({ "state": "fixed", "why": why }),
    }
}

fn case(case: &ReportCase) -> Value {
    json!({
        "id": case.id,
        "verdict": case.status.word(),
        "why": case.why,
        "margin": case.margin,
        "since_baseline": case.since.word(),
        "known": known(case),
        "critical": case.critical,
        "claim": case.claim,
        "change": case.change,
        "tags": case.tags,
        "note": case.note,
        "source": case.source,
        "before": case.before,
        "expected": case.expected,
        "after": case.after,
        "seconds": (case.seconds * 1e3).round() / 1e3,
    })
}
