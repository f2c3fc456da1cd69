//! Patches on signs: trained in frames of the street sample, tried in others, printed at their size.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::path::Path;
use std::process::Command;

fn hardcase(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A copy of a sample.
fn project(folder: &Path, sample: &str) -> String {
    let project = folder.join(sample);
    common::copied(sample, &project);
    project.to_str().unwrap().to_owned()
}

fn report(out: &str) -> serde_json::Value {
    serde_json::from_str(out).unwrap()
}

fn seen(report: &serde_json::Value, dress: &str) -> u64 {
    report["seen"][dress]["hits"].as_u64().unwrap()
}

const DRESSES: [&str; 5] = ["clean", "black", "white", "noise", "trained"];

/// A classifier: a whole frame is the sign, and covers other frames.
#[test]
fn a_patch_is_trained_tried_and_printed() {
    let folder = tempfile::tempdir().unwrap();
    let lights = project(folder.path(), "traffic_lights");
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sign, one, two) = (place("sign.png"), place("one"), place("two"));
    let clip = format!("{lights}/clips/crops");
    let (code, out, err) = hardcase(&["frame", &clip, "--index", "0", "-o", &sign]);
    assert_eq!(code, 0, "{out}{err}");
    let run = |jobs: &str, output: &str| {
        let what =
            ["patch", &lights, "--sign", &sign, "--class", "red", "--cover", "middle", "--side", "18,20"];
        let few =
            ["--rotation", "0", "--steps", "20", "--trials", "12", "--json", "-o", output, "--jobs", jobs];
        hardcase(&[what.as_slice(), &few].concat())
    };
    let (code, out, err) = run("1", &one);
    assert!(code < 2, "{code} {out}{err}");
    let found = report(&out);
    assert!(seen(&found, "clean") >= 4, "{out}");
    let plain = DRESSES[..4].iter().map(|dress| seen(&found, dress)).min().unwrap();
    assert_eq!(code == 1, seen(&found, "trained") < plain);
    let trials = found["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 12);
    for dress in DRESSES {
        let hits = trials.iter().filter(|trial| trial["seen"][dress] == true).count() as u64;
        assert_eq!(hits, seen(&found, dress));
    }
    // The same bytes on another number of threads.
    assert_eq!(run("2", &two).1, out);
    for name in ["patch.png", "patch.pdf", "sign.png", "sign.pdf", "report.json"] {
        let read = |folder: &str| std::fs::read(Path::new(folder).join(name)).unwrap();
        assert!(read(&one) == read(&two), "{name}");
    }
    // 75 cm of 1024 pixels: 1365 pixels a meter.
    let png = std::fs::read(Path::new(&one).join("sign.png")).unwrap();
    let at = png.windows(4).position(|bytes| bytes == b"pHYs").unwrap();
    assert_eq!(u32::from_be_bytes(png[at + 4..at + 8].try_into().unwrap()), 1365);
    assert_eq!(hardcase::data::image::Image::decode(&png).unwrap().size(), (1024, 1024));
    let pdf = std::fs::read(Path::new(&one).join("sign.pdf")).unwrap();
    let text = String::from_utf8_lossy(&pdf);
    assert!(
        text.contains("/MediaBox [0 0 2125.984 2125.984]") && text.ends_with("%%EOF\n"),
        "75 cm are 2126 points"
    );
    let end = text.rfind("startxref\n").unwrap() + "startxref\n".len();
    let table: usize = text.get(end..).unwrap().lines().next().unwrap().parse().unwrap();
    assert!(pdf[table..].starts_with(b"xref"));
}

/// A detector: the drawn stop sign in frames of a street.
#[test]
fn a_drawn_stop_sign_is_seen_and_what_cannot_be_patched_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let street = project(folder.path(), "street");
    let few = ["patch", &street, "--steps", "1", "--trials", "2", "--side", "180,205", "--json"];
    let (code, out, err) = hardcase(&few);
    assert!(code < 2, "{code} {out}{err}");
    assert!(seen(&report(&out), "clean") >= 1, "a large drawn sign is seen: {out}");
    for (args, expected) in [
        (vec!["--class", "stop sing"], "did you mean \"stop sign\""),
        (vec!["--side", "200,100"], "is no range of pixels"),
        (vec!["--sign", "Cargo.toml"], "name the class of the sign"),
    ] {
        let (code, out, err) = hardcase(&[vec!["patch", &street], args].concat());
        assert!(code == 2 && err.contains(expected), "{code} {out}{err}");
    }
    let (code, _, err) = hardcase(&["patch", &street, "--sign", "Cargo.toml", "--class", "stop sign"]);
    assert!(code == 3 && err.contains("Cargo.toml is no image"), "{code} {err}");
}
