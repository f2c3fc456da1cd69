//! `JUnit` XML as Jenkins and GitLab read it.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::reports::open_command;
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};

/// The report as text; durations are in the attributes called `time` and nowhere else.
pub fn render(report: &Report) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = report.counts();
    let seconds: f64 = report.suites.iter().flat_map(|suite| &suite.cases).map(|case| case.seconds).sum();
    let (tests, failures, errors, time) = (
        counts.total().to_string(),
        (counts.fail - accepted(report.suites.iter().flat_map(|suite| &suite.cases))).to_string(),
        counts.error.to_string(),
        format!("{seconds:.3}"),
    );
    writer
        .create_element("testsuites")
        .with_attributes([
            ("name", "hardcase"),
            ("tests", tests.as_str()),
            ("failures", failures.as_str()),
            ("errors", errors.as_str()),
            ("time", time.as_str()),
        ])
        .write_inner_content(|writer| {
            report.suites.iter().try_for_each(|suite| write_suite(writer, suite))
        })?;
    String::from_utf8(writer.into_inner()).map(|text| text + "\n").map_err(io::Error::other)
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &SuiteReport) -> io::Result<()> {
    let counts = suite.counts();
    let seconds: f64 = suite.cases.iter().map(|case| case.seconds).sum();
    let accepted = accepted(&suite.cases);
    let numbers = [counts.total(), counts.fail - accepted, counts.error, counts.skip + accepted];
    let numbers = numbers.map(|n| n.to_string());
    let [tests, failures, errors, skipped] = numbers.each_ref().map(String::as_str);
    let time = format!("{seconds:.3}");
    writer
        .create_element("testsuite")
        .with_attributes([
            ("name", suite.name.as_str()),
            ("tests", tests),
            ("failures", failures),
            ("errors", errors),
            ("skipped", skipped),
            ("time", time.as_str()),
        ])
        .write_inner_content(|writer| suite.cases.iter().try_for_each(|case| write_case(writer, suite, case)))
        .map(drop)
}

fn write_case(writer: &mut Writer<Vec<u8>>, suite: &SuiteReport, case: &ReportCase) -> io::Result<()> {
    let time = format!("{:.3}", case.seconds);
    let class = format!("hardcase.{}", suite.name);
    let element = writer.create_element("testcase").with_attributes([
        ("name", case.id.as_str()),
        ("classname", class.as_str()),
        ("time", time.as_str()),
    ]);
    let why = printable(&case.why);
    let details = printable(&format!(
        "{}\nclaim: {}\ntransform: {}\nnote: {}\nopen with: {}",
        case.why,
        case.claim,
        case.change,
        case.note,
        open_command(&suite.folder, &case.id)
    ));
    let kind = match case.status {
        Status::Pass => return element.write_empty().map(drop),
        // A failure that is accepted must not turn a build red.
        Status::Fail if case.accepted() => {
            let message = printable(&format!("{}; {}", case.remark(), case.why));
            return element
                .write_inner_content(|writer| {
                    writer
                        .create_element("skipped")
                        .with_attribute(("message", message.as_str()))
                        .write_empty()
                        .map(drop)
                })
                .map(drop);
        }
        Status::Skip => {
            return element
                .write_inner_content(|writer| {
                    writer
                        .create_element("skipped")
                        .with_attribute(("message", why.as_str()))
                        .write_empty()
                        .map(drop)
                })
                .map(drop);
        }
        Status::Fail => "failure",
        Status::Error => "error",
    };
    element
        .write_inner_content(|writer| {
            writer
                .create_element(kind)
                .with_attributes([("message", why.as_str()), ("type", case.claim.as_str())])
                .write_text_content(BytesText::new(&details))
                .map(drop)
        })
        .map(drop)
}

/// Failures that are known and accepted, which count as skipped.
fn accepted<'a>(cases: impl IntoIterator<Item = &'a ReportCase>) -> usize {
    cases.into_iter().filter(|case| case.accepted()).count()
}

/// Control characters are not allowed in XML.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
