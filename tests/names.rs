//! Names are data: hostile names through every reporter, adapter, label format and command, parsed by real parsers.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::sample;
use hardcase::base::escape::csv::Formulas;
use hardcase::base::escape::visible::acts;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::Label;
use hardcase::exchange::bundle::{Bundle, SampleRef, Stream};
use hardcase::imaging::look::Look;
use hardcase::reports::report::{Gate, Report, ReportCase, Since, Status, Step, SuiteReport};
use hardcase::reports::table::{ColumnKind, TableWriter, Value};
use hardcase::reports::{Form, REPORTERS};
use hardcase::suites::adapters::{Tool, adapter};
use hardcase::suites::files;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// Pieces that mean something to some reader.
const PIECES: &[&str] = &[
    "a",
    "é🚗",
    " ",
    "  ",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{1b}]0;t\u{7}",
    "\u{9b}2J",
    "\u{7f}",
    "\u{85}",
    "\u{202e}",
    "\u{2066}",
    "\u{2028}",
    "\u{fffe}",
    "\u{feff}",
    "\u{200b}",
    "::error::x",
    "\n::add-mask::true",
    "##[error]",
    "##vso[x]",
    "]]>",
    "<!--",
    "-->",
    "<script>alert(1)</script>",
    "\" onclick=\"x",
    "'",
    "\"",
    "\"\"\"",
    "\\",
    "`",
    "``",
    "|",
    "\n| x | y |",
    "*** Settings ***",
    "...",
    "${x}",
    "@{y}",
    "%{HOME}",
    "{{ x }}",
    "$(id)",
    "=1+1",
    "@SUM(A1)",
    "-rf",
    "--model",
    "+",
    "#",
    " # SKIP",
    "# TODO",
    "not ok 1",
    "1..9",
    "---",
    "&amp;",
    "&#0;",
    "%0A",
    "%",
    ",",
    ";",
    ":",
    "/",
    "../x",
    "C:\\x",
    "@everyone",
    "#12",
    "http://u:pw@h/",
    "www.x.y",
    "[x](y)",
    "![x](y)",
    "*b*",
    "_i_",
    "~~s~~",
    "__import__('os').system('id > pwned')",
    "| evil | Evaluate | x",
    "FOR",
    "END",
];

fn names(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let some =
        proptest::collection::vec(proptest::sample::select(PIECES), 1..5).prop_map(|parts| parts.concat());
    // Each piece alone at the beginning and the end of a name, then mixtures.
    let each = PIECES.iter().flat_map(|piece| [format!("{piece}x"), format!("x{piece}")]);
    let mixed = (0..count).map(|_| some.new_tree(&mut runner).unwrap().current()).collect::<Vec<_>>();
    each.chain(mixed).collect()
}

fn report(name: &str) -> Report {
    let case = |status| ReportCase {
        metric: None,
        id: name.to_owned(),
        status,
        why: name.to_owned(),
        margin: None,
        note: name.to_owned(),
        tags: vec![name.to_owned()],
        claim: name.to_owned(),
        change: name.to_owned(),
        source: name.to_owned(),
        critical: true,
        since: Since::Unchanged,
        known: None,
        before: None,
        after: None,
        expected: None,
        pictures: None,
        look: Look::Picture,
        steps: vec![Step {
            part: 1.0,
            change: name.to_owned(),
            jpeg: vec![0xff, 0xd8],
            size: (4, 3),
            seen: None,
            status: Status::Fail,
            why: name.to_owned(),
            margin: Some(-0.5),
        }],
        seconds: 0.5,
    };
    let cases = [Status::Pass, Status::Fail, Status::Skip, Status::Error].map(case).to_vec();
    let suite = SuiteReport { name: name.to_owned(), folder: name.to_owned(), cases };
    Report {
        model: name.to_owned(),
        model_sha256: "0".repeat(64),
        backend: name.to_owned(),
        suites: vec![suite],
        gate: Gate::Any,
        ..Report::default()
    }
}

/// A suite with one case of this name in memory.
fn suite(name: &str) -> files::Suite {
    let mut suite = files::read(&sample("traffic_lights/suites/lights")).unwrap();
    name.clone_into(&mut suite.file.name);
    suite.cases.truncate(1);
    for (id, case) in &mut suite.cases {
        name.clone_into(id);
        name.clone_into(&mut case.why);
        case.tags = vec![name.to_owned()];
    }
    suite
}

/// Files that were written, with the parser that has to read them and the name inside.
struct Written {
    folder: tempfile::TempDir,
    files: Vec<(String, String, String)>,
}

impl Written {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), files: Vec::new() }
    }

    fn place(&mut self, kind: &str, ending: &str, name: &str) -> PathBuf {
        let file = format!("{}{ending}", self.files.len());
        self.files.push((kind.to_owned(), file.clone(), name.to_owned()));
        self.folder.path().join(file)
    }

    /// The problems that the parsers find; none without Python, which is said.
    fn problems(&self) -> String {
        let expected = serde_json::to_string(&self.files).unwrap();
        fs::write(self.folder.path().join("expected.json"), expected).unwrap();
        let script = common::repo().join("tests/names/check.py");
        let mut python = Command::new("python3");
        if let Some(tools) = std::env::var_os("HARDCASE_TEST_TOOLS") {
            python.env("PYTHONPATH", tools);
        }
        let Ok(output) = python.arg(script).arg(self.folder.path()).output() else {
            eprintln!("skipped: python3 is not there to parse what was written");
            return String::new();
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

#[test]
fn names_stay_text_in_every_report() {
    let mut written = Written::new();
    for name in names(60) {
        let report = report(&name);
        for kind in REPORTERS {
            match kind.form {
                Form::File(render) => {
                    let place = written.place(kind.id, ".report", &name);
                    fs::write(place, render(&report).unwrap()).unwrap();
                }
                Form::Folder(write) => {
                    let place = written.place(kind.id, ".page/index.html", &name);
                    assert_eq!(write(&report, place.parent().unwrap()).unwrap(), place);
                }
                Form::Lines(render) => {
                    let place = written.place(kind.id, ".lines", &name);
                    fs::write(place, render(&report).join("\n")).unwrap();
                }
            }
        }
        for (ending, formulas) in [(".plain.csv", Formulas::Kept), (".guarded.csv", Formulas::Guarded)] {
            let place = written.place("table", ending, &name);
            let columns = vec![("name".to_owned(), ColumnKind::Text), ("n".to_owned(), ColumnKind::Integer)];
            let mut table = TableWriter::create(&place, columns, &[]).unwrap().with(formulas);
            table.row(&[Value::Text(&name), Value::Integer(7)]).unwrap();
            table.finish().unwrap();
        }
    }
    assert_eq!(written.problems(), "");
}

#[test]
fn names_stay_text_in_every_adapter() {
    let mut written = Written::new();
    let write = |suite: &files::Suite, place: &Path, output: &Path, tool: Tool| {
        for file in adapter(suite, place, tool, output) {
            fs::write(file.path, file.content).unwrap();
        }
    };
    write(&suite("plain"), Path::new("plain"), &written.folder.path().join("plain.py"), Tool::Pytest);
    for name in names(60) {
        let suite = suite(&name);
        let output = written.place("pytest", ".py", &name);
        write(&suite, Path::new(&name), &output, Tool::Pytest);
        let output = written.place("robot", ".robot", &name);
        write(&suite, Path::new(&name), &output, Tool::Robot);
    }
    assert_eq!(written.problems(), "");
}

#[test]
fn names_stay_text_in_every_label_format() {
    let mut written = Written::new();
    for name in names(20).into_iter().step_by(4) {
        let frame = SampleRef { frame: 0, time: None, file: "000000.jpg".to_owned(), size: Some((64, 48)) };
        let stream = Stream { clip: "drive".into(), channel: name.as_str().into(), samples: vec![frame] };
        let shape = Shape::Box(Box2 { x0: 1.0, y0: 2.0, x1: 30.0, y1: 40.0 });
        let mut bundle = Bundle { streams: vec![stream], ..Bundle::empty() };
        bundle.know_class(&name);
        bundle.labels.push(Label::new(1, "drive", name.as_str(), 0, name.as_str(), shape));
        for kind in hardcase::exchange::KINDS {
            let place = written.place("exported", "", &name);
            fs::create_dir(&place).unwrap();
            let file = kind.one_file.map_or_else(|| place.clone(), |file| place.join(file));
            // A format may refuse a name; it may not write it as something else.
            if (kind.write)(&bundle, &file).is_err() {
                fs::remove_dir_all(&place).unwrap();
                fs::create_dir(&place).unwrap();
            }
        }
    }
    assert_eq!(written.problems(), "");
}

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

/// Nothing moves a terminal, and no line is a command of a CI but those of the reporter.
fn check_terminal(bytes: &[u8], commands: bool) {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && acts(c)), "{text:?}");
    for line in text.lines() {
        let ours = commands && (line.starts_with("::error file=") || line.starts_with("::warning file="));
        assert!(ours || !line.trim_start().starts_with("::"), "{line:?}");
        assert!(!line.contains("##[") && !line.contains("##vso["), "{line:?}");
    }
}

/// A suite on disk whose names are hostile; file names leave out what the system cannot have.
fn hostile_suite(folder: &Path, name: &str) {
    let id: String = name.chars().filter(|c| !matches!(c, '/' | '\0')).take(60).collect();
    let mut suite = suite(name);
    suite.file.critical = vec![name.to_owned()];
    fs::create_dir_all(folder.join("cases")).unwrap();
    fs::write(folder.join("suite.toml"), toml::to_string(&suite.file).unwrap()).unwrap();
    let (_, case) = suite.cases.first().unwrap();
    let mut case = case.clone();
    // The input is missing, so that the case has an error that names it.
    case.input.file = PathBuf::from(format!("media/{name}"));
    fs::write(folder.join(format!("cases/{id}.toml")), toml::to_string(&case).unwrap()).unwrap();
    fs::write(folder.join(format!("cases/broken{id}.toml")), format!("why = {:?}", name.len())).unwrap();
}

#[test]
fn names_stay_text_on_a_terminal() {
    let model = sample("traffic_lights/models/traffic_light_state.onnx");
    for name in [
        "x\n::error::INJECTED\n::add-mask::true\n::stop-commands::zz\n\u{1b}]0;TITLE\u{7}\u{1b}[31mRED",
        "::error::\u{202e}##[error]a\u{9b}2J",
        "  ::warning::\ta\r\n  ##vso[x]\u{2028}\u{7f}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        hostile_suite(folder.path(), name);
        let (place, model) = (folder.path().to_str().unwrap(), model.to_str().unwrap());
        let junit = folder.path().join("j.xml");
        let test = ["test", place, "--model", model, "--github", "--junit", junit.to_str().unwrap()];
        let runs: [(&[&str], bool); 5] = [
            (&["info", place], false),
            (&["info", place, "--json"], false),
            (&["suite", "verify", place], false),
            (&["test", place, "--model", name], false),
            (&test, true),
        ];
        for (args, commands) in runs {
            let output = hardcase(args);
            check_terminal(&output.stdout, commands);
            check_terminal(&output.stderr, false);
        }
    }
}

#[test]
fn arguments_that_are_wrong_stay_text() {
    let output = hardcase(&["\u{1b}[31mx\n::error::y"]);
    check_terminal(&output.stderr, false);
    let output = hardcase(&["test", "a", "--shard", "x\n::error::\u{1b}]0;t\u{7}"]);
    assert_eq!(output.status.code(), Some(2));
    check_terminal(&output.stderr, false);
}
