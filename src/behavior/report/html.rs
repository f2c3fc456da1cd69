//! The table as an HTML page without scripts, images or network.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::base::escape::html::{id, text};
use crate::base::text::counted;
use crate::behavior::outcome::{Outcome, Verdict};
use crate::behavior::report::{Column, Shown, TextReport, told};
use crate::behavior::suite::TestKind;

const STYLE: &str = include_str!("../../../assets/report.css");
/// Bars and marked words, beside the style of all reports.
const OWN_STYLE: &str = ".bar { display: inline-block; height: 8px; background: var(--fail); margin-right: 6px; vertical-align: middle; } \
     .of { display: inline-block; width: 80px; background: var(--line); margin-right: 8px; } mark { background: #f0b42966; color: inherit; }";

/// The run as a page.
pub fn render(report: &TextReport<'_>) -> String {
    let failed = report.failed();
    let title = format!("Behavioral tests: {}", report.suite.name);
    let verdict = if failed { "Tests above their limit" } else { "No test above its limit" };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(&title)) }
                style { (PreEscaped(STYLE)) (PreEscaped(OWN_STYLE)) }
            }
            body {
                header {
                    h1 { (text(&title)) }
                    p.verdict.fail[failed].pass[!failed] { (verdict) }
                    p { (counted(report.suite.tests.len(), "test")) ", " (counted(report.suite.examples(), "example")) }
                }
                (matrix(report))
                (tests(report))
                @for (at, _) in report.suite.tests.iter().enumerate() { (failures(report, at)) }
            }
        }
    };
    page.into_string()
}

fn bar(share: f64) -> Markup {
    let width = format!("width:{:.0}px", share * 80.0);
    html! { span.of { span.bar style=(width) {} } }
}

/// Capability by type, each with the highest failure rate of its tests.
fn matrix(report: &TextReport<'_>) -> Markup {
    html! {
        section {
            h2 { "Highest failure rate by capability and type" }
            table {
                thead { tr {
                    th { "Capability" } th { "Model" }
                    @for kind in TestKind::ALL { th { (kind.id()) } }
                } }
                tbody {
                    @for (capability, tests) in report.capabilities() {
                        @for column in &report.columns {
                            tr {
                                td { (text(capability)) }
                                td { (text(&column.name)) }
                                @for kind in TestKind::ALL {
                                    td {
                                        @if let Some((rate, count)) = report.worst(&tests, kind, column) {
                                            (bar(rate.share())) (format!("{:.1} %", rate.share() * 100.0))
                                            small { " of " (counted(count, "test")) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tests(report: &TextReport<'_>) -> Markup {
    html! {
        section {
            h2 { "Tests" }
            table {
                thead { tr {
                    th { "Capability" } th { "Type" } th { "Test" } th { "Limit" }
                    @for column in &report.columns { th { (text(&column.name)) } }
                } }
                tbody {
                    @for (capability, tests) in report.capabilities() {
                        @for at in tests {
                            @let test = &report.suite.tests[at];
                            tr {
                                td { (text(capability)) }
                                td { (test.kind.id()) }
                                td { a href=(format!("#{}", id(&test.name))) { (text(&test.name)) } @if !test.description.is_empty() { br; small { (text(&test.description)) } } }
                                td { @if let Some(limit) = report.limit_of(test) { (format!("{:.1} %", limit * 100.0)) } }
                                @for column in &report.columns { td { (cell(report, at, column)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(report: &TextReport<'_>, test: usize, column: &Column) -> Markup {
    let verdict = report.verdict(test, column);
    let class = match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NoLimit => "",
        Verdict::Skip => "skip",
    };
    html! {
        span class=(class) {
            @match &column.outcomes[test] {
                Outcome::Judged { failed, .. } if failed.of > 0 => { (bar(failed.share())) (told(*failed)) }
                Outcome::Judged { .. } => "no case counts",
                Outcome::NotJudged(why) => { (text(&why.to_string())) }
            }
            @if matches!(verdict, Verdict::Pass | Verdict::Fail) { " " b { (verdict.word()) } }
        }
    }
}

fn failures(report: &TextReport<'_>, at: usize) -> Markup {
    let test = &report.suite.tests[at];
    html! {
        article id=(id(&test.name)) {
            h3 { (text(&test.name)) small { " " (test.kind.id()) ", " (counted(test.cases.len(), "case")) } }
            @if let Some(expect) = &test.expect { p { "Expected: " (text(&expect.sentence())) } }
            @if !test.note.is_empty() { p { small { (text(&test.note)) } } }
            @for column in &report.columns {
                @if let Outcome::Judged { failures, .. } = &column.outcomes[at] {
                    @if !failures.is_empty() {
                        p.why { (text(&column.name)) ": " (counted(failures.len(), "failed case")) ", worst first" }
                        table { tbody {
                            @for failure in failures.iter().take(report.listed) {
                                tr { td { (format!("{:.2}", failure.value)) } td { (shown(&report.shown(test, column, failure))) } }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// The original and the worst copy, with the words marked that differ.
fn shown(all: &[Shown<'_>]) -> Markup {
    let original = all.first().map(|shown| shown.text.as_ref()).unwrap_or_default();
    html! {
        @for (at, shown) in all.iter().enumerate() {
            div {
                @if at == 0 { (text(&shown.text)) } @else { (marked(original, &shown.text)) }
                " → " b { (text(&shown.prediction)) } " " (format!("{:.2}", shown.confidence))
            }
        }
    }
}

/// A text with what lies between the common beginning and the common end of two texts, in whole words, marked.
fn marked(before: &str, after: &str) -> Markup {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split(' ').collect(), after.split(' ').collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (head, rest) = new.split_at(start);
    let (middle, tail) = rest.split_at(rest.len() - end);
    html! {
        (text(&head.join(" "))) @if !head.is_empty() { " " }
        @if !middle.is_empty() { mark { (text(&middle.join(" "))) } @if !tail.is_empty() { " " } }
        (text(&tail.join(" ")))
    }
}
