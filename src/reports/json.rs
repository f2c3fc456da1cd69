//! The whole result as JSON, for programs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::base::escape::json::document;
use crate::imaging::look::Look;
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
        .map(|suite| {
            let cases: Vec<_> = suite.cases.iter().map(|one| case(one, report.part)).collect();
            json!({ "name": suite.name, "folder": suite.folder, "cases": cases })
        })
        .collect();
    let whole = json!({
        "format": 1,
        "exit_code": report.conclusion().exit_code(),
        "gate": report.gate,
        "strict": report.strict,
        "empty": report.empty,
        "elsewhere": report.elsewhere,
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

fn case(case: &ReportCase, part: bool) -> Value {
    let mut value = json!({
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
    });
    if let (Some(metric), Some(fields)) = (&case.metric, value.as_object_mut()) {
        fields.insert("metric".to_owned(), json!(metric));
    }
    // Only who merges parts needs them, and they are large.
    if let (true, Some(fields)) = (part, value.as_object_mut()) {
        if let Some((before, after)) = &case.pictures {
            let png = [before, after].map(|image| STANDARD.encode(image.to_png().unwrap_or_default()));
            fields.insert("images".to_owned(), json!(png));
        }
        if let Look::Above { reach } = case.look {
            fields.insert("above".to_owned(), json!(reach));
        }
        if !case.steps.is_empty() {
            fields.insert("steps".to_owned(), json!(case.steps));
        }
    }
    value
}
