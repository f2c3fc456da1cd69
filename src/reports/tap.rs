//! TAP, the Test Anything Protocol, version 14 (testanything.org): one line a case, details as YAML.

use crate::base::escape::{json, tap};
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};
use crate::reports::{Form, ReporterKind, open_command};

/// The format.
pub static KIND: ReporterKind = ReporterKind {
    id: "tap",
    help: "Write a TAP file (Test Anything Protocol, version 14)",
    form: Form::File(|report| Ok(render(report))),
};

/// The report as text.
pub fn render(report: &Report) -> String {
    let mut lines = vec![format!("TAP version 14\n1..{}\n", report.counts().total())];
    let cases = report.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
    for (number, (suite, case)) in cases.enumerate() {
        point(&mut lines, number + 1, suite, case);
    }
    lines.concat()
}

fn point(lines: &mut Vec<String>, number: usize, suite: &SuiteReport, case: &ReportCase) {
    let name = tap::text(&format!("{}/{}", suite.name, case.id));
    let (ok, directive) = match case.status {
        Status::Pass => ("ok", String::new()),
        Status::Skip => ("ok", format!(" # SKIP {}", tap::text(&case.why))),
        // A failing TODO does not fail the run.
        Status::Fail if case.accepted() => ("not ok", format!(" # TODO {}", tap::text(&case.remark()))),
        Status::Fail | Status::Error => ("not ok", String::new()),
    };
    lines.push(format!("{ok} {number} - {name}{directive}\n"));
    if ok == "ok" {
        return;
    }
    let open = open_command(&suite.folder, &case.id);
    let details = [
        ("message", case.why.as_str()),
        ("severity", case.status.word()),
        ("claim", case.claim.as_str()),
        ("change", case.change.as_str()),
        ("kept_because", case.note.as_str()),
        ("open_with", open.as_str()),
    ];
    lines.push("  ---\n".to_owned());
    for (key, value) in details {
        lines.push(format!("  {key}: {}\n", json::string(value)));
    }
    lines.push("  ...\n".to_owned());
}
