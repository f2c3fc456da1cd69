//! Projects, suites and settings of earlier versions open with the program of today.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hardcase::app::Workspace;
use hardcase::app::session::Session;
use hardcase::project::editor::ProjectEditor;

mod common;

use common::{copied, repo, sample};

fn fixture(path: &str) -> PathBuf {
    repo().join("tests/fixtures/v0.1").join(path)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::write(to.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn hardcase(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(arguments).output().unwrap()
}

#[test]
fn a_project_keeps_its_work_and_its_past() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("street");
    copied("street", &project);
    copy(&fixture("project"), &project);
    let mut editor = ProjectEditor::open(&project).unwrap();
    assert_eq!(editor.project().tags.len(), 5);
    assert_eq!(editor.project().suites(), ["demo", "street"]);
    assert_eq!(editor.project().cases_of("demo").count(), 4);
    assert_eq!(editor.project().cases_of("street").count(), 9);
    // What was done with that version can be undone and redone with this one.
    let label = editor.undo().unwrap().unwrap();
    assert_eq!(label, "Keep case \"no_object-frame-100\"");
    assert_eq!(editor.project().cases_of("demo").count(), 3);
    editor.redo().unwrap();
    assert_eq!(editor.project().cases_of("demo").count(), 4);
}

#[test]
fn a_suite_is_verified_and_judged_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("demo");
    copy(&fixture("suite"), &suite);
    let image = "media/8f3612d44c21b9c3255fe271b55860dc70cb5a3140b7087269c5b8cc6732f6f7.png";
    fs::create_dir(suite.join("media")).unwrap();
    fs::copy(sample("street/suites/street").join(image), suite.join(image)).unwrap();
    let suite = suite.to_str().unwrap();
    let verified = hardcase(&["suite", "verify", suite]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let report = folder.path().join("report.json");
    let model = sample("street/models/nanodet_coco.onnx");
    let tested =
        hardcase(&["test", suite, "--model", model.to_str().unwrap(), "--json", report.to_str().unwrap()]);
    assert_eq!(tested.status.code(), Some(1), "{}", String::from_utf8_lossy(&tested.stderr));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let verdicts: Vec<(&str, &str)> = report["suites"][0]["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| (case["id"].as_str().unwrap(), case["verdict"].as_str().unwrap()))
        .collect();
    let expected = [
        ("fog-0-3838-frame-100", "fail"),
        ("gaussian_noise-47-6563-frame-100", "fail"),
        ("no_object-frame-100", "fail"),
        ("normalise", "pass"),
        ("rotate-1-0547-frame-100", "fail"),
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn settings_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture("session.json"), folder.path().join("session.json")).unwrap();
    let session = Session::load_from(Some(folder.path().to_owned()));
    assert_eq!(session.recent, [PathBuf::from("/drives/street")]);
    assert_eq!(session.favorites.len(), 1);
    assert_eq!(session.favorites[0].name, "fog:0.4");
    assert_eq!(session.first_run, Some(PathBuf::from("/models/new.onnx")));
    assert_eq!(session.last_seen[Path::new("/drives/street")].workspace, Workspace::Evaluate);
}
