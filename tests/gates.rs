//! Cases about data sets: a claim about a metric with its interval, written by one command and judged by `hardcase test`.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::copied;
use common::stack::{Stack, recording};
use hardcase::base::stats::{Rate, normal_quantile};
use serde_json::Value;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// A suite beside a recording of a stack's own detections.
struct Gated {
    folder: tempfile::TempDir,
    suite: PathBuf,
    drive: PathBuf,
}

impl Gated {
    fn new(stack: Stack) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (suite, drive) = (folder.path().join("suites/gates"), folder.path().join("drive.mcap"));
        fs::write(&drive, recording(stack)).unwrap();
        Self { folder, suite, drive }
    }

    fn add(&self, id: &str, claim: &str, more: &[&str]) -> Output {
        let sides = ["--truth", "/ground_truth", "--predictions", "/objects", "--tolerance", "0.02"];
        let args = ["suite", "gate", text(&self.suite), text(&self.drive), "--claim", claim, "--id", id];
        hardcase(&[&args[..], &sides, more].concat())
    }

    fn added(&self, id: &str, claim: &str, more: &[&str]) {
        let output = self.add(id, claim, more);
        assert!(output.status.success(), "{}", said(&output));
    }

    /// Exit code and cases of a run.
    fn test(&self, more: &[&str]) -> (i32, Vec<Value>) {
        let report = self.folder.path().join("report.json");
        let output = hardcase(&[&["test", text(&self.suite), "--json", text(&report)], more].concat());
        let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let cases = report["suites"][0]["cases"].as_array().cloned().unwrap();
        (output.status.code().unwrap(), cases)
    }
}

fn case<'a>(cases: &'a [Value], id: &str) -> &'a Value {
    cases.iter().find(|case| case["id"] == id).unwrap()
}

#[test]
fn a_stack_fails_its_gate_until_it_is_repaired() {
    for (stack, code, pedestrian) in [(Stack::Faulty, 1, "fail"), (Stack::Repaired, 0, "pass")] {
        let gated = Gated::new(stack);
        gated.added("people", "recall(\"pedestrian\") >= 0.95", &["--tag", "people", "--why", "Tempe"]);
        gated.added("late", "recall(where seconds > 1000) >= 0.5", &[]);
        gated.added("tracks", "mota <= 2", &[]);
        let (found, cases) = gated.test(&[]);
        assert_eq!(found, code, "{cases:#?}");
        let people = case(&cases, "people");
        assert_eq!(people["verdict"], pedestrian, "{people:#}");
        // The figures are those of an evaluation.
        let args = ["--truth", "/ground_truth", "--predictions", "/objects", "--tolerance", "0.02"];
        let by = ["evaluate", text(&gated.drive), "--by", "class", "--json", "-"];
        let evaluated = hardcase(&[&by[..], &args].concat());
        let evaluated: Value = serde_json::from_slice(&evaluated.stdout).unwrap();
        let slices = evaluated["slices"]["class"].as_array().unwrap();
        let slice = slices.iter().find(|slice| slice["name"] == "pedestrian").unwrap();
        let recall = slice["recall"]["share"].as_f64().unwrap();
        assert!((people["margin"].as_f64().unwrap() - (recall - 0.95)).abs() < 1e-9, "{people:#} {slice:#}");
        assert!(people["why"].as_str().unwrap().contains("recall is "), "{people:#}");
        assert_eq!(case(&cases, "tracks")["verdict"], "pass");
        // Nothing in the slice is a skip that says so, never a pass.
        let late = case(&cases, "late");
        assert!(late["verdict"] == "skip" && late["why"].as_str().unwrap().contains("0 objects"), "{late:#}");
        assert_eq!(gated.test(&["--include", "people"]).1.len(), 1);
        assert_eq!(gated.test(&["--case", "late"]).0, 5);
    }
}

/// The file keeps a line for each run, and the page of the second run draws both.
#[test]
fn metrics_are_kept_and_drawn_over_runs() {
    let gated = Gated::new(Stack::Faulty);
    gated.added("people", "recall(\"pedestrian\") >= 0.95", &[]);
    let trend = gated.folder.path().join("trend.jsonl");
    let page = gated.folder.path().join("page");
    let kept = || -> Vec<Value> {
        let lines = fs::read_to_string(&trend).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (_, cases) = gated.test(&["--trend", text(&trend), "--trend-run", "abc1", "--html", text(&page)]);
    let metric = case(&cases, "people")["metric"].clone();
    assert_eq!(metric["bound"], 0.95);
    assert!(!fs::read_to_string(page.join("index.html")).unwrap().contains("over 1 runs"));
    // The repaired stack is another recording, which is said anew.
    fs::write(&gated.drive, recording(Stack::Repaired)).unwrap();
    fs::remove_dir_all(&gated.suite).unwrap();
    gated.added("people", "recall(\"pedestrian\") >= 0.95", &[]);
    gated.test(&["--trend", text(&trend), "--trend-run", "abc2", "--html", text(&page)]);
    let points = kept();
    assert_eq!(points.len(), 2);
    assert_eq!((&points[0]["run"], &points[1]["run"]), (&Value::from("abc1"), &Value::from("abc2")));
    assert_eq!((&points[0]["verdict"], &points[1]["verdict"]), (&Value::from("fail"), &Value::from("pass")));
    assert_eq!(points[0]["value"], metric["value"]);
    assert!(points[1]["value"].as_f64().unwrap() > points[0]["value"].as_f64().unwrap());
    let html = fs::read_to_string(page.join("index.html")).unwrap();
    assert!(html.contains("people over 2 runs") && html.contains("abc1: 0."), "{html}");
    // The same run again takes the place of its line.
    gated.test(&["--trend", text(&trend), "--trend-run", "abc2"]);
    assert_eq!(kept().len(), 2);
    // A damaged file is told before anything runs, and left alone.
    fs::write(&trend, "{\"run\": 1}\n").unwrap();
    let output = hardcase(&["test", text(&gated.suite), "--trend", text(&trend)]);
    assert!(output.status.code() == Some(3) && said(&output).contains("line 1 of"), "{}", said(&output));
    assert_eq!(fs::read_to_string(&trend).unwrap(), "{\"run\": 1}\n");
}

#[test]
fn an_interval_with_the_bound_inside_warns_or_fails() {
    let gated = Gated::new(Stack::Faulty);
    let output = hardcase(&[
        "evaluate",
        text(&gated.drive),
        "--truth",
        "/ground_truth",
        "--predictions",
        "/objects",
        "--tolerance",
        "0.02",
        "--json",
        "-",
    ]);
    let evaluated: Value = serde_json::from_slice(&output.stdout).unwrap();
    let outcomes = &evaluated["outcomes"];
    let right = outcomes["right"].as_u64().or_else(|| outcomes["correct"].as_u64()).unwrap();
    let all = right + 30;
    let share = right as f64 / all as f64;
    let claim = format!("recall >= {share}");
    gated.added("open", &claim, &[]);
    gated.added("strict", &claim, &["--strict"]);
    let (code, cases) = gated.test(&[]);
    assert_eq!(code, 1);
    let open = case(&cases, "open");
    assert!(open["verdict"] == "pass" && open["why"].as_str().unwrap().starts_with("warning: "), "{open:#}");
    assert_eq!(case(&cases, "strict")["verdict"], "fail");
    // More confidence is a wider interval.
    let clearly = Rate::wilson_at(right as usize, all as usize, 0.6).low;
    gated.added("narrow", &format!("recall >= {clearly} at confidence 0.6"), &["--strict"]);
    gated.added("wide", &format!("recall >= {clearly} at confidence 0.99"), &["--strict"]);
    let (_, cases) = gated.test(&[]);
    assert_eq!(
        (&case(&cases, "narrow")["verdict"], &case(&cases, "wide")["verdict"]),
        (&"pass".into(), &"fail".into())
    );
}

#[test]
fn other_data_are_an_error_of_their_case_alone() {
    let gated = Gated::new(Stack::Repaired);
    gated.added("people", "recall(\"pedestrian\") >= 0.95", &[]);
    assert_eq!(hardcase(&["suite", "verify", text(&gated.suite)]).status.code(), Some(0));
    fs::write(&gated.drive, recording(Stack::Faulty)).unwrap();
    let (code, cases) = gated.test(&[]);
    let people = case(&cases, "people");
    assert_eq!((code, &people["verdict"]), (3, &"error".into()), "{people:#}");
    assert!(people["why"].as_str().unwrap().contains("is another one"), "{people:#}");
    let verified = hardcase(&["suite", "verify", text(&gated.suite)]);
    assert!(
        verified.status.code() == Some(1) && said(&verified).contains("is another one"),
        "{}",
        said(&verified)
    );
    // A file that cannot be read costs itself.
    let file = gated.suite.join("gates/people.toml");
    let good = fs::read_to_string(&file).unwrap();
    for (from, to, problem) in [
        ("recall(", "recal(", "\"recal\" is no metric, did you mean \"recall\"?"),
        ("claim = ", "clam = ", "unknown field `clam`"),
        ("least = 1", "least = 0", "least is 0"),
        ("../../drive.mcap", "/etc/passwd", "absolute path"),
        (">= 0.95", "> 0.95", "no >= or <="),
    ] {
        assert!(good.contains(from), "{good}");
        fs::write(&file, good.replace(from, to)).unwrap();
        fs::write(&gated.drive, recording(Stack::Repaired)).unwrap();
        let (code, cases) = gated.test(&[]);
        let people = case(&cases, "people");
        assert_eq!((code, &people["verdict"]), (3, &"error".into()), "{people:#}");
        assert!(people["why"].as_str().unwrap().contains(problem), "{people:#}");
    }
}

#[test]
fn wishes_that_mean_nothing_are_refused_when_they_are_written() {
    let gated = Gated::new(Stack::Repaired);
    for (claim, problem) in [
        ("precison >= 1", "no metric, known are recall"),
        ("recall", "no >= or <="),
        ("recall(\"car\" where 3 <) >= 1", "3 <"),
    ] {
        let output = gated.add("x", claim, &[]);
        assert_eq!(output.status.code(), Some(2), "{claim}: {}", said(&output));
        assert!(said(&output).contains(problem), "{claim}: {}", said(&output));
    }
    gated.added("x", "recall >= 0", &[]);
    let twice = gated.add("x", "recall >= 0", &[]);
    assert!(twice.status.code() == Some(2) && said(&twice).contains("already"), "{}", said(&twice));
    // Metrics of whole samples cannot be cut by single objects.
    gated.added("y", "AP50(where size < 32) >= 0", &[]);
    let (_, cases) = gated.test(&["--case", "y"]);
    assert!(case(&cases, "y")["why"].as_str().unwrap().contains("cannot name size"), "{cases:#?}");
}

#[test]
fn names_are_given_once_and_files_count_by_content() {
    let gated = Gated::new(Stack::Faulty);
    gated.added("Night Recall", "recall(\"pedestrian\") >= 0.99", &[]);
    let again = gated.add("Night Recall", "recall(\"pedestrian\") >= 0.5", &[]);
    assert!(
        again.status.code() == Some(2) && said(&again).contains("\"night-recall\" already"),
        "{}",
        said(&again)
    );
    // Predictions of a file are found from wherever the test is run, and are another data set once they change.
    let folder = gated.folder.path();
    let project = folder.join("lights");
    copied("traffic_lights", &project);
    let csv = folder.join("predictions.jsonl");
    let predicted = hardcase(&["predict", text(&project), "-o", text(&csv)]);
    assert!(predicted.status.success(), "{}", said(&predicted));
    let suite = folder.join("files");
    let args = [
        "suite",
        "gate",
        "files",
        "lights",
        "--claim",
        "accuracy >= 0.5",
        "--id",
        "acc",
        "--signal",
        "class=state",
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase"))
        .args(args)
        .args(["--predictions", "predictions.jsonl"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let judged = |from: &Path| {
        Command::new(env!("CARGO_BIN_EXE_hardcase"))
            .args(["test", text(&suite)])
            .current_dir(from)
            .output()
            .unwrap()
    };
    let output = judged(Path::new("/"));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let lines = fs::read_to_string(&csv).unwrap();
    let few: Vec<&str> = lines.lines().take(10).collect();
    fs::write(&csv, few.join("\n")).unwrap();
    let output = judged(folder);
    assert!(output.status.code() == Some(3) || output.status.code() == Some(1), "{}", said(&output));
    assert!(said(&output).contains("predictions of the data set is another one"), "{}", said(&output));
}

#[test]
fn a_model_under_test_is_measured_on_labeled_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lidar");
    copied("lidar", &project);
    let suite = folder.path().join("suite");
    let gate = |id: &str, claim: &str| {
        let output = hardcase(&["suite", "gate", text(&suite), text(&project), "--claim", claim, "--id", id]);
        assert!(output.status.success(), "{}", said(&output));
    };
    gate("f1", "f1(\"car\") >= 0.01");
    gate("cars", "recall(\"car\" where distance < 20) >= 0.01");
    let output = hardcase(&["test", text(&suite)]);
    assert!(said(&output).contains("name one with --model"), "{}", said(&output));
    let model = project.join("models/street_centers.onnx");
    let run = || hardcase(&["test", text(&suite), "--model", text(&model)]);
    let first = run();
    // Whatever is labeled in the sample: both claims are judged or say why not, the same in each run.
    assert!(said(&first).contains("f1") && said(&first).contains("cars"), "{}", said(&first));
    assert_eq!(said(&first), said(&run()));
}

/// The report names the model under test, although no other case has loaded it.
#[test]
fn a_suite_of_gates_alone_names_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let (project, suite) = (folder.path().join("lights"), folder.path().join("suite"));
    copied("traffic_lights", &project);
    let claim = ["--claim", "accuracy >= 0.5", "--signal", "class=state"];
    let output = hardcase(&[&["suite", "gate", text(&suite), text(&project)], &claim[..]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let (model, report) =
        (project.join("models/traffic_light_state.onnx"), folder.path().join("report.json"));
    let output = hardcase(&["test", text(&suite), "--model", text(&model), "--json", text(&report)]);
    assert!(output.status.success(), "{}", said(&output));
    let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!(report["model"]["name"], "traffic_light_state", "{report:#}");
    assert_eq!(report["model"]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn quantiles_are_those_of_the_normal_distribution() {
    // scipy.stats.norm.ppf, SciPy 1.10.
    for (probability, expected) in [
        (0.9, 1.281_551_565_544_600_4),
        (0.995, 2.575_829_303_548_900_4),
        (0.5, 0.0),
        (0.05, -1.644_853_626_951_472_9),
    ] {
        assert!((normal_quantile(probability) - expected).abs() < 1e-12, "{probability}");
    }
    let (given, usual) = (Rate::wilson_at(17, 40, 0.95), Rate::wilson(17, 40));
    assert!((given.low - usual.low).abs() < 1e-12 && (given.high - usual.high).abs() < 1e-12);
    assert_eq!((given.hits, given.of), (17, 40));
}
