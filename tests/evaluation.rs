//! Measuring a model on a project: truths from labels, tags and signals, answers kept over a restart, slices, bad input.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use common::{app, copied, send};
use hardcase::app::command::Command;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::data::geometry::shape::{Block, Shape};
use hardcase::data::labels::label::Label;
use hardcase::data::prediction::Prediction;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
use serde_json::Value;

fn evaluate(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Process::new(env!("CARGO_BIN_EXE_hardcase")).arg("evaluate").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn document(arguments: &[&str]) -> Value {
    let (code, out, err) = evaluate(&[arguments, &["--json", "-"]].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// Rows of the store, and how many keys of models they have.
fn kept(folder: &Path) -> (i64, i64) {
    let store = rusqlite::Connection::open(folder.join("answers.db")).unwrap();
    store
        .query_row("SELECT count(*), count(DISTINCT model) FROM answers", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap()
}

#[test]
fn a_classifier_is_measured_and_asked_only_once() {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let project = folder.path().to_str().unwrap();
    let arguments = [project, "--signal", "class=state", "--by", "class"];
    let first = document(&arguments);
    assert_eq!(first["samples"], 80);
    assert_eq!(first["classification"]["accuracy"]["share"], 1.0);
    assert_eq!(kept(folder.path()), (80, 1));
    assert_eq!(first["latency"]["answers"], 80);
    assert_eq!(document(&arguments)["latency"], Value::Null, "nothing was asked again");
    // What stands in the store is what counts: a changed answer changes the result.
    let store = rusqlite::Connection::open(folder.path().join("answers.db")).unwrap();
    let wrong = r#"{"task":"classes","top":[{"class":"nonsense","score":0.9}]}"#;
    let wrong = zstd::encode_all(wrong.as_bytes(), 1).unwrap();
    store.execute("UPDATE answers SET answer = ?1 WHERE frame = 3", [wrong]).unwrap();
    drop(store);
    assert_eq!(document(&arguments)["classification"]["accuracy"]["of"], 80);
    assert_eq!(document(&arguments)["classification"]["accuracy"]["share"], 79.0 / 80.0);
    // Another card is another model, and another recording has no answers.
    let card = folder.path().join("models/traffic_light_state.card.toml");
    let text = fs::read_to_string(&card).unwrap();
    fs::write(&card, format!("threshold = 0.11\n{text}")).unwrap();
    assert_eq!(document(&arguments)["classification"]["accuracy"]["share"], 1.0);
    assert_eq!(kept(folder.path()), (160, 2));
}

/// Predictions belong to the bytes of a recording, not to its path or time of writing.
#[test]
fn answers_belong_to_what_a_recording_holds() {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let arguments = [folder.path().to_str().unwrap(), "--signal", "class=state"];
    document(&arguments);
    let recording = fs::read_dir(folder.path().join("clips")).unwrap().next().unwrap().unwrap().path();
    let picture = |path: &Path| -> Option<std::path::PathBuf> {
        let all = fs::read_dir(path).ok()?.map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|kind| kind == "jpg" || kind == "png")).min()
    };
    let picture = picture(&recording).unwrap_or(recording);
    let bytes = fs::read(&picture).unwrap();
    fs::write(&picture, &bytes).unwrap();
    assert_eq!(document(&arguments)["latency"], Value::Null, "the same bytes at another time");
    // The last byte is changed and the time is not.
    let time = fs::metadata(&picture).unwrap().modified().unwrap();
    let mut changed = bytes;
    changed.push(0);
    fs::write(&picture, changed).unwrap();
    fs::File::options().write(true).open(&picture).unwrap().set_modified(time).unwrap();
    assert_eq!(document(&arguments)["latency"]["answers"], 80, "other bytes");
}

#[test]
fn answers_are_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let project = folder.path().to_owned();
    {
        let mut app = app(&folder.path().join("home"));
        send(&mut app, Command::Open(OpenCommand::Paths(vec![project.clone()])));
        send(&mut app, Command::Model(ModelCommand::PredictAll));
        assert_eq!(app.open.models.num_answers(app.open.playback.camera.unwrap()), 80);
    }
    assert_eq!(kept(&project), (80, 1));
    let store = rusqlite::Connection::open(project.join("answers.db")).unwrap();
    let marked = zstd::encode_all(
        r#"{"task":"classes","top":[{"class":"from the store","score":0.5}]}"#.as_bytes(),
        1,
    );
    store.execute("UPDATE answers SET answer = ?1 WHERE frame = 7", [marked.unwrap()]).unwrap();
    drop(store);
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![project.clone()])));
    send(&mut app, Command::Model(ModelCommand::PredictAll));
    let answer = |app: &hardcase::app::App| {
        app.open
            .models
            .answer(app.open.playback.camera.unwrap(), 7)
            .and_then(|a| Some(a.best()?.0.to_owned()))
    };
    assert_eq!(answer(&app).as_deref(), Some("from the store"));
    // A corrected card asks again.
    let card = app.open.models.loaded.as_ref().unwrap().card.clone();
    let card = hardcase::inference::card::ModelCard { threshold: 0.2, ..card };
    send(&mut app, Command::Model(ModelCommand::SetCard(Box::new(card))));
    send(&mut app, Command::Model(ModelCommand::PredictAll));
    assert!(["red", "yellow", "green"].contains(&answer(&app).unwrap().as_str()));
}

/// Labels made of the detector's own answers with known mistakes: what is counted is exactly these.
#[test]
fn a_detector_of_points_is_measured_with_known_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    copied("lidar", folder.path());
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![folder.path().to_owned()])));
    send(&mut app, Command::Model(ModelCommand::PredictAll));
    let (clip, channel) = app.open.current_camera().unwrap();
    let threshold = app.open.models.loaded.as_ref().unwrap().card.threshold;
    let mut edits = Vec::new();
    let mut id = 1;
    let mut label = |frame: usize, class: &str, center: [f32; 3], size: [f32; 3], yaw: f32| {
        let block = Block::upright(center.map(f64::from), size.map(f64::from), f64::from(yaw));
        let shape = Shape::Cuboid(Box::new(block));
        edits.push(Edit::AddLabel(Label::new(id, clip.as_str(), channel.as_str(), frame, class, shape)));
        id += 1;
    };
    let (mut expected, mut answers) = (0, 0);
    for frame in 0..6 {
        let answer = app.open.models.answer(app.open.playback.camera.unwrap(), frame).unwrap();
        let Prediction::Objects { objects } = &**answer else { panic!("a detector answers with objects") };
        let seen: Vec<_> = objects.iter().filter(|object| object.score >= threshold).collect();
        answers += seen.len();
        for (at, object) in seen.iter().enumerate() {
            let solid = object.solid.unwrap();
            // On each scan one answer has no object, and one object is called by another word.
            match at {
                0 => {}
                1 => label(frame, "zeppelin", solid.center, solid.size, solid.yaw),
                _ => {
                    expected += 1;
                    label(frame, &object.class.to_uppercase(), solid.center, solid.size, solid.yaw);
                }
            }
        }
        // And one object is where nothing was seen.
        label(frame, "car", [500.0, 500.0, 0.0], [4.0, 2.0, 1.5], 0.0);
    }
    drop(app);
    let mut editor = ProjectEditor::open(folder.path()).unwrap();
    editor.commit("Labels", Edit::Group(edits)).unwrap();
    drop(editor);
    let project = folder.path().to_str().unwrap();
    let (code, out, err) = evaluate(&[project, "--by", "distance", "--by", "tag"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("no class \"zeppelin\", 6 labels") && err.contains("24 samples without ground truth"),
        "{err}"
    );
    assert!(
        out.contains("by distance") && out.contains("untagged") && out.contains("90 m and more"),
        "{out}"
    );
    let found = document(&[project]);
    assert_eq!(found["samples"], 6);
    assert_eq!(found["outcomes"]["right"], expected);
    assert_eq!(found["outcomes"]["missed"], 6);
    let wrong: u64 =
        ["wrong class", "badly placed", "wrong class, badly placed", "duplicate", "nothing there"]
            .iter()
            .map(|name| found["outcomes"][*name].as_u64().unwrap())
            .sum();
    assert_eq!(wrong as usize, answers - expected);
    // Where the labels are the model's own answers, every center that is there is found but for the far ones.
    for class in found["centers"].as_array().unwrap() {
        let (objects, mean) = (class["objects"].as_u64().unwrap(), class["mean"].as_f64().unwrap());
        assert!(objects > 0 && mean > 0.3 && class["distance"].as_f64().unwrap() < 0.3, "{class}");
    }
    // The stranger's word can be explained.
    let explained = document(&[project, "--class", "car=zeppelin"]);
    assert!(explained["outcomes"]["right"].as_u64() >= found["outcomes"]["right"].as_u64());
}

#[test]
fn what_cannot_be_measured_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    copied("lidar", folder.path());
    let project = folder.path().to_str().unwrap();
    let broken = folder.path().join("broken.json");
    fs::write(&broken, "{\"images\": [").unwrap();
    let broken = broken.to_str().unwrap();
    for (arguments, code, wanted) in [
        (vec![project], 3, "no objects are labeled"),
        (vec![], 2, "nothing to evaluate"),
        (vec!["/nowhere"], 2, "/nowhere does not exist"),
        (vec![project, "--by", "mood >"], 2, "known slices are tag, class"),
        (vec![project, "--class", "car"], 2, "does not have the form NAME=NAME"),
        (vec![project, "--clip", "other"], 3, "no recording \"other\""),
        (vec!["--truth", broken, "--predictions", broken], 3, "not COCO labels"),
        (vec![project, "--model", broken], 3, "not an ONNX model"),
    ] {
        let (found, out, err) = evaluate(&arguments);
        assert_eq!((found, out.as_str()), (code, ""), "{arguments:?}: {err}");
        assert!(err.contains(wanted) && !err.contains("panicked"), "{arguments:?}: {err}");
    }
}

#[test]
fn tags_name_the_class_of_their_picture() {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![folder.path().to_owned()])));
    // The first tag type of the sample is "red"; the first four pictures get it, right or wrong.
    for frame in 0..4 {
        send(&mut app, Command::Play(PlayCommand::SeekFrame(frame)));
        send(&mut app, Command::Label(LabelCommand::Point(0)));
    }
    drop(app);
    let found = document(&[folder.path().to_str().unwrap()]);
    assert_eq!((&found["samples"], &found["unlabeled"]), (&Value::from(4), &Value::from(76)));
    let accuracy = found["classification"]["accuracy"]["share"].as_f64().unwrap();
    assert!(accuracy > 0.0 && accuracy < 1.0, "{accuracy}");
}

/// A card with colors the wrong way round and numbers of another range: the right preparation is found and named.
#[test]
fn the_preparation_that_a_model_was_trained_with_is_found() {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let card = folder.path().join("models/traffic_light_state.card.toml");
    let right: toml::Table = fs::read_to_string(&card).unwrap().parse().unwrap();
    let mut wrong = right.clone();
    let input = wrong["input"].as_table_mut().unwrap();
    input.insert("colors".to_owned(), "BGR".into());
    input.insert("mean".to_owned(), toml::Value::Array(vec![0.0.into(), 0.0.into(), 0.0.into()]));
    input.insert("std".to_owned(), toml::Value::Array(vec![1.0.into(), 1.0.into(), 1.0.into()]));
    fs::write(&card, wrong.to_string()).unwrap();
    let project = folder.path().to_str().unwrap();
    let (code, out, err) = evaluate(&[project, "--signal", "class=state", "--preprocessing"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("another preprocessing suits the model better") && out.contains("current card"),
        "{out}"
    );
    let found = document(&[project, "--signal", "class=state", "--preprocessing"]);
    let rows = found.as_array().unwrap();
    let best = &rows[0];
    assert_eq!(
        (&best["score"], &best["input"]["colors"]),
        (&Value::from(1.0), &Value::from("RGB")),
        "{best}"
    );
    let now = rows.iter().find(|row| row["current"] == true).unwrap();
    assert!(now["score"].as_f64().unwrap() < 0.9, "{now}");
    assert!(!folder.path().join("answers.db").exists(), "what was only tried is not kept");
}
