//! A summary in Markdown for a pull request: failures first, short enough to be read.

use std::collections::BTreeSet;

use crate::base::escape::markdown;
use crate::reports::conclusion::Conclusion;
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};
use crate::reports::{Form, ReporterKind, open_command};

/// The format.
pub static KIND: ReporterKind = ReporterKind {
    id: "markdown",
    help: "Write a Markdown summary, for a pull request",
    form: Form::File(|report| Ok(render(report))),
};

/// Cases that are listed; the rest is counted, for a comment of a pull request holds 65,536 characters.
const LISTED: usize = 100;

/// The report as text.
pub fn render(report: &Report) -> String {
    let counts = report.counts();
    let conclusion = report.conclusion();
    let sign = match conclusion {
        Conclusion::Passed => "✅",
        Conclusion::Failed => "❌",
        Conclusion::Errors | Conclusion::NoCase | Conclusion::NothingJudged => "⚠️",
        Conclusion::Nothing => "➖",
    };
    let verdict = format!("{sign} {}", conclusion.title());
    let mut lines = vec![format!(
        "### {verdict}\n\n**{}** passed, **{}** failed, **{}** skipped, **{}** errors. \
         Model {} on {}, SHA-256 {}.\n",
        counts.pass,
        counts.fail,
        counts.skip,
        counts.error,
        markdown::text(&report.model),
        markdown::text(&report.backend),
        markdown::code(report.model_sha256.get(..16).unwrap_or_default())
    )];
    let open: Vec<(&SuiteReport, &ReportCase)> = report
        .suites
        .iter()
        .flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
        .filter(|(_, case)| case.status != Status::Pass)
        .collect();
    if open.is_empty() {
        return lines.concat();
    }
    lines.push("\n| | Case | Transform | Claim | Why |\n|---|---|---|---|---|\n".to_owned());
    for (suite, case) in open.iter().take(LISTED) {
        let remark = case.remark();
        let remark = if remark.is_empty() { remark } else { format!(" *({})*", markdown::text(&remark)) };
        lines.push(format!(
            "| {} {} | {}/{} | {} | {} | {}{remark} |\n",
            symbol(case),
            case.status.word(),
            markdown::text(&suite.name),
            markdown::text(&case.id),
            markdown::text(&case.change),
            markdown::text(&case.claim),
            markdown::text(&case.why)
        ));
    }
    if open.len() > LISTED {
        lines.push(format!("\n… and {} more.\n", open.len() - LISTED));
    }
    let open_metrics: BTreeSet<&str> =
        open.iter().filter_map(|(_, case)| Some(case.metric.as_ref()?.name.as_str())).collect();
    for (metric, definition) in report.definitions().iter().filter(|(name, _)| open_metrics.contains(*name)) {
        lines.push(format!("\n{}: {}.\n", markdown::code(metric), markdown::text(definition)));
    }
    if let Some((suite, case)) = open.first() {
        lines.push(format!("\nOpen one with {}.\n", markdown::code(&open_command(&suite.folder, &case.id))));
    }
    lines.concat()
}

fn symbol(case: &ReportCase) -> &'static str {
    match case.status {
        Status::Pass => "✅",
        Status::Fail if case.accepted() => "➖",
        Status::Fail => "❌",
        Status::Skip => "⏭️",
        Status::Error => "⚠️",
    }
}
