//! The search by coverage and the one by chance beside it; and the claim about recorded signals.
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{copied, copy_folder, model, repo};
use serde_json::Value;

fn hardcase(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn search(project: &Path, output: &Path, tries: &str) -> (Value, String) {
    let (code, out, err) = hardcase(&[
        "search",
        project.to_str().unwrap(),
        "--stride",
        "8",
        "--budget",
        tries,
        "--json",
        "-o",
        output.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{err}");
    (serde_json::from_str(&out).unwrap(), err)
}

#[test]
fn a_search_that_was_stopped_goes_on_to_the_same_end_and_chance_stands_beside_it() {
    let place = tempfile::tempdir().unwrap();
    copied("traffic_lights", place.path());
    let (whole, _) = search(place.path(), &place.path().join("whole.json"), "60");
    let part = place.path().join("part.json");
    search(place.path(), &part, "25");
    let (resumed, err) = search(place.path(), &part, "60");
    assert!(err.contains("resuming after 25 runs"), "{err}");
    assert_eq!(resumed, whole);
    let read = |name: &str| std::fs::read(place.path().join(name)).unwrap();
    assert!(read("whole.json") == read("part.json"), "what was written is not the same");
    // The same budget on both sides, and coverage that only grows.
    assert_eq!((&whole["guided"]["tries"], &whole["random"]["tries"]), (&60.into(), &60.into()));
    let coverage = |name: &str| whole["coverage"][name].as_f64().unwrap();
    assert!(coverage("before") > 0.3 && coverage("after") >= coverage("before") && coverage("after") <= 1.0);
    assert!(whole["guided"]["violations"].as_u64().unwrap() > 0, "{whole}");
    // Another seed is another search, which does not go on from this one.
    let (code, _, err) = hardcase(&[
        "search",
        place.path().to_str().unwrap(),
        "--stride",
        "8",
        "--budget",
        "30",
        "--seed",
        "2",
        "-o",
        part.to_str().unwrap(),
    ]);
    assert!(code == 0 && !err.contains("resuming"), "{err}");
}

#[test]
fn signals_are_held_to_bounds_with_and_without_faults() {
    let place = tempfile::tempdir().unwrap();
    copy_folder(&repo().join("tests/fixtures/windows/drive"), &place.path().join("drive"));
    let sweep = |stack: &str, most: &str| -> Value {
        let (code, out, err) = hardcase(&[
            "sweep",
            place.path().join("drive").to_str().unwrap(),
            "--model",
            model("brightest").to_str().unwrap(),
            "--claim",
            "signal_within",
            "--class",
            "speed",
            "--param",
            &format!("most={most}"),
            "--param",
            "seconds=0.3",
            "--stack",
            stack,
            "--json",
            "--fresh",
            "-o",
            place.path().join("out.csv").to_str().unwrap(),
        ]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let violations = |found: &Value| found["models"][0]["violations"]["failed"].as_u64().unwrap();
    assert_eq!(violations(&sweep("offset:0", "1000")), 0);
    // What a fault adds counts as if it had been recorded.
    let faulty = sweep("unit_error:3.6", "8");
    let sound = sweep("unit_error:1", "8");
    assert!(violations(&faulty) > violations(&sound), "{faulty}\n{sound}");
    let rows = std::fs::read_to_string(place.path().join("out.csv")).unwrap();
    assert!(rows.lines().count() == 13, "{rows}");
    let (code, _, err) = hardcase(&[
        "sweep",
        place.path().join("drive").to_str().unwrap(),
        "--model",
        model("brightest").to_str().unwrap(),
        "--claim",
        "signal_within",
        "--stack",
        "offset:0",
        "-o",
        place.path().join("o.csv").to_str().unwrap(),
    ]);
    assert!(code == 2 && err.contains("needs the name of a recorded signal"), "{code} {err}");
}
