//! Cases over time: a stretch of a recording, formulas over its signals, criticality of its boxes.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::stack::{START, Stack, recording};
use common::{app, send, try_send};
use hardcase::app::command::Command as Ask;
use hardcase::app::findings::moments::MineCommand;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::app::{App, Workspace};
use hardcase::base::time::{Span, Time, TimeRange};
use hardcase::data::findings::Decision;
use hardcase::mining::finding::Effort;
use serde_json::Value;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn all(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), b"\n", output.stderr.as_slice()].concat())
        .into_owned()
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, stack) in [("faulty", Stack::Faulty), ("repaired", Stack::Repaired)] {
            fs::write(folder.path().join(format!("{name}.mcap")), recording(stack)).unwrap();
        }
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds a case about a stretch of the faulty drive.
    fn add(&self, from: &str, to: &str, claims: &[&str]) {
        let (project, clip) = (self.at("project"), self.at("faulty.mcap"));
        let mut args = vec![
            "suite",
            "add",
            text(&project),
            "reactions",
            "--clip",
            text(&clip),
            "--from",
            from,
            "--to",
            to,
        ];
        args.extend(claims.iter().flat_map(|claim| ["--claim", claim]));
        let output = hardcase(&args);
        assert!(output.status.success(), "{}", all(&output));
    }

    fn export(&self) -> PathBuf {
        let suite = self.at("suite");
        let output =
            hardcase(&["suite", "export", text(&self.at("project")), "reactions", "-o", text(&suite)]);
        assert!(output.status.success(), "{}", all(&output));
        suite
    }
}

#[test]
fn a_late_reaction_is_red_on_the_drive_and_green_on_the_repaired_one() {
    let place = Place::new();
    place.add("6", "10", &["always(signal(\"/objects/ttc\") > 1.5)"]);
    place.add("6", "10", &["then(objects.ttc < 6, control.acceleration < -1, 0.5)", "ego.speed < 16"]);
    place.add("0", "20", &["eventually(vehicle.speed < 0.1)"]);
    let suite = place.export();
    let verify = hardcase(&["suite", "verify", text(&suite)]);
    assert!(verify.status.success(), "{}", all(&verify));
    // No model is needed.
    let json = place.at("report.json");
    let html = place.at("report");
    let red = hardcase(&["test", text(&suite), "--json", text(&json), "--html", text(&html)]);
    assert_eq!(red.status.code(), Some(1), "{}", all(&red));
    let said = all(&red);
    assert!(said.contains("1 passed, 2 failed"), "{said}");
    assert!(said.contains("signal(\"/objects/ttc\") > 1.5 does not hold at"), "{said}");
    let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let cases = report["suites"][0]["cases"].as_array().unwrap().clone();
    let worst = cases.iter().find(|case| case["id"].as_str().unwrap().starts_with("always")).unwrap();
    // The least time to collision is about 0.9 s.
    let margin = worst["margin"].as_f64().unwrap();
    assert!((-0.8..-0.4).contains(&margin), "{margin}");
    // The report shows the signal with its bound.
    let pages = fs::read_to_string(html.join("index.html")).unwrap();
    assert!(pages.contains("does not hold at"), "the page gives the reason");
    assert!(fs::read_dir(html.join("media")).is_ok_and(|media| media.count() >= 2), "images of what failed");
    let green = hardcase(&["test", text(&suite), "--recording", text(&place.at("repaired.mcap"))]);
    assert_eq!(green.status.code(), Some(0), "{}", all(&green));
}

#[test]
fn the_kept_stretch_says_the_same_as_the_whole_recording() {
    let place = Place::new();
    place.add("7", "9", &["always(signal(\"/objects/ttc\") > 1.5)"]);
    place.add("7", "9", &["always(signal(\"/ground_truth/drac\") < 2)"]);
    place.add("7", "9", &["always(ego.speed < 1)"]);
    let suite = place.export();
    let margins = |more: &[&str]| -> Vec<f64> {
        let json = place.at("margins.json");
        hardcase(&[&["test", text(&suite), "--json", text(&json)][..], more].concat());
        let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        let cases = report["suites"][0]["cases"].as_array().unwrap().clone();
        cases.iter().map(|case| case["margin"].as_f64().unwrap()).collect()
    };
    let faulty = place.at("faulty.mcap");
    let (kept, whole) = (margins(&[]), margins(&["--recording", text(&faulty)]));
    assert_eq!(kept.len(), 3);
    for (kept, whole) in kept.iter().zip(&whole) {
        assert!((kept - whole).abs() < 1e-9, "{kept} {whole}");
    }
}

#[test]
fn what_cannot_be_judged_is_a_skip_with_its_reason() {
    let place = Place::new();
    place.add("6", "8", &["always(objects.tc > 1)"]);
    place.add("6", "8", &["always(ttc > 1)"]);
    let suite = place.export();
    let output = hardcase(&["test", text(&suite)]);
    let said = all(&output);
    assert_eq!(output.status.code(), Some(5), "nothing was judged: {said}");
    assert!(said.contains("0 passed, 0 failed, 2 skipped"), "{said}");
    assert!(said.contains("is not recorded, did you mean \"objects.ttc\"?"), "{said}");
    assert!(said.contains("may be any of ground_truth.ttc, objects.ttc"), "{said}");
}

#[test]
fn a_case_that_makes_no_sense_is_refused_before_anything_is_written() {
    let place = Place::new();
    let (project, clip) = (place.at("project"), place.at("faulty.mcap"));
    let add = |more: &[&str]| {
        let args = ["suite", "add", text(&project), "s", "--clip", text(&clip)];
        hardcase(&[&args[..], more].concat())
    };
    let check = |more: &[&str], expected: &str| {
        let output = add(more);
        assert!(
            output.status.code() == Some(2) && all(&output).contains(expected),
            "{more:?}: {}",
            all(&output)
        );
    };
    check(&["--from", "6", "--to", "8", "--claim", "always(ttc >"], "ttc");
    check(&["--from", "60", "--to", "80", "--claim", "always(ttc > 1)"], "has nothing between");
    check(&["--from", "8", "--to", "6", "--claim", "always(ttc > 1)"], "has nothing between");
    let output = hardcase(&[
        "suite",
        "add",
        text(&project),
        "s",
        "--clip",
        "no.mcap",
        "--from",
        "1",
        "--to",
        "2",
        "--claim",
        "x > 1",
    ]);
    assert!(all(&output).contains("no such file"), "{}", all(&output));
}

/// The faulty drive in a program whose settings live beside it.
fn opened(place: &Place) -> App {
    let mut app = app(&place.at("home"));
    send(&mut app, Ask::Open(OpenCommand::Paths(vec![place.at("faulty.mcap")])));
    app
}

fn at(secs: f64) -> Time {
    Time(START as i64) + Span::from_secs(secs)
}

#[test]
fn a_person_keeps_the_worst_seconds_without_a_model() {
    let place = Place::new();
    let mut app = opened(&place);
    let open = app.open.clip.as_ref().unwrap();
    // Criticality is a signal like any other once it is computed, and is not plotted unasked.
    let ttc = open.info.channel_named("/objects/ttc").expect("computed in the background");
    assert!(open.clip.values(ttc).iter().copied().fold(f64::INFINITY, f64::min) < 1.0);
    assert!(!open.plotted().contains(&ttc));
    let range = TimeRange { start: at(6.0), end: at(10.0) };
    send(&mut app, Ask::Play(PlayCommand::LoopRange(Some(range))));
    let keep = |formula: &str| Ask::Suite(SuiteCommand::KeepStretch { formula: formula.to_owned() });
    assert!(!try_send(&mut app, keep("always(objects.ttc >")).is_empty(), "no formula");
    send(&mut app, keep("always(objects.ttc > 1.5)"));
    send(&mut app, keep("always(ego.speed < 30)"));
    send(&mut app, Ask::Suite(SuiteCommand::Run("regressions".to_owned())));
    let verdicts = &app.open.suites.verdicts;
    assert_eq!((verdicts.len(), verdicts.values().filter(|v| v.as_ref().unwrap().failed()).count()), (2, 1));
    // Opening the case goes to the worst moment.
    let failed =
        verdicts.iter().find(|(_, v)| v.as_ref().unwrap().failed()).map(|(key, _)| key.clone()).unwrap();
    let (suite, id) = failed;
    send(&mut app, Ask::Suite(SuiteCommand::OpenCase { suite, id }));
    let playhead = app.open.playback.playhead;
    assert!(playhead > at(8.0) && playhead < at(10.0), "{playhead:?}");
    assert_eq!((app.workspace, app.open.playback.loop_range), (Workspace::Label, Some(range)));
}

#[test]
fn mined_moments_are_reviewed_with_one_key_each_and_nothing_is_lost() {
    let place = Place::new();
    let mut app = opened(&place);
    send(&mut app, Ask::Show(Workspace::Findings));
    send(&mut app, Ask::Mine(MineCommand::Mine(Effort::Cheap)));
    let found = app.open.moments.found.clone().unwrap();
    let kinds: Vec<&str> = found.iter().map(|finding| finding.finder.as_str()).collect();
    assert!(kinds.contains(&"class_flip") && kinds.contains(&"near_collision"), "{kinds:?}");
    assert!(found.iter().filter(|f| f.finder == "class_flip").all(|f| f.tracks == ["2"]), "{found:#?}");
    // The first is selected, accepted, and the next one is on screen.
    let wanted = kinds.iter().position(|kind| *kind == "near_collision").unwrap();
    send(&mut app, Ask::Mine(MineCommand::Select(wanted)));
    assert_eq!(app.open.playback.playhead, found[wanted].peak);
    send(&mut app, Ask::Mine(MineCommand::Accept));
    let project = app.project().unwrap();
    assert_eq!((project.tags.len(), project.tags[0].kind.as_str()), (1, "near_collision"));
    assert_eq!(project.cases.len(), 1, "its finder claims something");
    assert_eq!(app.open.decision(&found[wanted]), Some(Decision::Accepted));
    // One undo takes back tag, case and decision together.
    send(&mut app, Ask::Label(LabelCommand::Undo));
    let project = app.project().unwrap();
    assert_eq!((project.tags.len(), project.cases.len(), project.reviews.len()), (0, 0, 0));
    let other = (wanted + 1) % found.len();
    send(&mut app, Ask::Mine(MineCommand::Select(other)));
    send(&mut app, Ask::Mine(MineCommand::Dismiss));
    assert_eq!(app.open.precision_of(&found[other].finder), (0, 1));
    send(&mut app, Ask::Mine(MineCommand::HideReviewed(true)));
    assert_eq!(app.open.moments_shown().len(), found.len() - 1);
    // Another day.
    drop(app);
    let mut app = opened(&place);
    send(&mut app, Ask::Mine(MineCommand::Mine(Effort::Cheap)));
    assert_eq!(app.open.decision(&found[other]), Some(Decision::Dismissed));
}

#[test]
fn mining_on_the_command_line_ranks_explains_and_says_what_it_did_not_look_at() {
    let place = Place::new();
    let (drive, out) = (place.at("faulty.mcap"), place.at("findings.jsonl"));
    let output = hardcase(&["mine", text(&drive), "-o", text(&out)]);
    assert!(output.status.success(), "{}", all(&output));
    let lines = fs::read_to_string(&out).unwrap();
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for finding in &found {
        for field in ["finder", "clip", "channels", "t0", "t1", "peak", "severity", "sentence"] {
            assert!(!finding[field].is_null(), "{field}: {finding}");
        }
        let severity = finding["severity"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&severity));
    }
    let of = |finder: &str| found.iter().filter(|f| f["finder"] == finder).count();
    assert!(of("class_flip") >= 1 && of("near_collision") >= 1, "{lines}");
    // The same on one thread, to the byte.
    let again = place.at("again.jsonl");
    hardcase(&["mine", text(&drive), "-o", text(&again), "--jobs", "1"]);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&again).unwrap());
    // Conditions for CI, thresholds, names.
    let code = |args: &[&str]| hardcase(&[&["mine", text(&drive)][..], args].concat()).status.code().unwrap();
    assert_eq!(code(&["--finder", "near_collision:ttc=2", "--fail-on", "severity>0.1"]), 1);
    assert_eq!(code(&["--finder", "near_collision", "--fail-on", "severity>0.99"]), 0);
    assert_eq!(code(&["--finder", "near_colision"]), 2);
    assert_eq!(code(&["--finder", "near_collision:ttc=200"]), 2);
    assert_eq!(code(&["--fail-on", "speed>3"]), 2);
    let repaired = place.at("repaired.mcap");
    let output = hardcase(&["mine", text(&repaired), "--finder", "near_collision", "--finder", "class_flip"]);
    assert!(all(&output).contains("0 findings"), "{}", all(&output));
}
