//! SARIF 2.1.0 (OASIS) for code scanning: one run, a rule for each claim, a result for each case that fails.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::base::escape::json::document;
use crate::base::escape::sarif::{message, uri};
use crate::base::files::{sha256_hex, slug};
use crate::reports::report::{Report, ReportCase, Since, Status, SuiteReport};
use crate::reports::{Form, ReporterKind, open_command};

/// The format.
pub static KIND: ReporterKind = ReporterKind {
    id: "sarif",
    help: "Write a SARIF 2.1.0 file, for code scanning",
    form: Form::File(|report| Ok(render(report))),
};

/// Address of the schema that the file follows.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as text.
pub fn render(report: &Report) -> String {
    let failing = || {
        let cases = report.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
        cases.filter(|(_, case)| matches!(case.status, Status::Fail | Status::Error))
    };
    // Rules in the order of their ids, so that one is found by its place.
    let rules: BTreeMap<String, String> = failing().map(|(_, case)| rule_of(case)).collect();
    let index = |id: &str| rules.keys().position(|known| known == id);
    let results: Vec<Value> =
        failing().map(|(suite, case)| result(report, suite, case, index(&rule_of(case).0))).collect();
    let rules: Vec<Value> = rules.iter().map(|(id, title)| rule(id, title)).collect();
    let hash = report.model_sha256.get(..12).unwrap_or_default();
    let whole = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Hardcase",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": { "id": format!("hardcase/{hash}") },
            "columnKind": "unicodeCodePoints",
            "properties": { "model": report.model, "backend": report.backend },
            "results": results,
        }],
    });
    document(&format!("{whole:#}\n")).into_owned()
}

/// Id and title of the rule of a case: its claim without its parameters.
fn rule_of(case: &ReportCase) -> (String, String) {
    let claim = case.claim.split([':', '(', ',']).next().unwrap_or_default().trim();
    let title = if claim.is_empty() { "Case" } else { claim };
    (format!("hardcase/{}", slug(title)), message(title))
}

fn rule(id: &str, title: &str) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": title },
        "help": { "text": format!("The claim {title:?} of a saved case fails. Open the case with the line in its message.") },
        "properties": { "tags": ["machine-learning", "regression"] },
    })
}

fn result(report: &Report, suite: &SuiteReport, case: &ReportCase, rule: Option<usize>) -> Value {
    let why = if case.why.is_empty() { case.status.word() } else { &case.why };
    let note = if case.note.is_empty() { String::new() } else { format!("\nNote: {}", case.note) };
    let text = format!(
        "{why}\nTransform: {}\nClaim: {}{note}\nOpen with: {}",
        case.change,
        case.claim,
        open_command(&suite.folder, &case.id)
    );
    let file = report.file_of(suite, &case.id);
    let mut place = json!({ "uri": uri(&file) });
    if let (false, Some(place)) = (file.starts_with('/'), place.as_object_mut()) {
        place.insert("uriBaseId".to_owned(), json!("%SRCROOT%"));
    }
    let identity = sha256_hex(format!("{}\0{}", suite.name, case.id).as_bytes());
    let level = if case.critical { "error" } else { "warning" };
    let since = match case.since {
        Since::Unchanged => Value::Null,
        Since::New | Since::Broken | Since::Known | Since::Fixed => case.since.word().into(),
    };
    let mut result = json!({
        "ruleId": rule_of(case).0,
        "level": level,
        "kind": "fail",
        "message": { "text": message(&text) },
        "locations": [{ "physicalLocation": { "artifactLocation": place, "region": { "startLine": 1 } } }],
        "partialFingerprints": { "hardcaseCase/v1": identity.get(..32).unwrap_or_default() },
        "properties": {
            "suite": suite.name,
            "case": case.id,
            "verdict": case.status.word(),
            "margin": case.margin,
            "since_baseline": since,
            "tags": case.tags,
        },
    });
    if let Some(fields) = result.as_object_mut() {
        if let Some(rule) = rule {
            fields.insert("ruleIndex".to_owned(), json!(rule));
        }
        if case.accepted() {
            let why = case.known.as_ref().map(|known| message(&known.text())).unwrap_or_default();
            let suppression = json!({ "kind": "external", "status": "accepted", "justification": why });
            fields.insert("suppressions".to_owned(), json!([suppression]));
        }
    }
    result
}
