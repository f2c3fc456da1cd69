//! Anything against anything: channels of a recording as ground truth and predictions, from the command line.
#![expect(clippy::unwrap_used, clippy::float_cmp, reason = "helpers of tests; values are exact")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::stack::{START, Stack, recording, written};
use hardcase::base::progress::Progress;
use hardcase::base::time::Span;
use hardcase::clips::open;
use hardcase::data::clip::{ChannelKind, Sample};
use serde_json::{Value, json};

struct Bag {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn bag(stack: Stack) -> Bag {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.mcap");
    std::fs::write(&path, recording(stack)).unwrap();
    Bag { _folder: folder, path }
}

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON of an evaluation of two channels.
fn evaluated(bag: &Bag, more: &[&str]) -> (Value, String) {
    let args =
        ["evaluate", text(&bag.path), "--truth", "/ground_truth", "--predictions", "/objects", "--json", "-"];
    let output = hardcase(&[&args[..], more].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    (serde_json::from_slice(&output.stdout).unwrap(), stderr(&output))
}

#[test]
fn two_channels_of_a_drive_are_compared_with_ego_motion_undone() {
    let bag = bag(Stack::Repaired);
    let (found, said) = evaluated(&bag, &[]);
    // 10 Hz against 20 Hz: each detection counts at the stamp 10 ms before and, within 50 ms, at the one 40 ms after.
    assert!(said.contains("stamps differ by up to 40.0 ms"), "{said}");
    assert_eq!(found["samples"], 400, "{found:#}");
    // Everything is found although the vehicle drives 15 m/s between the frames: 0.1 m of lateral offset at most.
    let outcomes = &found["outcomes"];
    assert_eq!(outcomes["missed"].as_u64().unwrap_or(0), 0, "{outcomes}");
    assert_eq!(outcomes["nothing there"].as_u64().unwrap_or(0), 0, "{outcomes}");
    let (tight, said) = evaluated(&bag, &["--tolerance", "0.02"]);
    assert_eq!(tight["samples"], 200, "{tight:#}");
    assert!(said.contains("200 samples with ground truth but without a prediction"), "{said}");
}

#[test]
fn a_faulty_stack_shows_its_confusion_and_its_lost_object() {
    let (found, _) = evaluated(&bag(Stack::Faulty), &["--tolerance", "0.02"]);
    let outcomes = &found["outcomes"];
    assert_eq!(outcomes["missed"].as_u64(), Some(10), "the parked car for a second: {outcomes}");
    assert_eq!(outcomes["wrong class"].as_u64(), Some(20), "the pedestrian as a bicycle: {outcomes}");
    // The parked car is six meters beside the road.
    let (near, _) = evaluated(&bag(Stack::Faulty), &["--tolerance", "0.02", "--roi", "5.5"]);
    assert!(near["outcomes"]["missed"].as_u64().unwrap_or(0) <= 1, "far objects do not count: {near:#}");
}

#[test]
fn tracks_of_both_sides_are_compared_where_they_have_ids() {
    let args = ["--tolerance", "0.02"];
    let (found, _) = evaluated(&bag(Stack::Repaired), &args);
    let all = &found["tracking"]["all"];
    let number = |name: &str| all[name].as_f64().unwrap();
    assert_eq!(
        (number("IDF1"), number("MOTA"), number("IDSW"), number("FN")),
        (1.0, 1.0, 0.0, 0.0),
        "{all:#}"
    );
    assert!(number("HOTA") > 0.9, "{all:#}");
    let (found, _) = evaluated(&bag(Stack::Faulty), &args);
    let classes = &found["tracking"]["classes"];
    // The parked car is lost once and found again under its id, the pedestrian is another thing while it is a bicycle.
    assert_eq!(
        (classes["car"]["Frag"].as_u64(), classes["car"]["IDSW"].as_u64()),
        (Some(1), Some(0)),
        "{classes:#}"
    );
    assert_eq!(classes["pedestrian"]["FN"].as_u64(), Some(20), "{classes:#}");
    assert_eq!(classes["bicycle"]["FP"].as_u64(), Some(20), "{classes:#}");
}

#[test]
fn signals_are_compared_with_signals() {
    let bag = bag(Stack::Faulty);
    let args =
        ["evaluate", text(&bag.path), "--truth", "/vehicle.speed", "--predictions", "/control.acceleration"];
    let output = hardcase(&[&args[..], &["--json", "-"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["samples"], 200, "{found:#}");
}

#[test]
fn what_cannot_be_compared_is_said_with_what_can() {
    let bag = bag(Stack::Faulty);
    let check = |args: &[&str], code: i32, expected: &str| {
        let output = hardcase(&[&["evaluate", text(&bag.path)][..], args].concat());
        let said = stderr(&output);
        assert!(output.status.code() == Some(code) && said.contains(expected), "{args:?}: {said}");
    };
    check(&["--predictions", "/objects"], 2, "--truth CHANNEL");
    check(&["--truth", "/groundtruth", "--predictions", "/objects"], 2, "did you mean \"/ground_truth\"?");
    check(&["--truth", "/plan", "--predictions", "/objects"], 3, "holds paths");
}

/// The first sample of the only channel of a recording of one message.
fn read(schema: &str, message: Value) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.mcap");
    std::fs::write(&path, written(&[(START, "/topic", schema, message)])).unwrap();
    let clip = open(&path).unwrap();
    clip.index(&Progress::default()).unwrap();
    let id = clip.info().channel_named("/topic").unwrap();
    assert_ne!(clip.info().channel(id).unwrap().kind, ChannelKind::Other, "{schema}");
    clip.read(id, 0).unwrap()
}

#[test]
fn objects_of_autoware_have_their_class_score_velocity_and_id() {
    // Turned a quarter to the left: what is ahead of the object is to the left in the frame.
    let pose = json!({ "position": { "x": 1.0, "y": 2.0, "z": 3.0 },
        "orientation": { "x": 0.0, "y": 0.0, "z": 0.5_f64.sqrt(), "w": 0.5_f64.sqrt() } });
    let object = |kinematics: Value| {
        json!({ "header": { "frame_id": "map" }, "objects": [{
            "object_id": { "uuid": (1..=16).collect::<Vec<u8>>() }, "existence_probability": 0.8,
            "classification": [{ "label": 1, "probability": 0.2 }, { "label": 7, "probability": 0.7 }],
            "kinematics": kinematics,
            "shape": { "type": 0, "footprint": { "points": [] }, "dimensions": { "x": 4.0, "y": 2.0, "z": 1.5 } } }] })
    };
    let twist = json!({ "twist": { "linear": { "x": 5.0, "y": 0.0, "z": 0.0 } } });
    let tracked = object(json!({ "pose_with_covariance": { "pose": pose }, "twist_with_covariance": twist }));
    let predicted = object(
        json!({ "initial_pose_with_covariance": { "pose": pose }, "initial_twist_with_covariance": twist }),
    );
    for (schema, message) in [
        ("autoware_perception_msgs/msg/TrackedObjects", &tracked),
        ("autoware_auto_perception_msgs/msg/TrackedObjects", &tracked),
        ("autoware_perception_msgs/msg/PredictedObjects", &predicted),
    ] {
        let Sample::Cuboids(found) = read(schema, message.clone()) else { panic!("{schema}") };
        let one = &found[0];
        assert_eq!((one.class.as_str(), one.score, one.frame.as_str()), ("pedestrian", Some(0.8), "map"));
        assert_eq!(one.id, "0102030405060708090a0b0c0d0e0f10");
        assert_eq!(one.size.to_array(), [4.0, 2.0, 1.5]);
        let velocity = one.velocity.unwrap();
        assert!(velocity.x.abs() < 1e-9 && (velocity.y - 5.0).abs() < 1e-9, "{velocity}");
    }
    let still = json!({ "pose_with_covariance": { "pose": pose }, "twist_with_covariance": twist, "has_twist": false });
    let Sample::Cuboids(found) = read("autoware_perception_msgs/msg/DetectedObjects", object(still)) else {
        panic!()
    };
    assert_eq!(found[0].velocity, None);
}

#[test]
fn objects_of_radars_and_plans_are_read() {
    let message = json!({ "header": { "frame_id": "base_link" }, "objects": [{
        "header": { "frame_id": "" }, "id": 42, "detection_level": 1, "classification": 5, "classification_certainty": 51,
        "pose": { "position": { "x": 9.0, "y": 0.0, "z": 0.0 }, "orientation": { "x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0 } },
        "twist": { "linear": { "x": -3.0, "y": 0.0, "z": 0.0 } }, "shape": { "type": 1, "dimensions": [1.8, 0.6, 1.7] } }] });
    let Sample::Cuboids(found) = read("derived_object_msgs/msg/ObjectArray", message) else { panic!() };
    let one = &found[0];
    assert_eq!((one.class.as_str(), one.id.as_str(), one.score), ("bike", "42", Some(0.2)));
    assert_eq!((one.velocity.unwrap().x, one.size.to_array()), (-3.0, [1.8, 0.6, 1.7]));
    let pose = |x: f64| json!({ "position": { "x": x, "y": 0.0, "z": 0.0 }, "orientation": { "x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0 } });
    let stamped =
        |x: f64, sec: i64| json!({ "header": { "stamp": { "sec": sec, "nanosec": 0 } }, "pose": pose(x) });
    let path = json!({ "header": { "frame_id": "map", "stamp": { "sec": 100, "nanosec": 0 } },
        "poses": [stamped(0.0, 100), stamped(5.0, 101), stamped(10.0, 102)] });
    let Sample::Path(path) = read("nav_msgs/msg/Path", path) else { panic!() };
    assert_eq!(
        (path.frame.as_str(), path.points.len(), path.points[2].after),
        ("map", 3, Some(Span(2_000_000_000)))
    );
    assert_eq!(path.seconds(), Some(vec![0.0, 1.0, 2.0]));
}
