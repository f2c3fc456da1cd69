//! Mining through its doors: planted events on a generated drive, the reconstruction of Tempe, the command line.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "common/planted/mod.rs"]
mod planted;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;

use common::{copied, repo, sample};
use hardcase::base::params::Params;
use hardcase::base::progress::Progress;
use hardcase::base::time::TimeRange;
use hardcase::claims::{Judge, over_time};
use hardcase::clips::derived::Derived;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::cases::verdict::Verdict;
use hardcase::mining::finders::{KINDS, kind};
use hardcase::mining::finding::Finding;
use hardcase::mining::run::{Asked, mine};
use hardcase::project::editor::ProjectEditor;
use hardcase::tracks::scene::SceneTerms;

fn hardcase(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn findings(path: &std::path::Path) -> Vec<Finding> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_finder_finds_what_was_planted_and_little_else() {
    // This long a drive has every kind.
    let drive = planted::drive(2, 1500.0);
    let mined = planted::mined(&drive, 2);
    let scores = planted::scores(&drive, &mined);
    let planted: BTreeSet<&str> =
        drive.events.iter().filter(|e| e.planted).map(|event| event.finder).collect();
    assert!(planted.len() >= 23, "{planted:?}");
    for (finder, score) in &scores {
        // The rarest hundredth of a drive is not what was planted alone.
        let least = if *finder == "rare_scene" { [0.5, 0.3] } else { [0.95, 0.9] };
        assert!(score.recall() >= least[0] || score.planted == 0, "{finder} misses {:?}", score.missed);
        assert!(score.precision() >= least[1], "{finder}: {:?}", score.wrong);
    }
}

#[test]
fn findings_are_the_same_on_any_number_of_threads() {
    let drive = planted::drive(3, 250.0);
    let (one, four) = (planted::mined(&drive, 1), planted::mined(&drive, 4));
    for (a, b) in one.iter().zip(&four) {
        assert_eq!(a.found, b.found, "{}", a.kind.id);
    }
}

#[test]
fn what_was_not_looked_at_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signals.csv");
    std::fs::write(&file, "time,speed\n0,1\n1,1\n2,1\n3,1\n").unwrap();
    let output = hardcase(&["mine", file.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for finder in ["class_flip", "history_lost", "cut_in", "shadow_steering", "plan_jump", "disagreement"] {
        assert!(told.contains(&format!("{finder} did not look")), "{finder}: {told}");
    }
    assert!(output.status.success());
}

#[test]
fn the_reconstruction_of_tempe_has_its_failures() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("findings.jsonl");
    let output = hardcase(&["mine", sample("tempe").to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = findings(&out);
    let ids: BTreeSet<&str> = found.iter().map(|finding| finding.finder.as_str()).collect();
    for finder in [
        "class_flip",
        "history_lost",
        "plan_jump",
        "prediction_jump",
        "constant_velocity",
        "late_reaction",
        "disagreement",
    ] {
        assert!(ids.contains(finder), "{finder} is missing in {ids:?}");
    }
    let late = found.iter().find(|finding| finding.finder == "late_reaction").unwrap();
    assert!(late.numbers["delay"] > 1.15, "{late:?}");
    let flips = found.iter().find(|finding| finding.finder == "class_flip").unwrap();
    assert!(flips.numbers["changes"] >= 5.0 && flips.tracks.len() >= 5, "{flips:?}");
    let failing = hardcase(&["mine", sample("tempe").to_str().unwrap(), "--fail-on", "severity>0.3"]);
    assert_eq!(failing.status.code(), Some(1));
}

#[test]
fn the_reconstruction_is_small_and_says_that_it_is_one() {
    let size: u64 = ["hardcase.toml", "clips/tempe_reconstruction.mcap"]
        .iter()
        .map(|file| std::fs::metadata(sample("tempe").join(file)).unwrap().len())
        .sum();
    assert!(size < 3_000_000, "{size}");
    let project = std::fs::read_to_string(sample("tempe").join("hardcase.toml")).unwrap();
    assert!(project.contains("a reconstruction after NTSB/HAR-19/03"));
    assert!(repo().join("tests/fixtures/make/make_tempe.rs").exists());
}

#[test]
fn claims_of_findings_fail_where_they_were_found_with_any_thresholds() {
    let drive = planted::drive(2, 1500.0);
    let mut mined = planted::mined(&drive, 2);
    let terms = SceneTerms::default();
    let with = |id: &str, values: &[(&str, f64)]| {
        let mut params = Params::default();
        for (name, value) in values {
            params.insert(name, *value);
        }
        Asked { params, ..Asked::usual(kind(id).unwrap()) }
    };
    let asked = [
        with("hard_brake", &[("deceleration", 2.0)]),
        with("near_collision", &[("ttc", 3.0)]),
        with("rss", &[("margin", 5.0)]),
        with("late_reaction", &[("ttc", 8.0), ("reaction", 0.6), ("demand", 2.0)]),
    ];
    mined.extend(mine(&drive.clip, "x", &asked, (&terms, 2), &Progress::default(), &|_| {}).unwrap());
    let derived = Derived::new(Arc::new(drive.clip));
    derived.derive(&terms, &Progress::default()).unwrap();
    let Judge::Interval(make) = over_time::KIND.judge else { unreachable!("a claim about a stretch") };
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    for mined in &mined {
        let Some(claim) = mined.kind.claim else { continue };
        for finding in &mined.found.findings {
            let Some(text) = claim(finding) else { continue };
            let spec = ClaimSpec { expression: Some(text.clone()), ..ClaimSpec::new("over_time") };
            let range = TimeRange { start: finding.t0, end: finding.t1 };
            let judged = make(&spec).unwrap().judge(&derived, range);
            let judged = judged.unwrap_or_else(|why| panic!("{} {text}: {}", mined.kind.id, why.0));
            let verdict = judged.judgment.verdict;
            assert!(
                matches!(verdict, Verdict::Fail { .. }),
                "{} {text}: {verdict:?} {finding:?}",
                mined.kind.id
            );
            *failed.entry(mined.kind.id).or_default() += 1;
        }
    }
    for id in ["hard_brake", "near_collision", "rss", "late_reaction", "temporal_outlier", "shadow_steering"]
    {
        assert!(failed.get(id).is_some_and(|count| *count > 1), "{id}: {failed:?}");
    }
    assert!(KINDS.iter().all(|kind| !kind.source.is_empty() && !kind.false_alarms.is_empty()));
}

#[test]
fn the_vehicle_moves_where_no_actor_is_tracked_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("findings.jsonl");
    let (tempe, out_name) = (sample("tempe"), out.to_str().unwrap().to_owned());
    let mine = |args: &[&str]| {
        let output = hardcase(&[&["mine", tempe.to_str().unwrap(), "-o", &out_name], args].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        (findings(&out), text(&output.stderr))
    };
    // The vehicle slows from 17 to 13 m/s after the last track has ended.
    let (found, told) = mine(&["--finder", "hard_brake"]);
    assert!(found.len() == 1 && found[0].numbers["acceleration"] < -4.05, "{found:?} {told}");
    let (found, told) = mine(&["--ask", "ego.speed > 0"]);
    let seconds: f64 = found.iter().map(|finding| finding.numbers["duration"]).sum();
    assert!(seconds > 10.0 && !told.contains("is known for"), "{seconds} {told}");
}

#[test]
fn an_acceleration_is_one_along_the_vehicle_that_was_measured_in_its_unit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("findings.jsonl");
    // Each column brakes at a time of its own, for half a second: gravity, a demand, g, an infinite value.
    let table = |names: &str, values: &[(f64, f64, f64)]| {
        let file = folder.path().join("signals.csv");
        let row = |at: i32| {
            let time = f64::from(at) * 0.1;
            let cell = |(from, usual, value): &(f64, f64, f64)| {
                let inside = time >= *from && time < from + 0.5;
                format!(",{}", if inside { *value } else { *usual })
            };
            format!("{time:.1}{}\n", values.iter().map(cell).collect::<String>())
        };
        std::fs::write(&file, format!("time,{names}\n{}", (0..300).map(row).collect::<String>())).unwrap();
        let (file, out_name) = (file.to_str().unwrap().to_owned(), out.to_str().unwrap());
        let output = hardcase(&["mine", &file, "--finder", "hard_brake", "-o", out_name]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        (findings(&out), text(&output.stderr))
    };
    let (found, told) = table(
        "imu.accel_z,control.accel_cmd,imu.accel_x,engine_speed",
        &[(2.0, -9.81, -9.81), (5.0, 0.0, -8.0), (20.0, 0.0, -5.0), (1.0, 900.0, 0.0)],
    );
    assert!(found.len() == 1 && found[0].channels == ["imu.accel_x"], "{found:?} {told}");
    let (found, _) = table("accel_g", &[(5.0, 0.0, -0.6)]);
    assert!(
        found.len() == 1 && (found[0].numbers["acceleration"] + 0.6 * 9.806_65).abs() < 1e-9,
        "{found:?}"
    );
    let (found, _) = table("accel [g]", &[(5.0, 0.0, -0.6)]);
    assert_eq!(found.len(), 1, "{found:?}");
    let (found, told) = table("imu.accel_z,control.accel_cmd", &[(2.0, -9.81, -9.81), (5.0, 0.0, -8.0)]);
    assert!(found.is_empty() && told.contains("imu.accel_z, control.accel_cmd may be demands"), "{told}");
    let (found, told) = table("accel_x", &[(5.0, 0.0, f64::NEG_INFINITY)]);
    assert!(found.is_empty(), "{found:?} {told}");
    // A mild brake does not hide an emergency stop two seconds later.
    let mild_then_hard = |time: f64| match time {
        t if (5.0..5.5).contains(&t) => -4.2,
        t if (7.5..8.0).contains(&t) => -9.0,
        _ => 0.0,
    };
    let rows: Vec<String> = (0..300)
        .map(|at| f64::from(at) * 0.1)
        .map(|time| format!("{time:.1},{}", mild_then_hard(time)))
        .collect();
    let rows = rows.join("\n");
    let file = folder.path().join("stop.csv");
    std::fs::write(&file, format!("time,accel_x\n{rows}")).unwrap();
    let output =
        hardcase(&["mine", file.to_str().unwrap(), "--finder", "hard_brake", "--fail-on", "severity>0.9"]);
    assert!(output.status.code() == Some(1) && text(&output.stdout).contains("9.0 m/s²"), "{output:?}");
}

#[test]
fn results_of_before_stay_and_are_those_of_their_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("tempe");
    copied("tempe", &project);
    let (place, out) = (project.to_str().unwrap(), folder.path().join("f.jsonl"));
    let args = ["mine", place, "--since-last", "-o", out.to_str().unwrap(), "--fail-on", "severity>0.3"];
    let first = hardcase(&args);
    let found = findings(&out);
    assert!(first.status.code() == Some(1) && !found.is_empty(), "{first:?}");
    // Nothing is new: the file and the failure stay.
    let again = hardcase(&args);
    assert_eq!((again.status.code(), findings(&out)), (Some(1), found.clone()), "{again:?}");
    assert!(text(&again.stdout).starts_with("0 findings, and "), "{again:?}");
    // A run that does not end is told again by the one that resumes it.
    let unwritable = folder.path().join("taken.jsonl");
    let store = project.join("mined.db");
    let once = hardcase(&["mine", place, "--finder", "late_reaction"]);
    rusqlite::Connection::open(&store).unwrap().execute("UPDATE mined SET told = 0", []).unwrap();
    let resumed = hardcase(&["mine", place, "--finder", "late_reaction"]);
    assert!(text(&resumed.stderr).contains("taken from a run that did not end"), "{resumed:?}");
    assert_eq!(text(&resumed.stdout), text(&once.stdout));
    assert!(text(&once.stdout).contains("late_reaction"), "{once:?}");
    // An output that cannot be written is refused before anything is mined.
    std::fs::create_dir(&unwritable).unwrap();
    let refused = hardcase(&["mine", place, "-o", unwritable.to_str().unwrap()]);
    assert!(refused.status.code() == Some(3) && text(&refused.stdout).is_empty(), "{refused:?}");
    // A damaged file of results is named, and --fresh gets rid of it.
    std::fs::write(&store, "no database".repeat(500)).unwrap();
    for end in ["-wal", "-shm"] {
        drop(std::fs::remove_file(project.join(format!("mined.db{end}"))));
    }
    let damaged = hardcase(&["mine", place, "--finder", "late_reaction"]);
    let told = text(&damaged.stderr);
    assert!(!damaged.status.success() && told.contains("--fresh") && told.contains("mined.db"), "{told}");
    assert!(hardcase(&["mine", place, "--finder", "late_reaction", "--fresh"]).status.success());

    // Copies of one recording have findings with their own names, and `.` has the name of its folder.
    let clip = project.join("clips/tempe_reconstruction.mcap");
    let copies = folder.path().join("copies");
    std::fs::create_dir(&copies).unwrap();
    for name in ["a.mcap", "b.mcap"] {
        std::fs::copy(&clip, copies.join(name)).unwrap();
    }
    let one = ["--finder", "late_reaction", "--finder", "late_reaction", "-o", out.to_str().unwrap()];
    let mined = hardcase(&[&["mine", copies.to_str().unwrap()], one.as_slice()].concat());
    assert!(mined.status.success(), "{mined:?}");
    let names = |name: &str| findings(&out).iter().filter(|finding| finding.clip == name).count();
    let (a, b) = (names("a.mcap"), names("b.mcap"));
    let single = hardcase(&["mine", clip.to_str().unwrap(), "--finder", "late_reaction"]);
    let wanted = text(&single.stdout).lines().filter(|line| line.contains("  late_reaction  ")).count();
    assert!(a > 0 && a == b && a == wanted, "{a} {b} {wanted} {single:?}");
}

#[test]
fn findings_become_tags_of_their_own_project() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    copied("tempe", &a);
    copied("tempe", &b);
    // The second project has the same name for a recording in which nothing happens.
    let clip = b.join("clips/tempe_reconstruction.mcap");
    let manifest = std::fs::read_to_string(b.join("hardcase.toml")).unwrap();
    std::fs::remove_file(&clip).unwrap();
    let rows: Vec<String> = (0..50).map(|at| format!("{at},1")).collect();
    let rows = rows.join("\n");
    std::fs::write(b.join("clips/calm.csv"), format!("time,speed\n{rows}")).unwrap();
    let manifest = manifest.replace("clips/tempe_reconstruction.mcap", "clips/calm.csv");
    std::fs::write(b.join("hardcase.toml"), manifest).unwrap();
    let output =
        hardcase(&["mine", a.to_str().unwrap(), b.to_str().unwrap(), "--finder", "late_reaction", "--tags"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let tags = |folder: &std::path::Path| ProjectEditor::open(folder).unwrap().project().tags.len();
    assert!(tags(&a) > 0 && tags(&b) == 0, "{} {} {}", tags(&a), tags(&b), text(&output.stderr));
}

#[test]
fn arguments_that_ask_for_nothing_are_refused() {
    let tempe = sample("tempe");
    let place = tempe.to_str().unwrap();
    for args in [
        ["subsample", place, "-n", "0"],
        ["subsample", place, "--enough", "nan"],
        ["subsample", place, "--radius", "nan"],
        ["coverage", place, "--factor", "a=b|b"],
    ] {
        let refused = hardcase(&args);
        assert_eq!(refused.status.code(), Some(2), "{args:?} {}", text(&refused.stderr));
    }
    for (question, part) in [
        ("any(track.class(\"persn\"))", "no class \"persn\", did you mean \"person\"?"),
        ("ego.near(\"trcuk\", 5)", "no class \"trcuk\""),
        ("tag(\"nihgt\")", "no tag \"nihgt\", did you mean \"night\"?"),
    ] {
        let told = text(&hardcase(&["mine", place, "--ask", question]).stderr);
        assert!(told.contains(part), "{question}: {told}");
    }
    let told = text(&hardcase(&["mine", place, "--ask", "any(track.class(\"person\"))"]).stderr);
    assert!(!told.contains("no class"), "{told}");
}

/// Shards of mining merge into what one machine writes, to the byte, for any number of them; what is missing or of another run
/// is refused.
#[test]
fn shards_of_recordings_merge_into_the_findings_of_one_machine() {
    let folder = tempfile::tempdir().unwrap();
    let drives = folder.path().join("drives");
    std::fs::create_dir(&drives).unwrap();
    let recording = sample("tempe").join("clips/tempe_reconstruction.mcap");
    for name in ["a", "b", "c", "d", "e"] {
        std::fs::copy(&recording, drives.join(format!("{name}.mcap"))).unwrap();
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let drives = drives.to_str().unwrap();
    let run = |args: &[&str]| {
        let output = hardcase(args);
        (output.status.code().unwrap(), text(&output.stderr))
    };
    let asked = ["--finder", "hard_brake", "--finder", "class_flip"];
    for ending in ["jsonl", "parquet", "csv"] {
        assert_eq!(
            run(&[&["mine", drives, "-o", &path(&format!("whole.{ending}"))][..], &asked].concat()).0,
            0
        );
    }
    for count in [1_usize, 2, 3, 7] {
        let mut parts = Vec::new();
        for shard in 1..=count {
            let part = path(&format!("{count}_{shard}.jsonl"));
            let share = format!("{shard}/{count}");
            let (code, problem) =
                run(&[&["mine", drives, "-o", &part, "--shard", &share][..], &asked].concat());
            assert_eq!(code, 0, "{problem}");
            parts.insert(0, part);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        for ending in ["jsonl", "parquet", "csv"] {
            let all = path(&format!("all_{count}.{ending}"));
            let (code, problem) = run(&[&["merge"], &parts[..], &["-o", &all]].concat());
            assert_eq!(code, 0, "{problem}");
            let whole = std::fs::read(path(&format!("whole.{ending}"))).unwrap();
            assert!(std::fs::read(&all).unwrap() == whole, "{count} shards, {ending}");
        }
    }
    assert!(!findings(std::path::Path::new(&path("whole.jsonl"))).is_empty());
    let all = path("refused.jsonl");
    let (code, problem) = run(&["merge", &path("3_1.jsonl"), &path("3_3.jsonl"), "-o", &all]);
    assert!(code == 2 && problem.contains("of 3 shards these are missing: 2"), "{problem}");
    let args = ["merge", &path("3_1.jsonl"), &path("3_3.jsonl"), "-o", &all, "--allow-missing"];
    assert_eq!(run(&args).0, 0);
    let (code, problem) = run(&["merge", &path("3_1.jsonl"), &path("2_2.jsonl"), "-o", &all]);
    assert!(code == 2 && problem.contains("are of other runs"), "{problem}");
    let (code, problem) =
        run(&["merge", &path("2_1.jsonl"), &path("2_1.jsonl"), &path("2_2.jsonl"), "-o", &all]);
    assert!(code == 2 && problem.contains("are both shard 1"), "{problem}");
    std::fs::write(path("2_1.jsonl"), "").unwrap();
    let (code, problem) = run(&["merge", &path("2_1.jsonl"), &path("2_2.jsonl"), "-o", &all]);
    assert!(code == 2 && problem.contains("is not what its shard wrote"), "{problem}");
    let (code, problem) = run(&["mine", drives, "-o", &path("x.parquet"), "--shard", "1/2"]);
    assert!(code == 2 && problem.contains("are written to a .jsonl file"), "{problem}");
}
