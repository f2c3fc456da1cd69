//! `JUnit` XML as Jenkins and GitLab read it.

use std::io;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::name::QName;

use crate::base::escape::xml;
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};
use crate::reports::{Form, ReporterKind, attachments, open_command};

/// The format.
pub static KIND: ReporterKind =
    ReporterKind { id: "junit", help: "Write a `JUnit` XML file", form: Form::File(render) };

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
            attribute("name", "hardcase"),
            attribute("tests", tests.as_str()),
            attribute("failures", failures.as_str()),
            attribute("errors", errors.as_str()),
            attribute("time", time.as_str()),
        ])
        .write_inner_content(|writer| {
            report.suites.iter().try_for_each(|suite| write_suite(writer, report, suite))
        })?;
    let text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    Ok(text.chars().map(xml::allowed).chain(['\n']).collect())
}

fn write_suite(writer: &mut Writer<Vec<u8>>, report: &Report, suite: &SuiteReport) -> io::Result<()> {
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
            attribute("name", suite.name.as_str()),
            attribute("tests", tests),
            attribute("failures", failures),
            attribute("errors", errors),
            attribute("skipped", skipped),
            attribute("time", time.as_str()),
        ])
        .write_inner_content(|writer| {
            suite.cases.iter().try_for_each(|case| write_case(writer, report, suite, case))
        })
        .map(drop)
}

fn write_case(
    writer: &mut Writer<Vec<u8>>,
    report: &Report,
    suite: &SuiteReport,
    case: &ReportCase,
) -> io::Result<()> {
    let time = format!("{:.3}", case.seconds);
    let class = format!("hardcase.{}", suite.name);
    let element = writer.create_element("testcase").with_attributes([
        attribute("name", case.id.as_str()),
        attribute("classname", class.as_str()),
        attribute("time", time.as_str()),
    ]);
    let why = case.why.as_str();
    let details = format!(
        "{}\nclaim: {}\ntransform: {}\nnote: {}\nopen with: {}",
        case.why,
        case.claim,
        case.change,
        case.note,
        open_command(&suite.folder, &case.id)
    );
    let kind = match case.status {
        Status::Pass => return element.write_empty().map(drop),
        // A failure that is accepted must not turn a build red.
        Status::Fail if case.accepted() => {
            let message = format!("{}; {}", case.remark(), case.why);
            return element
                .write_inner_content(|writer| {
                    writer
                        .create_element("skipped")
                        .with_attribute(attribute("message", message.as_str()))
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
                        .with_attribute(attribute("message", why))
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
                .with_attributes([attribute("message", why), attribute("type", case.claim.as_str())])
                .write_text_content(BytesText::new(&details))?;
            match attachments::line(report, suite, case) {
                Some(line) => {
                    writer.create_element("system-out").write_text_content(BytesText::new(&line)).map(drop)
                }
                None => Ok(()),
            }
        })
        .map(drop)
}

/// An attribute in which a reader finds every character that XML can hold, ends of lines too.
fn attribute<'a>(name: &'a str, text: &str) -> Attribute<'a> {
    Attribute { key: QName(name.as_bytes()), value: xml::text(text).into_bytes().into() }
}

/// Failures that are known and accepted, which count as skipped.
fn accepted<'a>(cases: impl IntoIterator<Item = &'a ReportCase>) -> usize {
    cases.into_iter().filter(|case| case.accepted()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::report::{Gate, Since};

    /// The characters of XML 1.0, section 2.2.
    fn allowed(c: char) -> bool {
        matches!(u32::from(c), 0x9 | 0xa | 0xd | 0x20..=0xd7ff | 0xe000..=0xfffd | 0x1_0000..)
    }

    #[test]
    fn hostile_names_stay_text() {
        let hostile = "a\u{0}\u{1b}[31m\u{fffe}\u{ffff}]]><failure/>&\"'\n\u{85}é🚗";
        let case = |status| ReportCase {
            metric: None,
            id: hostile.to_owned(),
            status,
            why: hostile.to_owned(),
            margin: None,
            note: hostile.to_owned(),
            tags: Vec::new(),
            claim: hostile.to_owned(),
            change: hostile.to_owned(),
            source: String::new(),
            critical: true,
            since: Since::Unchanged,
            known: None,
            before: None,
            after: None,
            expected: None,
            pictures: None,
            look: crate::imaging::look::Look::Picture,
            steps: Vec::new(),
            seconds: 0.5,
        };
        let cases = [Status::Pass, Status::Fail, Status::Skip, Status::Error].map(case).to_vec();
        let suite = SuiteReport { name: hostile.to_owned(), folder: hostile.to_owned(), cases };
        let report = Report { suites: vec![suite], gate: Gate::Any, ..Report::default() };
        let text = render(&report).unwrap();
        assert!(text.chars().all(allowed));
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut failures, mut names) = (0, 0);
        loop {
            let event = reader.read_event().unwrap();
            if matches!(event, Event::Eof) {
                break;
            }
            if let Event::Start(tag) | Event::Empty(tag) = event {
                failures += usize::from(tag.name().as_ref() == b"failure");
                let name = tag.try_get_attribute("name").unwrap();
                names += usize::from(name.is_some_and(|name| name.value.contains(&b'a')));
            }
        }
        assert_eq!((failures, names), (1, 6), "the names of one suite, four cases and the whole");
    }
}
