//! Suites as gates: tag expressions, known failures with a day, flaky cases, what makes a run fail, reports
//! for other tools, and the adapters run by the real pytest and Robot Framework.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::sample;

/// A case of the sample that fails.
const FAILING: &str = "brightness-150-frame-1";

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn code(args: &[&str]) -> i32 {
    hardcase(args).status.code().unwrap()
}

fn stdout(args: &[&str]) -> String {
    String::from_utf8(hardcase(args).stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A copy of the lights suite with its model beside it, in a folder of its own.
struct Copied {
    folder: tempfile::TempDir,
}

impl Copied {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = sample("traffic_lights/suites/lights");
        let to = folder.path().join("suites/lights");
        for part in ["", "cases", "media"] {
            fs::create_dir_all(to.join(part)).unwrap();
            for entry in fs::read_dir(from.join(part)).unwrap().flatten().filter(|e| e.path().is_file()) {
                fs::copy(entry.path(), to.join(part).join(entry.file_name())).unwrap();
            }
        }
        let models = folder.path().join("models");
        fs::create_dir_all(&models).unwrap();
        let model = "traffic_light_state.onnx";
        fs::copy(sample("traffic_lights/models").join(model), models.join(model)).unwrap();
        Self { folder }
    }

    fn suite(&self) -> PathBuf {
        self.folder.path().join("suites/lights")
    }

    /// Puts lines at the top of a case's file.
    fn mark(&self, case: &str, lines: &str) {
        let path = self.suite().join(format!("cases/{case}.toml"));
        let old = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{lines}\n{old}")).unwrap();
    }

    /// Puts a table at the end of a case's file.
    fn append(&self, case: &str, table: &str) {
        let path = self.suite().join(format!("cases/{case}.toml"));
        let old = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{old}\n{table}\n")).unwrap();
    }
}

#[test]
fn tag_expressions_select_and_decide() {
    let copied = Copied::new();
    let suite = copied.suite();
    let count = |args: &[&str]| {
        let lines = stdout(&[&["test", text(&suite)], args].concat());
        lines.lines().filter(|line| line.contains(" lights/")).count()
    };
    assert_eq!(count(&["--include", "fog OR mirror"]), 3);
    assert_eq!(count(&["--include", "fog NOT red"]), 1);
    assert_eq!(count(&["--include", "red AND (brightness OR contrast)", "--exclude", "CONTRAST"]), 1);
    assert_eq!(count(&["--case", FAILING, "--case", "mirror-frame-2"]), 2);
    assert_eq!(code(&["test", text(&suite), "--critical", "mirror OR fog"]), 0);
    assert_eq!(code(&["test", text(&suite), "--critical", "yellow AND NOT fog"]), 1);
    let output = hardcase(&["test", text(&suite), "--include", "red AND"]);
    assert_eq!(output.status.code(), Some(2));
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(problem.contains("ends where a tag should be"), "{problem}");
}

#[test]
fn shards_cover_all_and_one_case_less_moves_none() {
    let copied = Copied::new();
    let suite = copied.suite();
    let ids = |shard: &str| -> Vec<String> {
        let lines = stdout(&["test", text(&suite), "--shard", shard]);
        let names = lines.lines().filter_map(|line| line.split_once(" lights/"));
        names.map(|(_, rest)| rest.split(':').next().unwrap().to_owned()).collect()
    };
    let before: Vec<Vec<String>> = (1..=3).map(|part| ids(&format!("{part}/3"))).collect();
    assert_eq!(before.iter().map(Vec::len).sum::<usize>(), 10);
    fs::remove_file(suite.join("cases/fog-0-3-frame-1.toml")).unwrap();
    for (part, before) in before.iter().enumerate() {
        let rest: Vec<String> = before.iter().filter(|id| *id != "fog-0-3-frame-1").cloned().collect();
        assert_eq!(ids(&format!("{}/3", part + 1)), rest);
    }
}

#[test]
fn known_failures_pass_until_their_day_and_say_when_they_are_fixed() {
    let copied = Copied::new();
    let suite = copied.suite();
    let only = |day: &str| ["test", text(&suite), "--case", FAILING, "--today", day].map(str::to_owned);
    let known = "[known_failure]\nreason = \"ticket 12\"\nuntil = \"2027-01-31\"";
    copied.append(FAILING, known);
    let run = |day: &str, others: &[&str]| {
        let args = only(day);
        let args: Vec<&str> = args.iter().map(String::as_str).chain(others.iter().copied()).collect();
        (code(&args), stdout(&args))
    };
    let (exit, lines) = run("2027-01-31", &["--case", "mirror-frame-2"]);
    assert_eq!(exit, 0, "{lines}");
    assert!(lines.contains("known failure: ticket 12 (until 2027-01-31)"), "{lines}");
    // By itself a known failure says nothing about the model: that is no green run.
    assert_eq!(run("2027-01-31", &[]).0, 5);
    assert_eq!(run("2027-01-31", &["--allow-empty"]).0, 0);
    let (exit, lines) = run("2027-02-01", &[]);
    assert_eq!(exit, 1, "{lines}");
    assert!(lines.contains("known failure expired: ticket 12"), "{lines}");
    copied.append("mirror-frame-2", known);
    let lines = stdout(&["test", text(&suite), "--case", "mirror-frame-2"]);
    assert!(
        lines.contains("pass  lights/mirror-frame-2 (unexpected pass, remove the known failure"),
        "{lines}"
    );
    // It is no failure for those who read JUnit either.
    let junit = copied.folder.path().join("junit.xml");
    code(&["test", text(&suite), "--case", FAILING, "--today", "2027-01-01", "--junit", text(&junit)]);
    let xml = fs::read_to_string(&junit).unwrap();
    assert!(xml.contains("failures=\"0\"") && xml.contains("<skipped message=\"known failure"), "{xml}");
    // A day that does not exist is an error of that case.
    copied.append("rotate-25-frame-6", "[known_failure]\nreason = \"x\"\nuntil = \"2027-02-30\"");
    let lines = stdout(&["test", text(&suite), "--case", "rotate-25-frame-6"]);
    assert!(lines.contains("\"2027-02-30\" is not a date"), "{lines}");
}

#[test]
fn repeats_run_a_case_again_and_never_let_it_pass_for_that() {
    let copied = Copied::new();
    let suite = copied.suite();
    copied.mark("mirror-frame-2", "repeats = 5");
    let run = |args: &[&str]| stdout(&[&["test", text(&suite)], args].concat());
    assert!(run(&["--case", "mirror-frame-2"]).starts_with("pass  lights/mirror-frame-2\n"));
    assert!(run(&["--case", FAILING, "--repeats", "3"]).starts_with("fail "));
    assert_eq!(code(&["test", text(&suite), "--repeats", "0"]), 2);
}

#[test]
fn the_gate_can_be_any_failure_a_new_one_or_a_regression() {
    let copied = Copied::new();
    let suite = copied.suite();
    let baseline = copied.folder.path().join("baseline.json");
    let base = ["test", text(&suite), "--baseline", text(&baseline)];
    code(&[&base[..], &["--update-baseline", "--exclude", "yellow"]].concat());
    let with = |gate: &str| code(&[&base[..], &["--fail-on", gate]].concat());
    // The yellow light fails and is not in the baseline.
    assert_eq!((with("any"), with("new"), with("regression")), (1, 1, 0));
    code(&[&base[..], &["--update-baseline"]].concat());
    assert_eq!((with("any"), with("new"), with("regression")), (1, 0, 0));
    let broken = format!("\"{FAILING}\": \"fail\"");
    let edited = fs::read_to_string(&baseline).unwrap().replace(&broken, &broken.replace("fail", "pass"));
    fs::write(&baseline, edited).unwrap();
    assert_eq!((with("any"), with("new"), with("regression")), (1, 1, 1));
    assert_eq!(code(&["test", text(&suite), "--fail-on", "regression"]), 2, "against what?");
}

#[test]
fn reports_for_people_and_other_tools() {
    let copied = Copied::new();
    let suite = copied.suite();
    let (markdown, tap) = (copied.folder.path().join("summary.md"), copied.folder.path().join("result.tap"));
    let output =
        stdout(&["test", text(&suite), "--markdown", text(&markdown), "--tap", text(&tap), "--github"]);
    let summary = fs::read_to_string(&markdown).unwrap();
    assert!(summary.starts_with("### ❌ Critical cases fail"), "{summary}");
    assert_eq!(summary.matches("| ❌ fail |").count(), 3, "{summary}");
    let points = fs::read_to_string(&tap).unwrap();
    assert!(points.starts_with("TAP version 14\n1..10\nnot ok 1 - lights/brightness-150-frame-1\n  ---\n"));
    assert_eq!(points.lines().filter(|line| line.starts_with("ok ")).count(), 7);
    let annotation = output.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(annotation.contains("cases/brightness-150-frame-1.toml,title=lights/brightness-150-frame-1::"));
    assert!(annotation.contains("predicted green 0.76%0Aclaim: Class is: yellow%0A"), "{annotation}");
}

/// The folder with pytest and robot, if this machine has them.
fn python(module: &str) -> Option<Command> {
    let mut python = Command::new("python3");
    if let Some(tools) = std::env::var_os("HARDCASE_TEST_TOOLS") {
        python.env("PYTHONPATH", tools);
    }
    let mut probe = Command::new("python3");
    probe.envs(python.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let there = probe.args(["-c", &format!("import {module}")]).output().is_ok_and(|o| o.status.success());
    if !there {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("SKIPPED: python3 has no module {module}; pip install {module}");
        }
        return None;
    }
    python.env("HARDCASE", env!("CARGO_BIN_EXE_hardcase")).args(["-m", module]);
    Some(python)
}

#[test]
fn pytest_runs_each_case_with_its_tags() {
    let copied = Copied::new();
    let file = copied.folder.path().join("test_lights.py");
    assert_eq!(code(&["suite", "adapter", text(&copied.suite()), "--for", "pytest", "-o", text(&file)]), 0);
    copied.append(FAILING, "[known_failure]\nreason = \"ticket 12\"");
    let run = |args: &[&str]| -> Option<(i32, String)> {
        let mut pytest = python("pytest")?;
        let output = pytest.current_dir(&copied.folder).arg(&file).args(args).output().unwrap();
        Some((output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap()))
    };
    let Some((exit, lines)) = run(&["-q"]) else { return };
    assert_eq!(exit, 1, "{lines}");
    assert!(lines.contains("2 failed, 7 passed, 1 xfailed"), "{lines}");
    assert!(lines.contains("expected red, predicted green"), "{lines}");
    let (exit, lines) = run(&["-q", "-m", "fog or mirror"]).unwrap();
    assert_eq!(exit, 0, "{lines}");
    assert!(lines.contains("3 passed, 7 deselected"), "{lines}");
}

#[test]
fn robot_framework_runs_each_case_with_its_tags() {
    let copied = Copied::new();
    let file = copied.folder.path().join("lights.robot");
    assert_eq!(code(&["suite", "adapter", text(&copied.suite()), "--for", "robot", "-o", text(&file)]), 0);
    let run = |args: &[&str]| -> Option<(i32, String)> {
        let mut robot = python("robot")?;
        let output = robot.current_dir(&copied.folder).args(args).arg(&file).output().unwrap();
        Some((output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap()))
    };
    let Some((exit, lines)) = run(&[]) else { return };
    assert_eq!(exit, 3, "robot counts failures: {lines}");
    assert!(lines.contains("10 tests, 7 passed, 3 failed"), "{lines}");
    assert!(lines.contains("expected red, predicted green"), "{lines}");
    let (exit, lines) = run(&["--include", "fogNOTred"]).unwrap();
    assert_eq!(exit, 0, "{lines}");
    assert!(lines.contains("1 test, 1 passed, 0 failed"), "{lines}");
}

/// A behavioral suite of three tests with predictions: one passes, one fails, one states no limit.
fn texts_with_predictions() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("words");
    fs::create_dir_all(&suite).unwrap();
    let test = |name: &str, limit: &str, word: &str| {
        format!(
            "[[test]]\nname = {name:?}\ntype = \"MFT\"\ncapability = \"Vocabulary\"\n{limit}[test.expect]\nclaim = \"equals\"\nvalue = 1\n\
             [[test.template]]\ntext = \"{{x}} {word}\"\nlists = {{ x = [\"A\", \"The\"] }}\n"
        )
    };
    let limit = "max_failure_rate = 0.1\n";
    let all = [test("good ones", limit, "good"), test("odd ones", limit, "odd"), test("free", "", "free")];
    fs::write(suite.join("text.toml"), format!("format = 1\nname = \"Words\"\n{}", all.concat())).unwrap();
    let predictions = folder.path().join("p.txt");
    fs::write(&predictions, "1\n1\n1\n0\n0\n1\n").unwrap();
    (folder, suite, predictions)
}

#[test]
fn pytest_runs_each_test_of_a_behavioral_suite() {
    let (folder, suite, predictions) = texts_with_predictions();
    let file = folder.path().join("test_words.py");
    assert_eq!(code(&["suite", "adapter", text(&suite), "--for", "pytest", "-o", text(&file)]), 0);
    let Some(mut pytest) = python("pytest") else { return };
    let options = format!("--predictions {} --form pred_only", text(&predictions));
    let output = pytest
        .current_dir(&folder)
        .env("HARDCASE_OPTIONS", options)
        .args(["-q", "-rs"])
        .arg(&file)
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{lines}");
    assert!(lines.contains("1 failed, 1 passed, 1 skipped"), "{lines}");
    assert!(
        lines.contains("50.0% of 2 cases fail, at most 10.0% may") && lines.contains("The odd [0]"),
        "{lines}"
    );
    assert!(lines.contains("no limit, add max_failure_rate or --limit"), "{lines}");
}

#[test]
fn robot_framework_runs_each_test_of_a_behavioral_suite() {
    let (folder, suite, predictions) = texts_with_predictions();
    let file = folder.path().join("words.robot");
    assert_eq!(code(&["suite", "adapter", text(&suite), "--for", "robot", "-o", text(&file)]), 0);
    let Some(mut robot) = python("robot") else { return };
    let options = format!("--predictions {} --form pred_only", text(&predictions));
    let output = robot.current_dir(&folder).env("HARDCASE_OPTIONS", options).arg(&file).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains("3 tests, 1 passed, 1 failed, 1 skipped"), "{lines}");
    assert!(lines.contains("The odd [0]"), "{lines}");
}
