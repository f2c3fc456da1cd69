//! The table as Markdown, for a pull request.

use std::fmt::Write as _;

use crate::base::escape::markdown::text;
use crate::behavior::outcome::{Outcome, Verdict};
use crate::behavior::report::{Column, TextReport, told};
use crate::behavior::suite::TestKind;

/// Failed cases that are listed of each test and model.
const LISTED: usize = 3;

/// The run as Markdown.
pub fn render(report: &TextReport<'_>) -> String {
    let mut page = String::new();
    let title = if report.failed() { "❌ Tests above their limit" } else { "Behavioral tests" };
    add(&mut page, format_args!("### {title}: {}\n\n", text(&report.suite.name)));
    add(&mut page, format_args!("Highest failure rate of the tests of each capability and type.\n\n"));
    let several = report.columns.len() > 1;
    let head: Vec<String> = report
        .columns
        .iter()
        .flat_map(|column| {
            TestKind::ALL.map(|kind| {
                if several { format!("{} {}", text(&column.name), kind.id()) } else { kind.id().to_owned() }
            })
        })
        .collect();
    add(
        &mut page,
        format_args!("| Capability | {} |\n|---|{}\n", head.join(" | "), "---|".repeat(head.len())),
    );
    for (capability, tests) in report.capabilities() {
        let cell = |column: &Column, kind: TestKind| {
            report
                .worst(&tests, kind, column)
                .map(|(rate, tests)| format!("{:.1} % ({tests})", rate.share() * 100.0))
                .unwrap_or_default()
        };
        let cells: Vec<String> =
            report.columns.iter().flat_map(|column| TestKind::ALL.map(|kind| cell(column, kind))).collect();
        add(&mut page, format_args!("| {} | {} |\n", text(capability), cells.join(" | ")));
    }
    let names: Vec<String> = report.columns.iter().map(|column| text(&column.name)).collect();
    add(&mut page, format_args!("\n| Capability | Type | Test | Limit | {} |\n", names.join(" | ")));
    add(&mut page, format_args!("|---|---|---|---|{}\n", "---|".repeat(names.len())));
    for (capability, tests) in report.capabilities() {
        for at in tests {
            let test = &report.suite.tests[at];
            let limit =
                report.limit_of(test).map(|limit| format!("{:.1} %", limit * 100.0)).unwrap_or_default();
            let cells: Vec<String> = report.columns.iter().map(|column| cell(report, at, column)).collect();
            add(
                &mut page,
                format_args!(
                    "| {} | {} | {} | {limit} | {} |\n",
                    text(capability),
                    test.kind.id(),
                    text(&test.name),
                    cells.join(" | ")
                ),
            );
        }
    }
    failures(report, &mut page);
    page
}

fn cell(report: &TextReport<'_>, test: usize, column: &Column) -> String {
    let sign = match report.verdict(test, column) {
        Verdict::Pass => "✅ ",
        Verdict::Fail => "❌ ",
        Verdict::NoLimit => "",
        Verdict::Skip => "⏭️ ",
    };
    match &column.outcomes[test] {
        Outcome::Judged { failed, .. } if failed.of > 0 => format!("{sign}{}", told(*failed)),
        Outcome::Judged { .. } => format!("{sign}no case counts"),
        Outcome::NotJudged(why) => format!("{sign}{}", text(&why.to_string())),
    }
}

/// The worst cases of the tests that fail.
fn failures(report: &TextReport<'_>, page: &mut String) {
    for (at, test) in report.suite.tests.iter().enumerate() {
        for column in &report.columns {
            let Outcome::Judged { failures, .. } = &column.outcomes[at] else { continue };
            if failures.is_empty() || report.verdict(at, column) == Verdict::Pass {
                continue;
            }
            add(page, format_args!("\n**{}**, {}\n\n", text(&test.name), text(&column.name)));
            for failure in failures.iter().take(LISTED.min(report.listed)) {
                let shown = report.shown(test, column, failure);
                let one = |shown: &super::Shown<'_>| {
                    format!("{} → {} {:.2}", text(&shown.text), text(&shown.prediction), shown.confidence)
                };
                let all: Vec<String> = shown.iter().map(one).collect();
                add(page, format_args!("- {}\n", all.join(" ⇒ ")));
            }
        }
    }
}

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    page.write_fmt(text).unwrap_or_default();
}
