//! Looking at what was measured: questions, maps, neighbors, two models, answers of others, keeping and exporting.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;

use common::{app, copied, send, try_send};
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::evaluate::{ItemFilter, Order, View};
use hardcase::app::label::command::LabelCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::base::progress::Progress;
use hardcase::base::time::Time;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::Value as LabelValue;
use hardcase::data::prediction::Prediction;
use hardcase::evaluation::comparison::Which;
use hardcase::evaluation::intervals::bootstrap;
use hardcase::evaluation::query::Query;
use hardcase::evaluation::samples::{Evaluation, Fact, Sample};
use hardcase::metrics::detection_errors::{Object, Outcome};
use serde_json::Value;

fn measure(app: &mut App, command: EvaluateCommand) {
    send(app, Command::Evaluate(command));
}

/// The lights, measured against what was recorded; `wrong` pictures are said to show something else.
fn measured(folder: &Path, wrong: &[usize]) -> App {
    copied("traffic_lights", folder);
    let mut app = app(&folder.join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![folder.to_owned()])));
    for frame in wrong {
        send(&mut app, Command::Play(PlayCommand::SeekFrame(*frame)));
        send(&mut app, Command::Label(LabelCommand::Class("yellow".to_owned())));
        send(&mut app, Command::Label(LabelCommand::Draw(Shape::Whole)));
    }
    let signal = EvaluateCommand::Signal { number: "class".to_owned(), signal: Some("state".to_owned()) };
    measure(&mut app, signal);
    app
}

fn asked(app: &mut App, query: &str) -> Vec<usize> {
    measure(app, EvaluateCommand::Show(ItemFilter { query: query.to_owned(), ..ItemFilter::default() }));
    assert_eq!(app.open.evaluate.query_problem, None, "{query}");
    let result = app.open.evaluate.result.clone().unwrap();
    let frame = |at: &usize| result.evaluation.samples[result.evaluation.items[*at].sample].frame;
    let mut frames: Vec<usize> = app.open.evaluate.shown.iter().map(frame).collect();
    frames.sort_unstable();
    frames
}

#[test]
fn questions_find_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[6, 20]);
    // Tagged moments are asked about like everything else.
    measure(&mut app, EvaluateCommand::Tag("night".to_owned()));
    measure(&mut app, EvaluateCommand::Run);
    assert_eq!(asked(&mut app, "tag(\"night\") and outcome != \"right\""), [6, 20]);
    assert_eq!(asked(&mut app, "outcome != \"right\" and not tag(\"night\")"), [0; 0]);
    assert_eq!(asked(&mut app, "outcome != \"right\""), [6, 20]);
    // Names of today and of earlier.
    assert_eq!(asked(&mut app, "outcome != \"correct\""), [6, 20]);
    assert_eq!(asked(&mut app, "outcome != \"correct\" and prediction == answer"), [6, 20]);
    assert_eq!(asked(&mut app, "outcome == \"wrong class\" and frame > 10"), [20]);
    assert_eq!(asked(&mut app, "truth == \"yellow\" and answer != \"yellow\""), [6, 20]);
    assert_eq!(asked(&mut app, "state == 0 and not (frame < 5) and frame <= 7").len(), {
        let all = asked(&mut app, "frame >= 5 and frame <= 7 and signal(\"state\") == 0");
        all.len()
    });
    assert_eq!(asked(&mut app, "score >= 0 and seconds >= 0 and hour < 24").len(), 80);
    let problem = |app: &mut App, query: &str| {
        measure(app, EvaluateCommand::Show(ItemFilter { query: query.to_owned(), ..ItemFilter::default() }));
        app.open.evaluate.query_problem.clone().unwrap()
    };
    assert!(problem(&mut app, "spede > 3").contains("unknown field or signal \"spede\""));
    assert!(problem(&mut app, "score >").contains("ends where a value is expected"));
    assert!(problem(&mut app, "score + 1").contains("expected true or false, found"));
    assert!(problem(&mut app, "area > 3").contains("no box"), "classes have none");
    // A question under a name is there after a restart.
    let view =
        View { name: "late mistakes".to_owned(), query: "outcome != \"right\" and frame > 10".to_owned() };
    measure(&mut app, EvaluateCommand::SaveView(view.clone()));
    drop(app);
    let mut again = common::app(&folder.path().join("home"));
    send(&mut again, Command::Open(OpenCommand::Paths(vec![folder.path().to_owned()])));
    assert_eq!(again.views(), [view]);
    measure(&mut again, EvaluateCommand::ForgetView("late mistakes".to_owned()));
    assert!(again.views().is_empty());
}

#[test]
fn the_data_is_cut_by_anything_that_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[6, 20]);
    measure(&mut app, EvaluateCommand::Slices("frame >= 40".to_owned()));
    let parts = app.open.evaluate.asked.clone().unwrap().1.unwrap();
    let names: BTreeSet<_> = parts.iter().map(|part| (part.name.as_str(), part.recall.of)).collect();
    assert_eq!(names, BTreeSet::from([("false", 40), ("true", 40)]));
    let worse = &parts[0];
    assert_eq!((worse.name.as_str(), worse.recall.hits), ("false", 38), "the worst part is the first");
    measure(&mut app, EvaluateCommand::Slices("frame".to_owned()));
    let parts = app.open.evaluate.asked.clone().unwrap().1.unwrap();
    assert_eq!(parts.len(), 5);
    assert!(parts.iter().all(|part| part.recall.of == 16), "{parts:?}");
}

#[test]
fn a_map_puts_what_is_alike_together_and_chooses_what_is_like_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[6]);
    measure(&mut app, EvaluateCommand::Map(None));
    let result = app.open.evaluate.result.clone().unwrap();
    let map = app.open.evaluate.map.result.clone().unwrap();
    assert_eq!((map.items.len(), map.near.len(), map.wide.len()), (80, 80, 80));
    assert!(map.layers.len() > 3 && map.layers[map.layer].length >= 8, "{:?}", map.layers);
    // What the model sees decides who is near, not what a person said.
    let seen = |at: usize| result.evaluation.items[at].answer.clone();
    let mut together = 0;
    for (at, place) in map.near.iter().enumerate() {
        let far = |other: usize| (map.near[other][0] - place[0]).hypot(map.near[other][1] - place[1]);
        let near = (0..80).filter(|other| *other != at).min_by(|a, b| far(*a).total_cmp(&far(*b))).unwrap();
        together += usize::from(seen(map.items[at]) == seen(map.items[near]));
    }
    assert!(together >= 72, "{together} of 80 lie beside their like");
    let mistake = (0..80).find(|at| result.evaluation.items[*at].outcome != Outcome::Right).unwrap();
    assert!(map.surprise[mistake].is_some_and(|surprise| surprise > 0.0));
    measure(&mut app, EvaluateCommand::Like(mistake));
    assert_eq!(app.open.evaluate.shown[0], mistake, "nothing is more like it than itself");
    assert_eq!(app.open.evaluate.filter.order, Order::Likeness);
    let like: Vec<String> = app.open.evaluate.shown.iter().take(6).map(|at| seen(*at)).collect();
    assert!(like.iter().all(|answer| *answer == like[0]), "{like:?}");
    // Another layer makes another map; a choice on it is a filter.
    let other = map.layers[0].name.clone();
    measure(&mut app, EvaluateCommand::Map(Some(other.clone())));
    let again = app.open.evaluate.map.result.clone().unwrap();
    assert_eq!(again.layers[again.layer].name, other);
    let only = Some(Arc::new(BTreeSet::from([3, 9])));
    measure(
        &mut app,
        EvaluateCommand::Show(ItemFilter { only, order: Order::Time, ..ItemFilter::default() }),
    );
    assert_eq!(app.open.evaluate.shown, [3, 9]);
}

/// Answers of a made-up model: right about all but these frames.
fn answers(folder: &Path, app: &App, wrong: &[usize]) -> PathBuf {
    let result = app.open.evaluate.result.clone().unwrap();
    let mut text = "clip,channel,frame,class,score\n".to_owned();
    for item in &result.evaluation.items {
        let sample = &result.evaluation.samples[item.sample];
        let truth = item.truth.as_str();
        let said = match (wrong.contains(&sample.frame), truth) {
            (true, "red") => "green",
            (true, _) => "red",
            (false, truth) => truth,
        };
        writeln!(text, "{},{},{},{said},0.9", sample.clip, sample.channel, sample.frame).unwrap();
        writeln!(text, "{},{},{},other,0.1", sample.clip, sample.channel, sample.frame).unwrap();
    }
    let path = folder.join("others.csv");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn two_models_are_compared_where_only_one_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[6, 20]);
    // Right about 6 and 20, wrong about 30 to 40.
    let wrong: Vec<usize> = (30..40).collect();
    let other = answers(folder.path(), &app, &wrong);
    measure(&mut app, EvaluateCommand::Compare(other));
    let found = app.open.evaluate.comparison.clone().unwrap().found.clone();
    assert_eq!((found.all.both, found.all.first, found.all.second, found.all.neither), (68, 10, 2, 0));
    assert!((found.all.p_value() - 0.038_574).abs() < 1e-5, "{}", found.all.p_value());
    measure(
        &mut app,
        EvaluateCommand::Show(ItemFilter { compared: Some(Which::Second), ..ItemFilter::default() }),
    );
    let result = app.open.evaluate.result.clone().unwrap();
    let frames: BTreeSet<usize> = app
        .open
        .evaluate
        .shown
        .iter()
        .map(|at| result.evaluation.samples[result.evaluation.items[*at].sample].frame)
        .collect();
    assert_eq!(frames, BTreeSet::from([6, 20]));
    assert_eq!(found.samples.len(), 12, "samples on which they do not agree");
    let project = folder.path().to_str().unwrap();
    let other = folder.path().join("others.csv");
    let output = Process::new(env!("CARGO_BIN_EXE_hardcase"))
        .args(["evaluate", project, "--signal", "class=state", "--against", other.to_str().unwrap()])
        .args(["--by", "frame >= 40", "--list", "outcome != \"right\"", "--json", "-"])
        .output()
        .unwrap();
    let strange = Process::new(env!("CARGO_BIN_EXE_hardcase"))
        .args(["evaluate", project, "--signal", "class=state", "--by", "mood"])
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&strange.stderr);
    assert!(strange.status.code() == Some(2) && err.contains("signal \"mood\""), "{err}");
    let err = String::from_utf8_lossy(&output.stderr);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{err}"));
    assert_eq!(
        (&found["comparison"]["all"]["first"], &found["comparison"]["all"]["second"]),
        (&10.into(), &2.into())
    );
    assert_eq!(found["listed"].as_array().unwrap().len(), 2);
    assert_eq!(found["slices"]["frame >= 40"].as_array().unwrap().len(), 2);
}

#[test]
fn answers_of_others_are_measured_without_their_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[]);
    let path = answers(folder.path(), &app, &[1, 2, 3, 4]);
    send(&mut app, Command::Model(ModelCommand::Unload));
    measure(&mut app, EvaluateCommand::Import(path.clone()));
    let result = app.open.evaluate.result.clone().unwrap();
    assert_eq!((result.model.as_str(), result.evaluation.samples.len()), ("others", 80));
    assert_eq!(result.outcomes[&Outcome::Right], 76);
    let run = |arguments: &[&str]| {
        let mut command = Process::new(env!("CARGO_BIN_EXE_hardcase"));
        let output = command
            .arg("evaluate")
            .arg(folder.path())
            .args(["--signal", "class=state"])
            .args(arguments)
            .output();
        let output = output.unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (found, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // What `hardcase predict` writes comes in again, in each of its forms.
    for ending in ["jsonl", "csv", "parquet"] {
        let written = folder.path().join(format!("own.{ending}"));
        let project = folder.path().to_str().unwrap();
        let mut command = Process::new(env!("CARGO_BIN_EXE_hardcase"));
        let output = command.args(["predict", project, "-o", written.to_str().unwrap()]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (found, err) = run(&["--predictions", written.to_str().unwrap(), "--json", "-"]);
        assert_eq!(found["classification"]["accuracy"]["share"], 1.0, "{ending}: {err}");
    }
    // Rows of probabilities, one a picture: the classes are called by their position.
    let states = ["red", "yellow", "green"];
    let mut text = String::new();
    for item in &result.evaluation.items {
        let at = states.iter().position(|state| *state == item.truth).unwrap();
        let row: Vec<String> = (0..3).map(|i| if i == at { "0.8" } else { "0.1" }.to_owned()).collect();
        writeln!(text, "{at} {}", row.join(" ")).unwrap();
    }
    let rows = folder.path().join("rows.txt");
    fs::write(&rows, text).unwrap();
    let named = ["--class", "0=red", "--class", "1=yellow", "--class", "2=green"];
    let arguments = [&["--predictions", rows.to_str().unwrap(), "--json", "-"][..], &named].concat();
    let (found, err) = run(&arguments);
    assert!(found["classification"]["accuracy"]["of"].as_u64().unwrap() > 0, "{err}");
    assert_eq!(found["classification"]["accuracy"]["share"], 1.0, "{err}");
    // Bad files are one sentence.
    for (name, text, expected) in [
        ("a.csv", "frame,score\n1,2\n", "expected columns class and score"),
        ("b.csv", "class,score\nred,1\n", "a column frame"),
        ("c.csv", "frame,class,score\n0,red,much\n", "row 2 has no number"),
        ("d.txt", "0.5 0.5\n0.2 0.2 0.6\n", "line 2 has 3 numbers"),
        ("e.json", "[{\"image_id\": 1, \"category_id\": 1, \"bbox\": [0,0,1,1], \"score\": 1}]", "--images"),
        ("f.jsonl", "{\"frame\": 1}", "line 1"),
        ("g.csv", "frame,class,score\n", "the file has no predictions"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let (_, err) = run(&["--predictions", path.to_str().unwrap()]);
        assert!(err.contains(expected) && err.lines().count() == 1, "{name}: {err}");
    }
}

#[test]
fn what_is_shown_becomes_cases_and_pictures_to_train_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[6, 20]);
    let before = app.project().unwrap().cases.len();
    measure(&mut app, EvaluateCommand::Keep);
    let kept: Vec<_> = app.project().unwrap().cases[before..].to_vec();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|case| case.oracle.claim == "class_is" && case.oracle.class.as_deref() == Some("yellow"))
    );
    assert_ne!(kept[0].id, kept[1].id);
    assert!(kept[0].why.contains("yellow was predicted as"), "{}", kept[0].why);
    send(&mut app, Command::Label(LabelCommand::Undo));
    assert_eq!(app.project().unwrap().cases.len(), before, "one step of undo");
    let target = folder.path().join("train");
    measure(&mut app, EvaluateCommand::Export(target.clone()));
    assert_eq!(fs::read_dir(target.join("yellow")).unwrap().count(), 2);
    assert!(!target.join("images").exists());
    measure(
        &mut app,
        EvaluateCommand::Show(ItemFilter { query: "frame > 1000".to_owned(), ..ItemFilter::default() }),
    );
    let errors = try_send(&mut app, Command::Evaluate(EvaluateCommand::Export(target)));
    assert!(errors[0].contains("nothing to export"), "{errors:?}");
}

#[test]
fn attributes_of_labels_are_asked_about() {
    let object = |class: &str, x: f32, attributes: &[(&str, LabelValue)]| Object {
        class: class.to_owned(),
        place: Detection::flat(class.to_owned(), 1.0, Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 10.0 }),
        ignored: false,
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        area: None,
    };
    let objects = vec![
        object("car", 0.0, &[("occluded", LabelValue::Flag(true)), ("truncation", LabelValue::Number(0.7))]),
        object("car", 50.0, &[("pose", LabelValue::Text("left".to_owned()))]),
        object("van", 100.0, &[]),
    ];
    let found = objects.iter().take(2).map(|object| object.place.clone()).collect();
    let sample = Sample {
        clip: "drive".into(),
        channel: "camera".into(),
        frame: 0,
        time: Time(0),
        tags: Vec::new(),
        vehicle: [0.0; 2],
        fact: Fact::Objects(objects),
        answer: Prediction::Objects { objects: found },
    };
    let evaluation = Evaluation::new(vec![sample], 0.4);
    let fitting = |question: &str| {
        let query = Query::parse(question).unwrap();
        query.bind(&evaluation, &BTreeMap::new()).unwrap().fitting(2).unwrap()
    };
    let truths = |question: &str| -> Vec<String> {
        fitting(question).into_iter().map(|at| evaluation.items[at].truth.clone()).collect()
    };
    assert_eq!(truths("attribute(\"occluded\")").len(), 1);
    assert_eq!(truths("attribute(\"truncation\") > 0.5").len(), 1);
    assert_eq!(truths("attribute(\"truncation\") > 0.8").len(), 0);
    assert_eq!(truths("attribute(\"pose\") == \"left\"").len(), 1);
    // What nobody said of anything is a mistake of the question.
    let query = Query::parse("attribute(\"weather\") == \"wet\"").unwrap();
    let problem = query.bind(&evaluation, &BTreeMap::new()).unwrap().fitting(1).unwrap_err().to_string();
    assert!(problem.contains("weather is unknown"), "{problem}");
    assert_eq!(truths("class == \"van\""), ["van"]);
}

#[test]
fn intervals_of_the_numbers_as_a_whole_hold_them_and_repeat_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = measured(folder.path(), &[3, 7, 20, 31, 44]);
    let result = app.open.evaluate.result.clone().unwrap();
    let drawn = |threads| bootstrap(&result.evaluation, 300, 5, threads, &Progress::default()).unwrap();
    let (one, three) = (drawn(1), drawn(3));
    assert_eq!(one, three);
    let accuracy = one.iter().find(|interval| interval.name == "accuracy").unwrap();
    assert!((accuracy.value - 76.0 / 80.0).abs() < 1e-9, "{accuracy:?}");
    // One standard deviation of that share is 0.0244.
    let [low, high] = accuracy.ends;
    assert!((0.886..=0.914).contains(&low) && (0.975..=1.0).contains(&high), "{accuracy:?}");
    assert!(one.iter().all(|interval| interval.ends[0] <= interval.value + 1e-9), "{one:?}");
    measure(&mut app, EvaluateCommand::Intervals);
    let (number, shown) = app.open.evaluate.intervals.clone().unwrap();
    assert_eq!((number, shown.len()), (result.number, one.len()));
}

/// Every object stands in its row once: found, taken for another class, missed, or badly placed.
#[test]
fn rows_of_the_confusion_matrix_hold_every_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.mcap");
    fs::write(&path, common::mcap_recording(10, common::Storage::ProtobufRaw, None)).unwrap();
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![path])));
    let mut text = "clip,channel,frame,class,score,x0,y0,x1,y1\n".to_owned();
    // The left edge of the box that is found, and its class.
    for (frame, left, class) in
        [(0, 2, "car"), (1, 2, "person"), (2, 7, "car"), (3, 20, "car"), (4, 7, "car"), (5, 20, "person")]
    {
        send(&mut app, Command::Play(PlayCommand::SeekFrame(frame)));
        let shape = Shape::Box(Box2 { x0: 2.0, y0: 2.0, x1: 12.0, y1: 12.0 });
        send(&mut app, Command::Label(LabelCommand::Draw(shape)));
        let truth = if frame == 5 { "person" } else { "car" };
        send(&mut app, Command::Label(LabelCommand::Class(truth.to_owned())));
        let right = left + 10;
        writeln!(text, "drive.mcap,/camera,{frame},{class},0.9,{left},2,{right},12").unwrap();
    }
    let found = folder.path().join("found.csv");
    fs::write(&found, text).unwrap();
    measure(&mut app, EvaluateCommand::Import(found));
    let result = app.open.evaluate.result.clone().unwrap();
    let at = |class: &str| result.evaluation.classes.iter().position(|known| known == class).unwrap();
    let (car, person) = (at("car"), at("person"));
    let missed = result.evaluation.classes.len();
    let row = &result.confusion[car];
    assert_eq!((row[car], row[person], row[missed], result.badly_placed[car]), (1, 1, 1, 2), "{row:?}");
    let row = &result.confusion[person];
    assert_eq!((row[person], row[missed], result.badly_placed[person]), (0, 1, 0), "far off is missed");
}
