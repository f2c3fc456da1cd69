//! The command line as CI uses it: exit codes, reports, selection, damage.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{Storage, mcap_recording, sample};
use serde_json::Value;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn code(args: &[&str]) -> i32 {
    hardcase(args).status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lights() -> PathBuf {
    sample("traffic_lights/suites/lights")
}

fn lights_model() -> PathBuf {
    sample("traffic_lights/models/traffic_light_state.onnx")
}

/// A copy of the lights suite that may be damaged.
fn copied() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_dir() {
                copy(&entry.path(), &to.join(entry.file_name()));
            } else {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&lights(), folder.path());
    folder
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let model = lights_model();
    let model = text(&model);
    let suite = lights();
    let suite = text(&suite);
    assert_eq!(code(&["test", suite]), 1, "the sample fails honestly");
    assert_eq!(code(&["test", suite, "--include", "mirror"]), 0);
    assert_eq!(code(&["test", suite, "--model", model, "--case", "mirror-frame-2"]), 0);
    assert_eq!(code(&["test"]), 2);
    assert_eq!(code(&["test", suite, "--backend", "abacus"]), 2);
    assert_eq!(code(&["test", suite, "--case", "no-such-case"]), 2);
    assert_eq!(code(&["test", suite, "--shard", "9/8"]), 2);
    assert_eq!(code(&["test", "/no/such/suite"]), 3);
    assert_eq!(code(&["test", suite, "--model", "/no/such/model.onnx"]), 3);
    assert_eq!(code(&["transform", "apply", "x.png", "--with", "smoke:1", "-o", "y.png"]), 2);
    assert_eq!(code(&["info", "/no/such/file"]), 3);
    assert_eq!(code(&["--version"]), 0);
}

#[test]
fn options_are_still_known_by_their_old_names() {
    for (command, new, old, value) in [
        (&["sweep"][..], "--stride", "--every", "2"),
        (&["sweep"], "--levels", "--steps", "3"),
        (&["sweep"], "--image-model", "--painter", "m.onnx"),
        (&["transform", "apply"], "--image-model", "--painter", "m.onnx"),
        (&["search"], "--stride", "--every", "2"),
        (&["search"], "--budget", "--tries", "9"),
        (&["diff"], "--stride", "--every", "2"),
        (&["labels", "export"], "--images", "--pictures", ""),
    ] {
        let help = stdout(&hardcase(&[command, &["--help"]].concat()));
        assert!(help.contains(new) && !help.contains(old), "{command:?}: {help}");
        let value = (!value.is_empty()).then_some(value);
        for name in [new, old] {
            let said = stderr(&hardcase(&[command, &[name], value.as_slice()].concat()));
            assert!(!said.contains("unexpected argument") && said.contains("required"), "{name}: {said}");
        }
        let said = stderr(&hardcase(&[command, &["--no-such-name"]].concat()));
        assert!(said.contains("unexpected argument"), "{said}");
    }
}

#[test]
fn a_suite_says_what_broke_and_why() {
    let output = hardcase(&["test", text(&lights())]);
    let lines = stdout(&output);
    assert!(lines.contains("pass  lights/mirror-frame-2"), "{lines}");
    assert!(lines.contains("expected red, predicted green"), "{lines}");
    assert!(lines.trim_end().ends_with("7 passed, 3 failed, 0 skipped, 0 errors"), "{lines}");
}

#[test]
fn selection_critical_tags_and_shards() {
    let suite = lights();
    let suite = text(&suite);
    let ids = |args: &[&str]| -> Vec<String> {
        let output = hardcase(&[&["test", suite], args].concat());
        let lines = stdout(&output);
        lines
            .lines()
            .filter_map(|line| {
                line.split_once("lights/").map(|(_, rest)| rest.split(':').next().unwrap().to_owned())
            })
            .collect()
    };
    let all = ids(&[]);
    assert_eq!(all.len(), 10);
    assert_eq!(ids(&["--include", "fog"]).len(), 2);
    assert_eq!(ids(&["--include", "fog", "--exclude", "red"]).len(), 1);
    let mut parts: Vec<String> = (1..=3).flat_map(|part| ids(&["--shard", &format!("{part}/3")])).collect();
    parts.sort();
    let mut sorted = all;
    sorted.sort();
    assert_eq!(parts, sorted);
    assert_eq!(code(&["test", suite, "--critical", "mirror"]), 0);
    assert_eq!(code(&["test", suite, "--critical", "contrast"]), 1);
}

#[test]
fn a_baseline_lets_known_failures_pass_and_new_ones_fail() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json");
    let suite = lights();
    let (suite, file) = (text(&suite), text(&baseline));
    assert_eq!(code(&["test", suite, "--baseline", file]), 3, "there is none yet");
    assert_eq!(code(&["test", suite, "--baseline", file, "--update-baseline"]), 0, "written as asked for");
    let output = hardcase(&["test", suite, "--baseline", file]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("(known)"));
    let edited = fs::read_to_string(&baseline)
        .unwrap()
        .replace("\"brightness-150-frame-1\": \"fail\"", "\"brightness-150-frame-1\": \"pass\"");
    fs::write(&baseline, edited).unwrap();
    let output = hardcase(&["test", suite, "--baseline", file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("(newly failing)"));
}

#[test]
fn a_run_that_judges_nothing_is_not_green() {
    let suite = lights();
    let suite = text(&suite);
    let none = hardcase(&["test", suite, "--include", "nosuchtag"]);
    assert_eq!(none.status.code(), Some(5));
    assert!(stderr(&none).contains("no case was selected") && stderr(&none).contains("--allow-empty"));
    assert_eq!(code(&["test", suite, "--include", "nosuchtag", "--allow-empty"]), 0);
    assert_eq!(code(&["test", suite, "--include", "nosuchtag", "--fail-on", "empty"]), 1);
    // Tags that make no case critical leave nothing that could fail.
    assert_eq!(code(&["test", suite, "--critical", "nosuchtag"]), 5);
    // A part without a case of its own is green, as other parts judge; of a selection without cases it is not.
    let parts: Vec<String> = (1..=40).map(|part| format!("{part}/40")).collect();
    let empty = parts.iter().find(|part| {
        let output = hardcase(&["test", suite, "--include", "mirror", "--shard", part]);
        assert_eq!(output.status.code(), Some(0), "{part}: {}", stderr(&output));
        stdout(&output).contains("0 passed")
    });
    assert!(empty.is_some(), "40 parts of a few cases");
    assert_eq!(code(&["test", suite, "--include", "nosuchtag", "--shard", "1/40"]), 5);
    // Cases that all are known failures, and a folder without cases.
    let folder = copied();
    let model = lights_model();
    let args = ["test", text(folder.path()), "--model", text(&model)];
    for entry in fs::read_dir(folder.path().join("cases")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stdout(&hardcase(&[&args[..], &["--case", &name]].concat())).contains("pass ") {
            fs::remove_file(&path).unwrap();
        } else {
            let case = fs::read_to_string(&path).unwrap();
            fs::write(&path, format!("{case}\n[known_failure]\nreason = \"ticket 12\"\n")).unwrap();
        }
    }
    let known = hardcase(&args);
    assert_eq!(known.status.code(), Some(5), "{}", stdout(&known));
    assert!(stderr(&known).contains("no critical case was judged"), "{}", stderr(&known));
    assert_eq!(code(&[&args[..], &["--allow-empty"]].concat()), 0);
    fs::remove_dir_all(folder.path().join("cases")).unwrap();
    fs::create_dir(folder.path().join("cases")).unwrap();
    assert_eq!(code(&args), 5);
}

#[test]
fn writing_a_baseline_ends_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json");
    let suite = lights();
    let update = ["test", text(&suite), "--baseline", text(&baseline), "--update-baseline"];
    let nothing = hardcase(&[&update[..], &["--include", "nosuchtag"]].concat());
    assert_eq!((nothing.status.code(), baseline.exists()), (Some(5), false), "nothing to write");
    let written = hardcase(&update);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    assert!(stdout(&written).contains("3 failed"), "{}", stdout(&written));
    assert_eq!(code(&["test", text(&suite), "--baseline", text(&baseline)]), 0);
    assert_eq!(code(&[&update[..], &["--fail-on", "any"]].concat()), 1, "asked for");
}

#[test]
fn two_runs_give_the_same_bytes_apart_from_timings() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, jobs: &str| -> BTreeMap<PathBuf, Vec<u8>> {
        let out = folder.path().join(name);
        let (junit, json, html) = (out.join("junit.xml"), out.join("result.json"), out.join("html"));
        code(&[
            "test",
            text(&lights()),
            "--jobs",
            jobs,
            "--junit",
            text(&junit),
            "--json",
            text(&json),
            "--html",
            text(&html),
        ]);
        let mut files = BTreeMap::new();
        collect(&out, &out, &mut files);
        files
    };
    let (first, second) = (run("a", "1"), run("b", "4"));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    assert!(first.len() >= 3 + 6, "{:?}", first.keys());
    // Attachments are named by where the report lies, which is another folder for each run.
    let plain = |bytes: &[u8], name: &str| {
        let content = String::from_utf8_lossy(&without_timings(bytes)).into_owned();
        content.replace(text(&folder.path().join(name).join("html")), "html")
    };
    for (path, bytes) in &first {
        assert!(plain(bytes, "a") == plain(&second[path], "b"), "{}", path.display());
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

/// Text with the numbers after `time="` and `"seconds": ` left out.
fn without_timings(bytes: &[u8]) -> Vec<u8> {
    let Ok(text) = String::from_utf8(bytes.to_vec()) else { return bytes.to_vec() };
    let mut out = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for mark in ["time=\"", "\"seconds\": "] {
            if let Some(at) = line.find(mark) {
                let start = at + mark.len();
                let end = line[start..]
                    .find(|c: char| !c.is_ascii_digit() && c != '.')
                    .map_or(line.len(), |n| start + n);
                line.replace_range(start..end, "");
            }
        }
        out.push_str(&line);
        out.push('\n');
    }
    out.into_bytes()
}

#[test]
fn junit_follows_the_common_schema() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("junit.xml");
    code(&["test", text(&lights()), "--junit", text(&path)]);
    let schema = common::repo().join("tests/fixtures/junit.xsd");
    let checked = Command::new("xmllint").args(["--noout", "--schema"]).arg(&schema).arg(&path).output();
    match checked {
        Ok(output) => assert!(output.status.success(), "{}", stderr(&output)),
        Err(err) => println!("SKIPPED: xmllint is not installed ({err})"),
    }
    let xml = fs::read_to_string(&path).unwrap();
    assert_eq!(xml.matches("<testcase ").count(), 10);
    assert_eq!(xml.matches("<failure ").count(), 3);
    assert!(
        xml.contains("failures=\"3\"")
            && xml.contains("hardcase ")
            && xml.contains("--case brightness-150-frame-1")
    );
}

#[test]
fn the_page_shows_both_pictures_of_what_broke_and_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    code(&[
        "test",
        text(&sample("street/suites/street")),
        "--html",
        text(folder.path()),
        "--include",
        "bird",
    ]);
    let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(page.contains("false positive bird 0.43"), "the reason");
    assert!(page.contains("It is a cloth on the grass"), "the note");
    assert!(page.contains("--case no_object-frame-100"), "how to open it");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
    let shown: Vec<&str> =
        page.split("href=\"media/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(shown.len(), 2);
    for name in shown {
        assert!(fs::metadata(folder.path().join("media").join(name)).unwrap().len() > 10_000);
    }
    assert!(page.matches("<rect ").count() > 10, "boxes");
}

#[test]
fn the_json_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    code(&["test", text(&lights()), "--json", text(&path)]);
    let json: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((json["exit_code"].as_u64(), json["counts"]["fail"].as_u64()), (Some(1), Some(3)));
    let cases = json["suites"][0]["cases"].as_array().unwrap();
    assert!(cases.iter().all(|case| case["before"]["top"][0]["score"].as_f64().is_some()));
    assert!(cases.iter().any(|case| case["verdict"] == "pass"), "passed cases are there too");
    let margins = |verdict: &str| -> Vec<f64> {
        cases
            .iter()
            .filter(|case| case["verdict"] == verdict)
            .filter_map(|case| case["margin"].as_f64())
            .collect()
    };
    let (passed, failed) = (margins("pass"), margins("fail"));
    assert!(!passed.is_empty() && passed.iter().all(|margin| *margin >= 0.0), "{passed:?}");
    assert!(!failed.is_empty() && failed.iter().all(|margin| *margin < 0.0), "{failed:?}");
}

#[test]
fn altered_missing_and_unreadable_files_are_named_and_the_rest_goes_on() {
    let folder = copied();
    let case = fs::read_to_string(folder.path().join("cases/mirror-frame-2.toml")).unwrap();
    let media = case
        .lines()
        .find_map(|line| line.strip_prefix("file = \""))
        .unwrap()
        .trim_end_matches('"')
        .to_owned();
    let model = lights_model();
    let args = ["test", text(folder.path()), "--model", text(&model)];
    // Altered: the cases that use it cannot be run, the others are.
    let path = folder.path().join(&media);
    let original = fs::read(&path).unwrap();
    let mut altered = original.clone();
    altered.push(0);
    fs::write(&path, altered).unwrap();
    let output = hardcase(&args);
    assert!(
        stdout(&output).contains("error lights/mirror-frame-2: the input was altered"),
        "{}",
        stdout(&output)
    );
    assert!(stdout(&output).contains("pass  lights/brightness-30-frame-0"));
    let critical = hardcase(&[&args[..], &["--critical", "mirror"]].concat());
    assert_eq!(critical.status.code(), Some(3));
    assert_eq!(code(&["suite", "verify", text(folder.path())]), 1);
    // Missing.
    fs::remove_file(&path).unwrap();
    assert!(stdout(&hardcase(&args)).contains("the input is missing, restore it from git"));
    fs::write(&path, original).unwrap();
    assert_eq!(code(&["suite", "verify", text(folder.path())]), 0);
    // A case that is no TOML, a claim that does not exist, a path that leaves the suite.
    fs::write(folder.path().join("cases/broken.toml"), "this is = = not toml").unwrap();
    fs::write(
        folder.path().join("cases/claims.toml"),
        case.replace("same_class", "wishful").replace("class_is", "wishful"),
    )
    .unwrap();
    fs::write(folder.path().join("cases/escapes.toml"), case.replace(&media, "../../etc/passwd")).unwrap();
    let lines = stdout(&hardcase(&args));
    assert!(lines.contains("error lights/broken: the case cannot be read"), "{lines}");
    assert!(lines.contains("\"wishful\"") && lines.contains("outside of the suite"), "{lines}");
    // A suite of the future.
    let toml =
        fs::read_to_string(folder.path().join("suite.toml")).unwrap().replace("format = 1", "format = 99");
    fs::write(folder.path().join("suite.toml"), toml).unwrap();
    let output = hardcase(&args);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("update hardcase"), "{}", stderr(&output));
}

#[test]
fn a_suite_without_its_model_says_how_to_give_one() {
    let folder = copied();
    let output = hardcase(&["test", text(folder.path())]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("--model FILE"), "{}", stderr(&output));
}

#[test]
fn info_lists_what_is_inside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.mcap");
    fs::write(&path, mcap_recording(20, Storage::CdrCompressed, None)).unwrap();
    let json: Value = serde_json::from_str(&stdout(&hardcase(&["info", text(&path), "--json"]))).unwrap();
    assert_eq!((json["format"].as_str(), json["indexed"].as_bool()), (Some("mcap"), Some(true)));
    assert!(stdout(&hardcase(&["info", text(&path)])).contains("sensor_msgs/msg/CompressedImage (cdr)"));
    assert!(stdout(&hardcase(&["info", text(&lights_model())])).contains("output  logits float ?x3"));
    assert!(stdout(&hardcase(&["info", text(&lights())])).contains("10 cases"));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(stdout(&hardcase(&["info", text(&path)])).contains("warning: "));
}

#[test]
fn frames_transforms_and_predictions_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let (frame, foggy) = (folder.path().join("frame.png"), folder.path().join("foggy.png"));
    let video = sample("street/clips/street.mp4");
    assert_eq!(code(&["frame", text(&video), "--time", "1.05", "-o", text(&frame)]), 0);
    let args =
        ["transform", "apply", text(&frame), "--with", "fog:0.4,rotate:5", "--seed", "7", "-o", text(&foggy)];
    assert_eq!(code(&args), 0);
    let first = fs::read(&foggy).unwrap();
    assert_eq!(code(&args), 0);
    assert_eq!(fs::read(&foggy).unwrap(), first);
    let answers = folder.path().join("answers.csv");
    let crops = sample("traffic_lights/clips/crops");
    assert_eq!(code(&["predict", text(&crops), "--model", text(&lights_model()), "-o", text(&answers)]), 0);
    assert_eq!(fs::read_to_string(&answers).unwrap().lines().count(), 1 + 80 * 3);
    let listed: Value = serde_json::from_str(&stdout(&hardcase(&["transform", "list", "--json"]))).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), hardcase::transforms::built_in().count());
}

#[test]
fn the_doctor_names_the_backends_and_the_command_that_installs_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase"))
        .arg("doctor")
        .env("ORT_DYLIB_PATH", "/no/such/lib.so")
        .output()
        .unwrap();
    let lines = stdout(&output);
    assert!(lines.contains("ok       embedded") && lines.contains("missing  onnxruntime"), "{lines}");
    assert!(lines.contains("pip install onnxruntime"));
}

/// Each script has a font of this system, or the package that brings one is named.
#[cfg(feature = "gui")]
#[test]
fn the_doctor_names_fonts_or_the_packages_with_them() {
    let output = hardcase(&["doctor"]);
    let lines = stdout(&output);
    let told = |line: &&str, name: &str| line.split_whitespace().nth(1) == Some(name);
    for script in hardcase::base::scripts::SCRIPTS {
        let line = lines.lines().find(|line| told(line, script.name));
        let line = line.unwrap_or_else(|| panic!("{} is not listed: {lines}", script.name));
        let missing = line.contains("missing") && line.contains(&format!("apt install {}", script.package));
        assert!(line.contains("ok  ") || missing, "{line}");
    }
}

#[test]
fn the_demo_runs_the_loop_and_ends_with_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let output = hardcase(&["demo", "--output", text(folder.path())]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = folder.path().join("report/index.html");
    assert!(stdout(&output).trim_end().ends_with(text(&report)), "{}", stdout(&output));
    assert!(fs::read_to_string(report).unwrap().contains("bird"));
}

#[cfg(feature = "gui")]
#[test]
fn without_a_display_the_demo_runs_instead_of_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).starts_with("hardcase: this machine has no display, so the demo"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("index.html"));
}
