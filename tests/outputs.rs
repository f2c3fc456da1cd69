//! Outputs of the program: named files only where people meant them, what is replaced is said, formulas are guarded by
//! choice, and nothing stays in temporary places.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{model, numbered, sample};
use hardcase::app::command::Command as AppCommand;
use hardcase::app::label::exchange::ExchangeCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::SessionCommand;
use hardcase::base::time::Time;
use hardcase::data::labels::tag::Tag;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

/// A baseline without verdicts.
const NOBODY: &str = "{\"suites\":{}}";

fn hardcase(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn image(path: &Path) {
    fs::write(path, numbered(3).to_png().unwrap()).unwrap();
}

/// A copy of the street sample with the cases of an earlier version.
fn street(folder: &Path) -> std::path::PathBuf {
    let project = folder.join("street");
    common::copied("street", &project);
    for entry in fs::read_dir(common::repo().join("tests/fixtures/v0.1/project")).unwrap().flatten() {
        fs::copy(entry.path(), project.join(entry.file_name())).unwrap();
    }
    project
}

/// Commands that write a file that somebody names, with the ending of that file. The first argument is a folder for inputs.
fn writers(folder: &Path) -> Vec<(Vec<String>, &'static str)> {
    let (picture, labels) = (folder.join("in.png"), folder.join("in.json"));
    image(&picture);
    fs::write(
        &labels,
        r#"{"images":[{"id":1,"file_name":"a.png","width":100,"height":80}],
            "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,30,40],"area":1200,"iscrowd":0}],
            "categories":[{"id":1,"name":"=1+1"}]}"#,
    )
    .unwrap();
    let (suite, model) = (sample("traffic_lights/suites/lights"), model("brightest"));
    let one = ["--case", "mirror-frame-2"];
    let all: [(Vec<&str>, &'static str); 7] = [
        (vec!["transform", "apply", text(&picture), "--with", "fog:0.5", "-o"], "png"),
        (vec!["predict", text(&picture), "--model", text(&model), "-o"], "jsonl"),
        (vec!["predict", text(&picture), "--model", text(&model), "-o"], "csv"),
        (vec!["labels", "convert", text(&labels), "--to", "coco", "-o"], "json"),
        (vec!["suite", "adapter", text(&suite), "--for", "pytest", "-o"], "py"),
        ([&["test", text(&suite)][..], &one, &["--junit"]].concat(), "xml"),
        ([&["test", text(&suite)][..], &one, &["--update-baseline", "--baseline"]].concat(), "json"),
    ];
    all.into_iter().map(|(args, ending)| (args.into_iter().map(str::to_owned).collect(), ending)).collect()
}

fn run(arguments: &[String], output: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(arguments).arg(output).output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_named_file_is_no_pipe_no_folder_and_no_link_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    for (at, (arguments, ending)) in writers(folder.path()).into_iter().enumerate() {
        let out = folder.path().join(format!("out{at}"));
        fs::create_dir(&out).unwrap();
        let file = out.join(format!("x.{ending}"));
        let refused = |expected: &str| {
            let output = run(&arguments, &file);
            assert!(!output.status.success(), "{arguments:?}");
            assert!(said(&output).contains(expected), "{arguments:?}: {}", said(&output));
        };
        // A baseline is read before it is written, and refused then.
        if !arguments.contains(&"--baseline".to_owned()) {
            assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
            refused("there is a device or a pipe");
            fs::remove_file(&file).unwrap();
        }
        fs::create_dir(&file).unwrap();
        refused("there is a folder");
        fs::remove_dir(&file).unwrap();
        fs::write(&victim, NOBODY).unwrap();
        std::os::unix::fs::symlink(&victim, &file).unwrap();
        refused("a link leads out of the output folder");
        assert_eq!(fs::read_to_string(&victim).unwrap(), NOBODY, "{arguments:?}");
        assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
        fs::remove_file(&file).unwrap();
        let output = run(&arguments, &file);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}", said(&output));
        assert!(file.is_file() && !said(&output).contains("replaced"), "{arguments:?}: {}", said(&output));
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "nothing else is left");
    }
}

#[test]
fn what_is_replaced_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (at, (arguments, ending)) in writers(folder.path()).into_iter().enumerate() {
        let file = folder.path().join(format!("{at}.{ending}"));
        let other = if arguments.contains(&"--baseline".to_owned()) { NOBODY } else { "other" };
        fs::write(&file, other).unwrap();
        let output = run(&arguments, &file);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.lines().any(|line| line == "replaced 1 file"), "{arguments:?}: {stderr}");
    }
    // An export over an earlier one replaces and removes.
    let project = street(folder.path());
    let out = folder.path().join("suite");
    let export = || hardcase(&["suite", "export", text(&project), "--suite", "street", "-o", text(&out)]);
    let first = export();
    assert!(first.status.success() && !said(&first).contains("replaced"), "{}", said(&first));
    fs::write(out.join("suite.toml"), "format = 1\nname = \"x\"\n").unwrap();
    fs::write(out.join("cases/old.toml"), "").unwrap();
    let again = export();
    assert!(said(&again).contains("replaced 1 file, removed 1 file of an earlier run"), "{}", said(&again));
}

#[test]
fn a_suite_lists_what_it_contains_when_it_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let project = street(folder.path());
    let out = folder.path().join("suite");
    let output = hardcase(&["suite", "export", text(&project), "--suite", "street", "-o", text(&out)]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let cases = fs::read_dir(out.join("cases")).unwrap().count();
    assert!(stdout.contains(&format!("contains cases {cases} (")), "{stdout}");
    assert!(stdout.contains("names of people: none"), "{stdout}");
    assert!(stdout.contains("the model \"nanodet_coco.onnx\" is named and not contained"), "{stdout}");
    // A name in one case is listed.
    let mut suite = hardcase::suites::files::read(&out).unwrap();
    suite.cases[0].1.kept.get_or_insert_default().by = "somebody".to_owned();
    let contents = hardcase::suites::contents::contents(&suite).unwrap();
    assert!(contents.to_string().contains("names of people: \"somebody\""), "{contents}");
}

#[test]
fn formulas_in_tables_are_guarded_by_choice() {
    let folder = tempfile::tempdir().unwrap();
    writers(folder.path());
    let labels = folder.path().join("in.json");
    let signals = folder.path().join("signals.csv");
    fs::write(&signals, "time,=1+2\n0,1\n1,2\n").unwrap();
    let table = folder.path().join("out.csv");
    for (arguments, plain, guarded) in [
        (&["labels", "convert", text(&labels), "--to", "csv", "-o"][..], ",=1+1,", ",'=1+1,"),
        (&["transform", "apply", text(&signals), "--with", "delay:1", "-o"], "time,=1+2", "time,'=1+2"),
    ] {
        for (guard, expected) in [(&[][..], plain), (&["--guard-formulas"][..], guarded)] {
            let output = hardcase(&[arguments, &[text(&table)], guard].concat());
            assert!(output.status.success(), "{}", said(&output));
            let written = fs::read_to_string(&table).unwrap();
            assert!(written.contains(expected), "{arguments:?} {guard:?}: {written}");
        }
    }
}

#[test]
fn the_window_guards_formulas_when_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let project = street(folder.path());
    let mut editor = ProjectEditor::open(&project).unwrap();
    let clip = editor.project().clips[0].name.clone();
    let (kind, note) = ("=1+1".to_owned(), "@note".to_owned());
    let tag = Tag { id: 9000, clip, kind, note, start: Time(0), end: None, attributes: BTreeMap::default() };
    editor.commit("tag", Edit::AddTag(tag)).unwrap();
    drop(editor);
    let mut app = common::app(&folder.path().join("home"));
    common::send(&mut app, AppCommand::Open(OpenCommand::Paths(vec![project])));
    for (guard, expected) in [(false, [",=1+1,", ",@note,"]), (true, [",'=1+1,", ",'@note,"])] {
        let out = folder.path().join(guard.to_string());
        common::send(&mut app, AppCommand::Session(SessionCommand::GuardFormulas(guard)));
        let export = ExchangeCommand::Export { format: "csv".to_owned(), folder: out.clone() };
        common::send(&mut app, AppCommand::Exchange(export));
        let table = fs::read_to_string(out.join("csv_labels.csv")).unwrap();
        assert!(expected.iter().all(|cell| table.contains(cell)), "{guard}: {table}");
    }
}

#[test]
fn stacks_of_the_command_line_have_ranges_and_known_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, out) = (folder.path().join("in.png"), folder.path().join("x.png"));
    image(&picture);
    let (model, table) = (model("brightest"), folder.path().join("x.csv"));
    for (stack, problem) in [
        ("fog:9", "amount is 9, expected 0 to 1"),
        ("fog:-0.5", "amount is -0.5, expected 0 to 1"),
        ("fog:amuont=0.5", "did you mean \"amount\"?"),
        ("fogg:0.5", "did you mean \"fog\"?"),
        ("fog:strength=1.5", "strength is 1.5, expected 0 to 1"),
        ("fog:nan", "is not a number"),
    ] {
        let sweep = ["sweep", text(&picture), "--model", text(&model), "--stack", stack, "-o", text(&table)];
        let apply = ["transform", "apply", text(&picture), "--with", stack, "-o", text(&out)];
        for arguments in [&apply[..], &sweep[..]] {
            let output = hardcase(arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
            assert!(said(&output).contains(problem), "{arguments:?}: {}", said(&output));
        }
    }
    for range in ["fog:0..2", "fog:0.2|7"] {
        let sweep = ["sweep", text(&picture), "--model", text(&model), "--stack", range, "-o", text(&table)];
        let output = hardcase(&sweep);
        assert!(said(&output).contains("expected 0 to 1"), "{range}: {}", said(&output));
        assert_eq!(output.status.code(), Some(2), "{range}");
    }
    assert!(!out.exists() && !table.exists());
}

/// Processes that are killed remove nothing; those that started them do.
#[cfg(unix)]
#[test]
fn nothing_stays_in_temporary_places() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, temporary) = (folder.path().join("in.png"), folder.path().join("tmp"));
    image(&picture);
    fs::create_dir(&temporary).unwrap();
    for (name, backend) in [
        ("lane_keeper", "embedded:precision=fp16,isolated"),
        ("brightest", "embedded:isolated"),
        ("never_ends", "embedded:limit=0.3"),
    ] {
        let mut predict = Command::new(env!("CARGO_BIN_EXE_hardcase"));
        predict.args(["predict", text(&picture), "--model", text(&model(name)), "--backend", backend]);
        let output = predict.env("TMPDIR", &temporary).output().unwrap();
        let left: Vec<_> =
            fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{name}: {left:?}: {}", said(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn doctor_removes_what_was_left_behind_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let gone = {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    };
    let (dead, alive) =
        (format!("hardcase-run-{gone}-abc.onnx"), format!("hardcase-run-{}-abc", std::process::id()));
    fs::create_dir_all(place("hardcase-demo-abc/deep")).unwrap();
    fs::write(place("hardcase-demo-abc/deep/file"), vec![0; 5000]).unwrap();
    fs::create_dir(place(&alive)).unwrap();
    for name in
        [dead.as_str(), "hardcase-Old123.onnx", "hardcase-New123.onnx", "hardcase-notes.txt", "mine.onnx"]
    {
        fs::write(place(name), "x").unwrap();
    }
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(25);
    fs::File::options().write(true).open(place("hardcase-Old123.onnx")).unwrap().set_modified(old).unwrap();
    // A link is not followed and not removed.
    fs::create_dir(place("precious")).unwrap();
    std::os::unix::fs::symlink(place("precious"), place("hardcase-demo-link")).unwrap();
    let listed = || {
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let doctor = |arguments: &[&str]| {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_hardcase"));
        let output = doctor.arg("doctor").args(arguments).env("TMPDIR", folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let before = listed();
    let dry = doctor(&["--clean", "--dry-run"]);
    assert!(dry.contains("3 files and folders to remove") && dry.contains(&dead), "{dry}");
    assert_eq!(listed(), before);
    let done = doctor(&["--clean"]);
    assert!(done.contains("3 files and folders removed"), "{done}");
    let mut expected = vec![
        alive.as_str(),
        "hardcase-New123.onnx",
        "hardcase-demo-link",
        "hardcase-notes.txt",
        "mine.onnx",
        "precious",
    ];
    expected.sort_unstable();
    assert_eq!(listed(), expected);
}
