//! Cases about data sets: a claim about a metric with its interval, written by one command and judged by `hardcase test`.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::copied;
use common::stack::{Stack, recording};
use hardcase::base::stats::{Rate, normal_quantile};
use hardcase::base::time::Time;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::{Attributes, Label};
use hardcase::data::labels::tag::Tag;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
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
    let dated = ["--trend-time", "2027-01-31T08:00:00Z"];
    let (_, cases) = gated.test(
        &[&["--trend", text(&trend), "--trend-run", "abc1", "--html", text(&page)], &dated[..]].concat(),
    );
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
    assert_eq!(points[0]["time"], "2027-01-31T08:00:00Z");
    // The day of a run that names none.
    assert!(points[1]["time"].as_str().unwrap().ends_with('Z'), "{points:#?}");
    assert!(points[1]["value"].as_f64().unwrap() > points[0]["value"].as_f64().unwrap());
    let html = fs::read_to_string(page.join("index.html")).unwrap();
    assert!(html.contains("people over 2 runs") && html.contains("abc1: 0."), "{html}");
    assert!(html.contains("2027-01-31T08:00:00Z") && html.contains("share of the true objects"), "{html}");
    let wrong = hardcase(&["test", text(&gated.suite), "--trend", text(&trend), "--trend-time", "yesterday"]);
    assert!(wrong.status.code() == Some(2) && said(&wrong).contains("is not a time"), "{}", said(&wrong));
    // A file of before has no times.
    let before = fs::read_to_string(&trend).unwrap().replace("\"time\":\"2027-01-31T08:00:00Z\",", "");
    assert!(before.lines().next().unwrap().starts_with("{\"run\":\"abc1\",\"suite\""), "{before}");
    fs::write(&trend, before).unwrap();
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
    let metric = &open["metric"];
    assert!(metric["open"] == true && metric["confidence"] == 0.95 && metric["name"] == "recall", "{open:#}");
    assert!(metric["definition"].as_str().unwrap().contains("IoU 0.5"), "{open:#}");
    // What comes of it is up to the case, or to the run for all of them.
    let above = format!("recall >= {}", share + 0.001);
    gated.added("silent", &claim, &["--straddle", "pass"]);
    gated.added("by-value", &above, &["--straddle", "value"]);
    let (_, cases) = gated.test(&[]);
    let silent = case(&cases, "silent");
    assert!(
        silent["verdict"] == "pass" && silent["why"].as_str().unwrap().starts_with("recall is"),
        "{silent:#}"
    );
    assert_eq!(case(&cases, "by-value")["verdict"], "fail");
    for (all, verdict) in [("fail", "fail"), ("pass", "pass"), ("warn", "pass")] {
        let (code, cases) = gated.test(&["--straddle", all]);
        assert_eq!(code, i32::from(verdict == "fail"), "{cases:#?}");
        assert!(cases.iter().all(|case| case["verdict"] == verdict), "{all}: {cases:#?}");
    }
    let said_to_people = said(&hardcase(&["test", text(&gated.suite)]));
    assert!(said_to_people.contains("\nrecall: share of the true objects"), "{said_to_people}");
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

/// The bounds are so far off that no machine is on the other side of them.
#[test]
fn a_latency_is_one_of_the_machine_that_runs_the_test() {
    let folder = tempfile::tempdir().unwrap();
    let (project, suite) = (folder.path().join("lights"), folder.path().join("suite"));
    copied("traffic_lights", &project);
    let gate = |id: &str, claim: &str, more: &[&str]| {
        let args = ["suite", "gate", text(&suite), text(&project), "--claim", claim, "--id", id];
        hardcase(&[&args[..], more].concat())
    };
    for (id, claim, more) in [
        ("slow", "latency(\"p50\") <= 1000 s", &[][..]),
        ("fast", "latency(\"p50\") <= 0.000001ms", &[]),
        ("tail", "latency(\"p99\") <= 1000 s", &["--rounds", "10"]),
        ("rare", "latency(\"p9999\") <= 1000 s", &[]),
        ("early", "latency(\"p50\" where seconds < 1) <= 1000 s", &[]),
        ("objects", "latency(\"p50\" where class == \"red\") <= 1000 s", &[]),
    ] {
        let output = gate(id, claim, more);
        assert!(output.status.success(), "{}", said(&output));
    }
    let (model, report) =
        (project.join("models/traffic_light_state.onnx"), folder.path().join("report.json"));
    let output = hardcase(&["test", text(&suite), "--model", text(&model), "--json", text(&report)]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("latency: percentile"), "{}", said(&output));
    let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!(report["model"]["name"], "traffic_light_state");
    let cases = report["suites"][0]["cases"].as_array().unwrap();
    let of =
        |id: &str| (case(cases, id)["verdict"].clone(), case(cases, id)["why"].as_str().unwrap().to_owned());
    let (verdict, why) = of("slow");
    assert!(verdict == "pass" && why.contains(" ms of ") && why.contains("on this machine ("), "{why}");
    let (verdict, why) = of("fast");
    assert!(verdict == "fail" && why.ends_with("at most 0.000001 ms is wanted"), "{why}");
    assert_eq!(of("tail").0, "pass");
    // Every sample ten times.
    let support = |id: &str| case(cases, id)["metric"]["support"].as_u64().unwrap();
    assert_eq!(support("tail"), 10 * support("slow"));
    assert!(support("early") < support("slow"));
    let (verdict, why) = of("rare");
    assert!(verdict == "skip" && why.contains("at least 10000 are needed"), "{why}");
    let (verdict, why) = of("objects");
    assert!(verdict == "error" && why.contains("cannot name class"), "{why}");
    // What makes no sense is refused when it is written.
    for (claim, more, problem) in [
        ("latency(\"p99\") <= 50", &[][..], "a time like 50 ms"),
        ("latency <= 50 ms", &[], "a latency is that of one like"),
        ("accuracy >= 0.5", &["--rounds", "3"], "--rounds is about latency"),
        ("latency(\"p99\") <= 50 ms", &["--predictions", "state"], "is the time of a model"),
    ] {
        let output = gate("wrong", claim, more);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(problem), "{claim}: {}", said(&output));
    }
}

/// Labels that somebody changes after the case was written would make another figure of the same claim.
#[test]
fn other_labels_are_another_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let (project, suite) = (folder.path().join("lights"), folder.path().join("suite"));
    copied("traffic_lights", &project);
    let gate = |id: &str, claim: &str| {
        let args = ["suite", "gate", text(&suite), text(&project), "--claim", claim, "--id", id];
        let output = hardcase(&[&args[..], &["--signal", "class=state"]].concat());
        assert!(output.status.success(), "{}", said(&output));
    };
    gate("right", "accuracy >= 0.01");
    gate("time", "latency(\"p50\") <= 1000 s");
    gate("day", "latency(\"p50\" where not tag(\"night\")) <= 1000 s");
    let model = project.join("models/traffic_light_state.onnx");
    let report = folder.path().join("report.json");
    let verdicts = || {
        hardcase(&["test", text(&suite), "--model", text(&model), "--json", text(&report)]);
        let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let cases = report["suites"][0]["cases"].as_array().unwrap().clone();
        ["right", "time", "day"].map(|id| {
            let found = case(&cases, id);
            (found["verdict"].as_str().unwrap().to_owned(), found["why"].as_str().unwrap().to_owned())
        })
    };
    assert!(verdicts().iter().all(|(verdict, _)| verdict == "pass"), "{:#?}", verdicts());
    let mut editor = ProjectEditor::open(&project).unwrap();
    let clip = editor.project().clips[0].name.clone();
    let id = editor.project().fresh_id();
    let shape = Shape::Box(Box2 { x0: 1.0, y0: 1.0, x1: 9.0, y1: 9.0 });
    editor.commit("Box", Edit::AddLabel(Label::new(id, clip.as_str(), "pictures", 0, "red", shape))).unwrap();
    let [right, time, day] = verdicts();
    assert!(right.0 == "error" && right.1.contains("labels of the data set are others"), "{right:?}");
    assert!(time.0 == "pass" && day.0 == "pass", "{time:?} {day:?}");
    let verified = hardcase(&["suite", "verify", text(&suite)]);
    let told = said(&verified);
    assert!(verified.status.code() == Some(1) && told.contains("right: the labels"), "{told}");
    // Undone it is as before.
    editor.undo().unwrap();
    assert_eq!(verdicts()[0].0, "pass");
    let tag = Tag {
        id,
        clip,
        kind: "night".to_owned(),
        start: Time(0),
        end: None,
        note: String::new(),
        attributes: Attributes::new(),
    };
    editor.commit("Tag", Edit::AddTag(tag)).unwrap();
    let [right, time, day] = verdicts();
    assert!(right.0 == "error" && time.0 == "pass", "{right:?} {time:?}");
    assert!(day.0 == "error" && day.1.contains("tags of the data set are others"), "{day:?}");
    // A case of before has no checksum of labels.
    let file = suite.join("gates/right.toml");
    let before = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = before.lines().filter(|line| !line.starts_with("labels_sha256")).collect();
    assert!(lines.len() + 1 == before.lines().count(), "{before}");
    fs::write(&file, lines.join("\n")).unwrap();
    assert_eq!(verdicts()[0].0, "pass");
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
