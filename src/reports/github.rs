//! Annotations of GitHub Actions: workflow commands on the standard output, shown beside the case's file.

use crate::base::escape::github::{message, property};
use crate::base::text::counted;
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};
use crate::reports::{Form, ReporterKind, open_command};

/// The format.
pub static KIND: ReporterKind = ReporterKind {
    id: "github",
    help: "Print annotations for GitHub Actions beside the files of the cases",
    form: Form::Lines(render),
};

/// GitHub shows ten annotations of a kind in a step; the rest is in the other reports.
const SHOWN: usize = 10;

/// The annotations, one a line; none if everything passes.
pub fn render(report: &Report) -> Vec<String> {
    let cases = || report.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
    let mut lines: Vec<String> = Vec::new();
    for level in ["error", "warning"] {
        let of_level = cases().filter(|(_, case)| level_of(case) == Some(level));
        lines.extend(of_level.take(SHOWN).map(|(suite, case)| annotation(report, level, suite, case)));
    }
    let all = cases().filter(|(_, case)| level_of(case).is_some()).count();
    if let Some(more) = all.checked_sub(lines.len()).filter(|more| *more > 0) {
        let text = format!("and {more} more, {} in all; see the other reports", counted(all, "case"));
        lines.push(format!("::notice title=Hardcase::{}", message(&text)));
    }
    lines
}

/// Failures that fail the run are errors, others are warnings.
fn level_of(case: &ReportCase) -> Option<&'static str> {
    match case.status {
        Status::Fail | Status::Error if case.critical && !case.accepted() => Some("error"),
        Status::Fail | Status::Error => Some("warning"),
        Status::Pass | Status::Skip => None,
    }
}

fn annotation(report: &Report, level: &str, suite: &SuiteReport, case: &ReportCase) -> String {
    let remark = case.remark();
    let remark = if remark.is_empty() { remark } else { format!(" ({remark})") };
    let text = format!(
        "{}{remark}\nclaim: {}\ntransform: {}\nopen with: {}",
        case.why,
        case.claim,
        case.change,
        open_command(&suite.folder, &case.id)
    );
    format!(
        "::{level} file={},title={}::{}",
        property(&report.file_of(suite, &case.id)),
        property(&format!("{}/{}", suite.name, case.id)),
        message(&text)
    )
}
