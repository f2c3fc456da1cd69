//! Models that look at more than one sample: pictures and signals up to a moment, against answers that ONNX Runtime gave to
//! inputs which `tests/fixtures/make_windows.py` put together.
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{app, copy_folder, repo, send};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::base::progress::Progress;
use hardcase::clips::{self, Clip};
use hardcase::data::cases::case::{Case, ClaimSpec, Terms};
use hardcase::data::clip::ChannelId;
use hardcase::data::input::{Input, Medium};
use hardcase::data::prediction::Prediction;
use hardcase::data::time::window::Reach;
use hardcase::inference::backend::Backend;
use hardcase::inference::model::Model;
use hardcase::inference::{BACKENDS, embedded};
use hardcase::project::faults::Faulty;
use hardcase::suites::bundle::ModelPlace;
use hardcase::suites::error::SourceError;
use hardcase::suites::run::Effort;
use hardcase::suites::select::Selection;
use hardcase::suites::{files, freeze, in_process};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

fn folder() -> PathBuf {
    repo().join("tests/fixtures/windows")
}

fn golden() -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join("golden.json")).unwrap()).unwrap()
}

fn opened(path: &Path) -> Arc<dyn Clip> {
    let clip = clips::open(path).unwrap();
    clip.index(&Progress::default()).unwrap();
    clip
}

/// A card for one of the models of the fixtures.
fn card(layout: &str, order: &str) -> String {
    let (stacking, dimensions) = match layout {
        "time_nhwc" => ("time", "NHWC"),
        other => (other, "NCHW"),
    };
    format!(
        r#"name = "sequence"
decoder = "values"
labels = ["steering"]
[input]
name = "film"
width = 8
height = 8
layout = "{dimensions}"
std = [255.0, 255.0, 255.0]
[window]
frames = 3
step = 2
stacking = "{stacking}"
[window.signals]
input = "numbers"
names = ["speed", "yaw_rate"]
samples = 4
period = 0.1
order = "{order}"
mean = [0.5, -0.25]
std = [2.0, 4.0]
"#
    )
}

fn loaded(layout: &str, order: &str) -> Model {
    let path = folder().join(format!("{layout}_{order}.onnx"));
    let card = toml::from_str(&card(layout, order)).unwrap();
    Model::load_with(&path, Some(card), &embedded::KIND, 1).unwrap()
}

fn first_value(answer: &Prediction) -> f32 {
    let Prediction::Values { values } = answer else { unreachable!("the models answer with numbers") };
    values[0].value
}

#[test]
fn pictures_and_signals_reach_the_model_as_its_card_says() {
    let clip = opened(&folder().join("drive"));
    let camera = clip.info().asked(Medium::Image, &Reach::default())[0].0;
    let golden = golden();
    for (layout, order) in [
        ("time", "time_first"),
        ("channels_first", "signals_first"),
        ("channels", "flat"),
        ("time_nhwc", "time_first"),
    ] {
        let model = loaded(layout, order);
        assert_eq!(model.medium(), Medium::Image);
        assert_eq!((model.reach().frames, model.reach().seconds), (5, 0.1 * 3.0));
        let wanted = golden[format!("{layout}_{order}")].as_array().unwrap();
        assert_eq!(clip.times(camera).len(), wanted.len());
        for (frame, wanted) in wanted.iter().enumerate() {
            let input = clip.reached(camera, frame, &model.reach()).unwrap();
            let found = first_value(&model.run(&input).unwrap());
            assert!((f64::from(found) - wanted.as_f64().unwrap()).abs() < 2e-5, "{layout} {order} {frame}");
        }
    }
}

#[test]
fn a_policy_of_recorded_numbers_alone_is_asked_at_each_of_them() {
    let Some(path) =
        Some(repo().join("../shared/data/models/metadrive_ppo_expert.onnx")).filter(|p| p.is_file())
    else {
        println!("SKIPPED: ../shared is not there");
        return;
    };
    let names: Vec<String> = (0..275).map(|i| format!("\"obs_{i}\"")).collect();
    let card = format!(
        "name = \"policy\"\ndecoder = \"values\"\nlabels = [\"steering\", \"throttle\", \"log_std 0\", \"log_std 1\"]\n\
         [input]\nname = \"obs\"\n[window]\nframes = 0\n[window.signals]\ninput = \"obs\"\norder = \"flat\"\nnames = [{}]\n",
        names.join(", ")
    );
    let model = Model::load_with(&path, Some(toml::from_str(&card).unwrap()), &embedded::KIND, 1).unwrap();
    assert_eq!(model.medium(), Medium::Signals);
    let clip = opened(&folder().join("observed.csv"));
    let info = clip.info();
    let asked = info.asked(model.medium(), &model.reach());
    assert_eq!(asked.iter().map(|(_, channel)| channel.name.as_str()).collect::<Vec<_>>(), ["obs_0"]);
    let golden = golden();
    for (frame, wanted) in golden["policy"].as_array().unwrap().iter().enumerate() {
        let input = clip.reached(asked[0].0, frame, &model.reach()).unwrap();
        let Prediction::Values { values } = model.run(&input).unwrap() else { unreachable!() };
        for (found, wanted) in values.iter().zip(wanted.as_array().unwrap()) {
            assert!((f64::from(found.value) - wanted.as_f64().unwrap()).abs() < 1e-4);
        }
    }
    // One that is asked for and not recorded is named, with some that are.
    let other = opened(&folder().join("drive"));
    let problem = other.reached(ChannelId(0), 0, &model.reach()).unwrap_err().to_string();
    assert!(problem.contains("\"obs_0\"") && problem.contains("speed"), "{problem}");
}

#[test]
fn transforms_reach_every_picture_and_the_signals_of_a_window() {
    let clip = opened(&folder().join("drive"));
    let model = loaded("time", "time_first");
    let camera = clip.info().asked(Medium::Image, &Reach::default())[0].0;
    let input = clip.reached(camera, 9, &model.reach()).unwrap();
    let Input::Window(before) = &input else { unreachable!() };
    assert_eq!(before.frames.len(), 5);
    let changed = |text: &str| {
        let Input::Window(after) =
            stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, text, 4).unwrap(), &input).unwrap()
        else {
            unreachable!()
        };
        after
    };
    // The latest picture is changed as if it were alone; noise is another in each.
    let alone = stack::apply(
        &BUILT_IN,
        &stack::parse(&BUILT_IN, "gaussian_noise:0.2", 4).unwrap(),
        &before.frames[4].1,
    )
    .unwrap();
    let noisy = changed("gaussian_noise:0.2");
    assert_eq!(noisy.frames[4].1, alone);
    let noise = |at: usize| -> Vec<i16> {
        let (a, b) = (noisy.frames[at].1.pixels(), before.frames[at].1.pixels());
        a.iter().zip(b).map(|(a, b)| i16::from(*a) - i16::from(*b)).collect()
    };
    assert_ne!(noise(3), noise(4));
    // Dirt stays where it is.
    let dirty = changed("dead_pixels:strength=0.5");
    let dead = |at: usize| -> Vec<usize> {
        let (a, b) = (dirty.frames[at].1.pixels(), before.frames[at].1.pixels());
        (0..a.len() / 3).filter(|i| a[i * 3..i * 3 + 3] != b[i * 3..i * 3 + 3]).collect()
    };
    assert!(!dead(4).is_empty());
    assert_eq!(dead(3), dead(4));
    let stuck = changed("fog:0.5,stuck_value");
    assert_ne!(stuck.frames[0].1, before.frames[0].1);
    assert_ne!(stuck.signals, before.signals);
    assert_eq!(stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, "", 0).unwrap(), &input).unwrap(), input);
    assert!(stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, "scatter:3", 0).unwrap(), &input).is_err());
}

#[test]
fn a_case_of_a_window_is_frozen_with_all_that_the_model_looked_at() {
    let place = tempfile::tempdir().unwrap();
    copy_folder(&folder(), place.path());
    let path = place.path().join("time_time_first.onnx");
    std::fs::write(path.with_extension("card.toml"), card("time", "time_first")).unwrap();
    let model = Model::load(&path, &embedded::KIND, 1).unwrap();
    let clip = opened(&place.path().join("drive"));
    let camera = clip.info().asked(Medium::Image, &Reach::default())[0].0;
    let case = |id: &str, change: &str| Case {
        id: id.to_owned(),
        suite: "s".to_owned(),
        clip: "drive".to_owned(),
        channel: "camera".to_owned(),
        frame: 9,
        reach: model.reach(),
        interval: None,
        stack: stack::parse(&BUILT_IN, change, 1).unwrap(),
        more: Vec::new(),
        attack: None,
        oracle: ClaimSpec { assume_same: true, ..ClaimSpec::new("close_values") },
        tags: Vec::new(),
        why: String::new(),
        terms: Terms::default(),
    };
    let cases = [case("dark", "brightness:-120"), case("unit", "unit_error:10"), case("nothing", "")];
    let folder = place.path().join("suite");
    let read = |case: &Case| {
        let input = clip.reached(camera, case.frame, &case.reach);
        input.map(freeze::Frozen::Input).map_err(SourceError::from)
    };
    freeze::export(&folder, "s", &[], None, (&BUILT_IN, &cases), read, &Progress::default()).unwrap();
    let suite = files::read(&folder).unwrap();
    assert_eq!(suite.problems(), Vec::<String>::new());
    let (_, first) = &suite.cases[0];
    assert!(first.input.file.extension().is_some_and(|ext| ext == "json"));
    assert_eq!(suite.input(first).unwrap(), clip.reached(camera, 9, &model.reach()).unwrap());
    let results = in_process::run(
        &suite,
        &BUILT_IN,
        &model,
        &Selection::default(),
        Effort::once(2),
        &Progress::default(),
    )
    .unwrap();
    let words: Vec<(&str, &str)> = results.iter().map(|r| (r.id.as_str(), r.status().word())).collect();
    assert_eq!(words, [("dark", "fail"), ("nothing", "pass"), ("unit", "fail")]);
    // A model that looks at one picture takes the latest of a window.
    let cut = std::fs::read(folder.join(&first.input.file)).unwrap();
    std::fs::write(folder.join(&first.input.file), &cut[..cut.len() / 2]).unwrap();
    assert!(files::read(&folder).unwrap().input(first).unwrap_err().to_string().contains("altered"));
}

#[test]
fn faults_of_a_recording_reach_the_window() {
    let clip = opened(&folder().join("drive"));
    let camera = clip.info().asked(Medium::Image, &Reach::default())[0].0;
    let model = loaded("time", "time_first");
    let faults = ["speed=offset:0.5".parse().unwrap()];
    let faulty = Faulty::new(Arc::clone(&clip), &faults).unwrap();
    let ask =
        |clip: &dyn Clip| first_value(&model.run(&clip.reached(camera, 9, &model.reach()).unwrap()).unwrap());
    assert!((ask(&*clip) - ask(&faulty)).abs() > 1e-3);
}

#[test]
fn cards_that_do_not_fit_say_what_the_model_takes() {
    let path = folder().join("time_time_first.onnx");
    let problem = |card: &str| {
        let card = toml::from_str(card).map_err(|err: toml::de::Error| err.to_string());
        card.and_then(|card| {
            Model::load_with(&path, Some(card), &embedded::KIND, 1).map_err(|e| e.to_string())
        })
        .map(drop)
        .unwrap_err()
    };
    let right = card("time", "time_first");
    let wrong = problem(&right.replace("frames = 3", "frames = 4"));
    assert!(wrong.contains("1x4x3x8x8") && wrong.contains("1x3x3x8x8"), "{wrong}");
    let wrong = problem(&right.replace("samples = 4", "samples = 5"));
    assert!(wrong.contains("1x5x2") && wrong.contains("1x4x2"), "{wrong}");
    let wrong = problem(&right.replace("period = 0.1\n", ""));
    assert!(wrong.contains("period"), "{wrong}");
    let wrong = problem(right.split("[window.signals]").next().unwrap());
    assert!(wrong.contains("\"numbers\" (1x4x2)"), "{wrong}");
    // Without a card nobody can tell which signals are meant.
    let wrong = Model::load_with(&path, None, &embedded::KIND, 1).map(drop).unwrap_err().to_string();
    assert!(wrong.contains("numbers 1x4x2") && wrong.contains("[window]"), "{wrong}");
    let model = Model::load_with(&path, Some(toml::from_str(&right).unwrap()), &embedded::KIND, 1).unwrap();
    let picture = Input::Image(hardcase::data::image::Image::filled(8, 8, [0; 3]));
    assert!(model.run(&picture).unwrap_err().to_string().contains("window"));
}

#[test]
fn every_backend_here_answers_the_same_about_a_window() {
    let clip = opened(&folder().join("drive"));
    let camera = clip.info().asked(Medium::Image, &Reach::default())[0].0;
    let path = folder().join("channels_flat.onnx");
    let card: hardcase::inference::card::ModelCard = toml::from_str(&card("channels", "flat")).unwrap();
    let own = loaded("channels", "flat");
    let input = clip.reached(camera, 7, &own.reach()).unwrap();
    let mut names: Vec<String> = BACKENDS.iter().map(|kind| kind.id.to_owned()).collect();
    names.push("embedded:batch=4".to_owned());
    for name in names {
        let kind = Backend::named(&name).unwrap();
        if let Err(why) = kind.status() {
            println!("SKIPPED {name}: {why}");
            continue;
        }
        let other = Model::load_with(&path, Some(card.clone()), kind, 1);
        // The graph says that it takes one at a time.
        let Ok(other) = other else { continue };
        let apart = first_value(&own.run(&input).unwrap()) - first_value(&other.run(&input).unwrap());
        assert!(apart.abs() < 1e-5, "{name}: {apart}");
    }
}

#[test]
fn a_model_of_sequences_is_explored_like_any_other_and_its_cases_open_again() {
    let place = tempfile::tempdir().unwrap();
    copy_folder(&folder(), place.path());
    let path = place.path().join("time_time_first.onnx");
    std::fs::write(path.with_extension("card.toml"), card("time", "time_first")).unwrap();
    let mut app = app(&place.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![place.path().join("drive")])));
    send(&mut app, Command::Model(ModelCommand::Load(path.clone())));
    let camera = app.open.playback.camera.unwrap();
    send(&mut app, Command::Model(ModelCommand::PredictAll));
    // The lane along the recording is that of the windows.
    let golden = golden();
    for (frame, wanted) in golden["time_time_first"].as_array().unwrap().iter().enumerate() {
        let found = first_value(app.open.models.answer(camera, frame).unwrap());
        assert!((f64::from(found) - wanted.as_f64().unwrap()).abs() < 2e-5);
    }
    send(&mut app, Command::Show(Workspace::Explore));
    send(&mut app, Command::Play(PlayCommand::SeekFrame(9)));
    let mut oracle = ClaimSpec::new("close_values");
    oracle.assume_same = true;
    oracle.params.insert("absolute", 0.05);
    send(
        &mut app,
        Command::Explore(ExploreCommand::Use(stack::parse(&BUILT_IN, "brightness:-120", 0).unwrap())),
    );
    send(&mut app, Command::Explore(ExploreCommand::Oracle(oracle)));
    let outcome = app.open.explore.outcome.clone().unwrap().unwrap();
    assert!(outcome.verdict.failed(), "{:?}", outcome.verdict);
    assert!(matches!(&outcome.changed, Input::Window(window) if window.frames.len() == 5));
    send(&mut app, Command::Explore(ExploreCommand::FindTipping));
    assert!(app.open.explore.tipping.is_some());
    send(&mut app, Command::Suite(SuiteCommand::Keep { why: "dark".to_owned() }));
    let suite = app.open.suites.active.clone();
    send(
        &mut app,
        Command::Suite(SuiteCommand::Export {
            suite,
            folder: Some(place.path().join("out")),
            model: ModelPlace::Named,
        }),
    );
    drop(app);
    let mut fresh = common::app(&place.path().join("other"));
    let case = files::read(&place.path().join("out")).unwrap().cases[0].0.clone();
    let open =
        OpenCommand::SuiteCase { folder: place.path().join("out"), case: Some(case), model: Some(path) };
    send(&mut fresh, Command::Open(open));
    let again = fresh.open.explore.outcome.clone().unwrap().unwrap();
    assert!(again.verdict.failed());
    assert_eq!(again.before, outcome.before);
}
