//! Two set-ups of the same drive or suite, compared through the command line: planted losses are found, counted and shown.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::stack::{Stack, recording};
use common::{copied, repo};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::image::Image;
use hardcase::data::labels::label::Label;
use hardcase::metrics::classification::mcnemar;
use hardcase::metrics::paired::{sign_test, signed_rank};
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

/// Exit code and document of a comparison.
fn compared(args: &[&str]) -> (i32, Value) {
    let output = hardcase(&[&["compare"], args, &["--json", "-"]].concat());
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), document.unwrap_or_else(|_| panic!("{}", said(&output))))
}

fn refused(args: &[&str], problem: &str) {
    let output = hardcase(&[&["compare"], args].concat());
    let code = output.status.code().unwrap();
    assert!(matches!(code, 2 | 3) && said(&output).contains(problem), "{code}: {}", said(&output));
}

/// Boxes of three sizes: small, medium and large.
const BOXES: [[f32; 4]; 3] =
    [[10.0, 10.0, 30.0, 30.0], [60.0, 40.0, 120.0, 100.0], [150.0, 60.0, 270.0, 180.0]];
const FRAMES: usize = 20;

/// A project of twenty labeled images with three cars each.
fn project(folder: &Path) -> PathBuf {
    let project = folder.join("street");
    fs::create_dir_all(project.join("clips/drive")).unwrap();
    for frame in 0..FRAMES {
        let mut image = Image::filled(320, 240, [60, 70, 80 + frame as u8]);
        for [x0, y0, x1, y1] in BOXES {
            for y in y0 as u32..y1 as u32 {
                for x in x0 as u32..x1 as u32 {
                    let at = (y * 320 + x) as usize * 3;
                    image.pixels_mut()[at..at + 3].copy_from_slice(&[200, 40, 40]);
                }
            }
        }
        fs::write(project.join(format!("clips/drive/{frame:04}.png")), image.to_png().unwrap()).unwrap();
    }
    let manifest = "name = \"Street\"\n\n[ontology]\ntags = []\nclasses = [\"car\"]\n\n[[clips]]\nname = \"drive\"\npath = \"clips/drive\"\n";
    fs::write(project.join("hardcase.toml"), manifest).unwrap();
    let mut editor = ProjectEditor::open(&project).unwrap();
    for frame in 0..FRAMES {
        for [x0, y0, x1, y1] in BOXES {
            let id = editor.project().fresh_id();
            let shape = Shape::Box(Box2 { x0, y0, x1, y1 });
            let label = Label::new(id, "drive", "pictures", frame, "car", shape);
            editor.commit("Box", Edit::AddLabel(label)).unwrap();
        }
    }
    project
}

/// Predictions of these boxes as a table; each is moved so far to the right.
fn predictions(path: &Path, found: impl Fn(usize, usize) -> bool, moved: f32, ghosts: bool) {
    let mut rows = "clip,channel,frame,class,score,x0,y0,x1,y1\n".to_owned();
    for frame in 0..FRAMES {
        for (at, [x0, y0, x1, y1]) in BOXES.into_iter().enumerate().filter(|(at, _)| found(frame, *at)) {
            let score = 0.9 - 0.01 * at as f32;
            writeln!(rows, "drive,pictures,{frame},car,{score},{},{y0},{},{y1}", x0 + moved, x1 + moved)
                .unwrap();
        }
        if ghosts {
            writeln!(rows, "drive,pictures,{frame},car,0.7,280,200,310,230").unwrap();
        }
    }
    fs::write(path, rows).unwrap();
}

fn part<'a>(document: &'a Value, cut: &str, name: &str) -> &'a Value {
    let parts = document["parts"][cut].as_array().unwrap();
    parts.iter().find(|part| part["name"] == name).unwrap_or_else(|| panic!("{parts:#?}"))
}

#[test]
fn lost_objects_are_counted_by_size_tested_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let (good, bad) = (folder.path().join("good.csv"), folder.path().join("bad.csv"));
    // The good one misses one medium car that the bad one finds; the bad one loses fifteen small cars.
    predictions(&good, |frame, at| !(at == 1 && frame == 3), 0.0, false);
    predictions(&bad, |frame, at| at != 0 || frame >= 15, 2.0, true);
    let page = folder.path().join("page.html");
    let setups = [text(&project), "--predictions", text(&good), "--with", text(&bad)];
    let (code, found) = compared(&[&setups[..], &["--html", text(&page), "--fail-on", "worse"]].concat());
    assert_eq!(code, 1, "{found:#}");
    let all = &found["all"];
    assert_eq!(
        (&all["both"], &all["first"], &all["second"], &all["neither"]),
        (&44.into(), &15.into(), &1.into(), &0.into())
    );
    assert!((all["p"].as_f64().unwrap() - mcnemar(15, 1)).abs() < 1e-15);
    // 15 of 20 with the interval of Wilson, as statsmodels gives it.
    let small = part(&found, "size", "small");
    let ends = [&small["lost"]["low"], &small["lost"]["high"]].map(|end| end.as_f64().unwrap());
    assert!(small["lost"]["share"] == 0.75 && small["lost"]["of"] == 20, "{small:#}");
    assert!((ends[0] - 0.531_3).abs() < 1e-4 && (ends[1] - 0.888_1).abs() < 1e-4, "{ends:?}");
    assert_eq!(
        (part(&found, "size", "medium")["second"].clone(), part(&found, "size", "large")["first"].clone()),
        (1.into(), 0.into())
    );
    // Two pixels beside the true place overlap less; each frame has a ghost.
    let numbers = found["numbers"].as_array().unwrap();
    let number = |name: &str| numbers.iter().find(|number| number["name"] == name).unwrap();
    let overlap = number("overlap");
    assert!(overlap["difference"].as_f64().unwrap() < -0.03 && overlap["count"] == 44, "{overlap:#}");
    let ghosts = number("false positives");
    assert_eq!((&ghosts["difference"], &ghosts["count"]), (&1.0.into(), &FRAMES.into()));
    assert!(ghosts["p_signed_rank"].as_f64().unwrap() < 1e-4 && ghosts["decides"] == true, "{ghosts:#}");
    assert_eq!(found["lost"].as_array().unwrap().len(), 12, "twelve of fifteen are shown");
    assert!(found["lost"].as_array().unwrap().iter().all(|one| one["class"] == "car"));
    let html = fs::read_to_string(&page).unwrap();
    for words in [
        "Lost objects by size in the image",
        "12 of 15, evenly spaced",
        "bad is worse",
        "Signed ranks",
        "<title>",
    ] {
        assert!(html.contains(words), "{words} is not on the page");
    }
    assert!(html.matches("data:image/jpeg;base64,").count() == 26, "13 examples, two images each");
    // The other way round nothing is worse but what was gained.
    let turned = [text(&project), "--predictions", text(&bad), "--with", text(&good)];
    let (code, found) = compared(&[&turned[..], &["--fail-on", "worse"]].concat());
    assert!(code == 0 && found["worse"] == false && found["differs"] == true, "{found:#}");
    assert_eq!(compared(&[&turned[..], &["--fail-on", "different"]].concat()).0, 1);
    assert_eq!(compared(&[&turned[..], &["--fail-on", "lost"]].concat()).0, 1);
    assert_eq!(compared(&setups).0, 0, "nothing fails unasked");
    // The text for people says the same, and the same file is no difference.
    let output = hardcase(&[&["compare"], &setups[..]].concat());
    assert!(said(&output).contains("lost    15 of    20, 0.750 [0.531 0.888]"), "{}", said(&output));
    let same =
        [text(&project), "--predictions", text(&good), "--with", text(&good), "--fail-on", "different"];
    let (code, found) = compared(&same);
    assert!(code == 0 && found["all"]["first"] == 0, "{found:#}");
}

/// The same messages with other stamps.
fn moved(bytes: &[u8], by: i64) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut writer = mcap::WriteOptions::new().create(&mut out).unwrap();
    let mut channels = BTreeMap::new();
    for message in mcap::MessageStream::new(bytes).unwrap().map(Result::unwrap) {
        let channel = *channels.entry(message.channel.topic.clone()).or_insert_with(|| {
            let schema = message.channel.schema.as_ref().unwrap();
            let schema = writer.add_schema(&schema.name, &schema.encoding, &schema.data).unwrap();
            writer.add_channel(schema, &message.channel.topic, "json", &BTreeMap::new()).unwrap()
        });
        let time = |time: u64| time.checked_add_signed(by).unwrap();
        let header = mcap::records::MessageHeader {
            channel_id: channel,
            sequence: message.sequence,
            log_time: time(message.log_time),
            publish_time: time(message.publish_time),
        };
        writer.write_to_known_channel(&header, &message.data).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    out.into_inner()
}

#[test]
fn two_recordings_of_a_drive_are_paired_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (before, after) = (recording(Stack::Repaired), recording(Stack::Faulty));
    fs::write(at("repaired.mcap"), &before).unwrap();
    // As recorded, three milliseconds later, a day later, and three seconds later, which only an offset tells.
    for (name, by) in
        [("now", 0), ("late", 3_000_000), ("tomorrow", 86_400_000_000_000), ("three", 3_000_000_000)]
    {
        fs::write(at(&format!("{name}.mcap")), moved(&after, by)).unwrap();
    }
    let first = at("repaired.mcap");
    let compare = |second: &str, more: &[&str]| {
        let second = at(&format!("{second}.mcap"));
        let sides = ["--truth", "/ground_truth", "--predictions", "/objects", "--tolerance", "0.02"];
        compared(&[&[text(&first), text(&second)], &sides[..], more].concat())
    };
    let (code, now) = compare("now", &["--fail-on", "worse"]);
    assert_eq!(code, 1, "{now:#}");
    // The bicycle that is none, and the parked car that is lost for a second, both of them by their distance.
    assert!(now["all"]["first"].as_u64().unwrap() >= 30 && now["all"]["second"] == 0, "{now:#}");
    assert_eq!(now["paired"]["clocks"], serde_json::json!(["stamps"]));
    let distances = now["parts"]["distance"].as_array().unwrap();
    let lost: u64 = distances.iter().map(|part| part["first"].as_u64().unwrap()).sum();
    assert!(distances.len() > 3 && lost == now["all"]["first"].as_u64().unwrap(), "{distances:#?}");
    assert!(now["lost"][0]["distance_m"].as_f64().is_some(), "{now:#}");
    let class = part(&now, "class", "pedestrian");
    assert!(class["first"].as_u64().unwrap() >= 10, "{class:#}");
    let (_, late) = compare("late", &[]);
    assert_eq!((&late["all"], &late["paired"]["largest_gap_s"]), (&now["all"], &0.003.into()));
    let (_, tomorrow) = compare("tomorrow", &[]);
    assert_eq!(tomorrow["all"], now["all"]);
    assert_eq!(tomorrow["paired"]["clocks"], serde_json::json!(["time since the beginning"]));
    let (_, three) = compare("three", &["--offset", "-3"]);
    assert_eq!(three["all"], now["all"]);
    // Without the offset other moments are held against each other, and what is elsewhere has no counterpart.
    let (_, wrong) = compare("three", &[]);
    assert!(wrong["paired"]["lone_samples"][0] == 30, "{wrong:#}");
    // No sample at the same time is an error, never a pass.
    let three = at("three.mcap");
    let sides = ["--truth", "/ground_truth", "--predictions", "/objects", "--offset", "100"];
    refused(
        &[&[text(&first), text(&three)], &sides[..]].concat(),
        "no sample of the first set-up is at the time",
    );
    // Numbers: the speed against itself, and against the acceleration.
    let signals =
        ["--truth", "/vehicle.speed", "--predictions", "/vehicle.speed", "--with", "/control.acceleration"];
    let (code, found) = compared(&[&[text(&first)], &signals[..], &["--fail-on", "worse"]].concat());
    let error = &found["numbers"][0];
    assert!(
        code == 1 && error["means"][0] == 0.0 && error["p_signed_rank"].as_f64().unwrap() < 1e-9,
        "{found:#}"
    );
    // What is beyond the limit counts as lost, and is told with both values.
    assert!(found["all"]["first"] == 99 && found["all"]["second"] == 0, "{found:#}");
    let outcome = found["lost"][0]["outcomes"][1].as_str().unwrap();
    assert!(outcome.starts_with("large error, ") && outcome.contains(" for "), "{outcome}");
    let limits = ["--limit", "/vehicle.speed=1000", "--limit", "/control.acceleration=1000"];
    let strict = [&signals[..], &limits].concat();
    let (_, found) = compared(&[&[text(&first)], &strict[..]].concat());
    assert_eq!((&found["all"]["first"], &found["all"]["second"]), (&0.into(), &0.into()));
}

#[test]
fn a_stack_a_removed_camera_and_another_model_are_set_ups() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lights");
    copied("traffic_lights", &project);
    let signal = ["--signal", "class=state", "--fail-on", "worse"];
    let run = |more: &[&str]| compared(&[&[text(&project)], more, &signal[..]].concat());
    // At half the resolution every light is still recognized, without the camera only one class can be.
    let (code, half) = run(&["--stack", "pixelate:2"]);
    assert!(code == 0 && half["all"]["first"] == 0 && half["all"]["both"] == 80, "{half:#}");
    assert_eq!(half["setups"][1]["facts"]["Transformed by"], "pixelate:2");
    let (code, blind) = run(&["--without", "pictures"]);
    assert!(code == 1 && blind["all"]["first"].as_u64().unwrap() >= 40, "{blind:#}");
    assert_eq!(blind["setups"][1]["name"], "without pictures");
    // The ground truth is that of the recording as it is.
    let (code, frozen) = run(&["--fault", "state=stuck_value:600@0..600"]);
    assert!(code == 0 && frozen["all"]["both"] == 80, "{frozen:#}");
    // Another model: here one that has learned nothing.
    let worse = folder.path().join("worse.onnx");
    fs::copy(repo().join("tests/fixtures/models/brightest.onnx"), &worse).unwrap();
    let card = fs::read_to_string(project.join("models/traffic_light_state.card.toml")).unwrap();
    let card = card.replace("name = \"traffic_light_state\"", "name = \"worse\"");
    let card = card.replace("width = 32\nheight = 64", "width = 8\nheight = 8");
    fs::write(folder.path().join("worse.card.toml"), card).unwrap();
    let (code, other) = run(&["--with", text(&worse)]);
    assert!(code == 1 && other["all"]["first"].as_u64().unwrap() > 20, "{other:#}");
    // The same as with evaluate's comparison of two models.
    let args =
        ["evaluate", text(&project), "--signal", "class=state", "--against", text(&worse), "--json", "-"];
    let evaluated: Value = serde_json::from_slice(&hardcase(&args).stdout).unwrap();
    for count in ["both", "first", "second", "neither", "p"] {
        assert_eq!(evaluated["comparison"]["all"][count], other["all"][count], "{count}");
    }
    for (more, problem) in [
        (&[][..], "both set-ups are the same"),
        (&["--stack", "rotate:5"], "moves objects away from their labels"),
        (&["--stack", "fogg:1"], "fogg"),
        (&["--without", "/rear"], "no channel \"/rear\""),
        (&["--without", "state"], "does not support this fault"),
        (&["--fault", "pictures"], "has no channel"),
        (&["--with", "nothing.onnx"], "nothing.onnx"),
        (&["--with-recording", "other.mcap", "--stack", "fog:1"], "are for suites"),
        (&["--alpha", "1", "--stack", "fog:1"], "--alpha must be above 0"),
    ] {
        refused(&[&[text(&project), "--signal", "class=state"], more].concat(), problem);
    }
}

#[test]
fn the_cases_of_a_suite_are_judged_under_both() {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let suite = folder.path().join("suites/lights");
    let page = folder.path().join("page.html");
    let dark = ["--stack", "brightness:-60", "--html", text(&page)];
    let (code, found) = compared(&[&[text(&suite)], &dark[..]].concat());
    let all = &found["all"];
    let count = |name: &str| all[name].as_u64().unwrap();
    let judged = count("both") + count("first") + count("second") + count("neither");
    assert!(code == 0 && judged == 10 && found["unjudged"] == 0, "{found:#}");
    let cases = found["cases"].as_array().unwrap();
    assert_eq!(cases.len() as u64, count("first") + count("second"));
    // What is lost is what `test` fails on inputs that were darkened before.
    let lost = cases.iter().find(|case| case["passed"][0] == true).unwrap();
    assert!(
        !lost["why"][1].as_str().unwrap().is_empty() && lost["margins"][1].as_f64().unwrap() < 0.0,
        "{lost:#}"
    );
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("Lost: the case passes under the first set-up only"), "{html}");
    assert!(html.contains(lost["id"].as_str().unwrap()) && html.contains("10 cases judged under both"));
    // The suite against itself is no difference.
    let (code, same) = compared(&[text(&suite), text(&suite), "--fail-on", "lost"]);
    assert!(code == 0 && same["cases"].as_array().unwrap().is_empty(), "{same:#}");
    refused(&[text(&suite)], "both set-ups are the same");
    refused(&[text(&suite), "--stack", "fog:1", "--truth", "labels"], "a suite has its own inputs");
    refused(&[text(&suite), text(folder.path())], "a suite is compared with a suite");
}

/// By `scipy.stats.wilcoxon` and `binomtest` (tests/fixtures/paired.py).
#[test]
fn p_values_are_those_of_scipy() {
    let golden = fs::read_to_string(repo().join("tests/fixtures/paired.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let alike = |own: f64, theirs: f64| (own - theirs).abs() <= 1e-12 + 1e-9 * theirs;
    let ranks = golden["ranks"].as_array().unwrap();
    for one in ranks {
        let differences: Vec<f64> = serde_json::from_value(one["differences"].clone()).unwrap();
        let found = signed_rank(&differences).unwrap();
        let [statistic, p] = [&one["statistic"], &one["p"]].map(|value| value.as_f64().unwrap());
        assert!(
            alike(found.statistic, statistic) && alike(found.p_value, p),
            "{found:?} is not {statistic}, {p}"
        );
    }
    let signs = golden["signs"].as_array().unwrap();
    for one in signs {
        let [first, second] = [&one["first"], &one["second"]].map(|value| value.as_u64().unwrap() as usize);
        let p = one["p"].as_f64().unwrap();
        assert!(alike(mcnemar(first, second), p), "{} is not {p}", mcnemar(first, second));
        let differences: Vec<f64> =
            std::iter::repeat_n(1.5, first).chain(std::iter::repeat_n(-0.5, second)).collect();
        assert!(alike(sign_test(&differences), p));
    }
    assert_eq!((ranks.len(), signs.len()), (21, 8));
}
