//! Mistakes about areas and cuboids that are saved as cases: judged without a window, red for the model that errs and green for the
//! one that does not.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use common::{copied, copy_folder, repo, send, try_send};
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::evaluate::ItemFilter;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::base::progress::Progress;
use hardcase::claims::judge::judge;
use hardcase::clips;
use hardcase::data::cases::case::{Case, ClaimSpec};
use hardcase::data::cases::verdict::Verdict;
use hardcase::data::geometry::shape::{Block, Shape};
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use hardcase::data::labels::label::Label;
use hardcase::data::prediction::Prediction;
use hardcase::inference::card::Colors;
use hardcase::inference::embedded;
use hardcase::inference::model::Model;
use hardcase::metrics::detection_errors::Outcome;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
use hardcase::suites::bundle::ModelPlace;
use hardcase::suites::files;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;
use serde_json::Value;

/// Verdicts of a suite by case, and the exit code.
fn tested(suite: &Path, model: &Path) -> (i32, BTreeMap<String, (String, String)>) {
    let report = suite.with_extension("json");
    let args = ["test", suite.to_str().unwrap(), "--model", model.to_str().unwrap(), "--json"];
    let output = Process::new(env!("CARGO_BIN_EXE_hardcase")).args(args).arg(&report).output().unwrap();
    let text =
        fs::read_to_string(&report).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let report: Value = serde_json::from_str(&text).unwrap();
    let told = |case: &Value, name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let cases = report["suites"][0]["cases"].as_array().unwrap();
    let verdict = |case: &Value| (told(case, "id"), (told(case, "verdict"), told(case, "why")));
    (output.status.code().unwrap(), cases.iter().map(verdict).collect())
}

fn evaluate(app: &mut App, command: EvaluateCommand) {
    send(app, Command::Evaluate(command));
}

/// An evaluation of a model on a project or a recording.
fn evaluated(home: &Path, place: &Path, model: &Path, more: Vec<EvaluateCommand>) -> App {
    let mut app = common::app(home);
    send(&mut app, Command::Open(OpenCommand::Paths(vec![place.to_owned()])));
    send(&mut app, Command::Model(ModelCommand::Load(model.to_owned())));
    for command in more {
        evaluate(&mut app, command);
    }
    evaluate(&mut app, EvaluateCommand::Run);
    assert!(app.open.evaluate.result.is_some(), "nothing was evaluated");
    app
}

/// Saves what is shown with this outcome, or every mistake, and what the query says, and returns the new cases.
fn saved(app: &mut App, outcome: Option<Outcome>, query: &str) -> Vec<Case> {
    let before = app.project().unwrap().cases.len();
    let query = query.to_owned();
    evaluate(app, EvaluateCommand::Show(ItemFilter { outcome, query, ..ItemFilter::default() }));
    evaluate(app, EvaluateCommand::Keep);
    app.project().unwrap().cases[before..].to_vec()
}

fn exported(app: &mut App, folder: PathBuf) -> PathBuf {
    let suite = app.open.suites.active.clone();
    send(
        app,
        Command::Suite(SuiteCommand::Export {
            suite,
            folder: Some(folder.clone()),
            model: ModelPlace::Named,
        }),
    );
    let read = files::read(&folder).unwrap();
    assert!(read.problems().is_empty(), "{:?}", read.problems());
    folder
}

/// A copy of a model with a changed card.
fn variant(from: &Path, to: &Path, change: impl Fn(String) -> String) -> PathBuf {
    fs::copy(from, to).unwrap();
    let card = fs::read_to_string(from.with_extension("card.toml")).unwrap();
    let changed = change(card.clone());
    assert_ne!(card, changed);
    fs::write(to.with_extension("card.toml"), changed).unwrap();
    to.to_owned()
}

/// A claim that holds goes on holding when input and claim are moved alike.
fn moved(model: &Path, input: &Input, oracle: &ClaimSpec, stacks: &[&str]) {
    let model = Model::load(model, &embedded::KIND, 1).unwrap();
    for text in stacks {
        let stack = stack::parse(&BUILT_IN, text, 1).unwrap();
        let outcome = judge(&BUILT_IN, &model, input, &stack, oracle, None).unwrap();
        assert_eq!(outcome.verdict, Verdict::Pass, "{text}");
    }
}

#[test]
fn missed_cuboids_and_ghosts_become_cases() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lidar");
    copied("lidar", &project);
    let good = project.join("models/street_centers.onnx");
    // What the good model is sure of is labeled; the other one is given its features in the wrong order.
    let bad = variant(&good, &folder.path().join("bad.onnx"), |card| {
        card.replace("[\"highest\", \"intensity\", \"density\"]", "[\"density\", \"highest\", \"intensity\"]")
    });
    let model = Model::load(&good, &embedded::KIND, 1).unwrap();
    let mut editor = ProjectEditor::open(&project).unwrap();
    let of = editor.project().clips[0].clone();
    let clip = clips::open(&project.join(&of.path)).unwrap();
    clip.index(&Progress::default()).unwrap();
    let id = clip.info().channel_named("points").unwrap();
    let mut labels = 0;
    for frame in [0, 10, 20] {
        let Prediction::Objects { objects } = model.run(&clip.input(id, frame).unwrap()).unwrap() else {
            panic!("it detects objects")
        };
        for object in objects.iter().filter(|object| object.score >= 0.4) {
            let solid = object.solid.unwrap();
            let [center, size] = [solid.center, solid.size].map(|values| values.map(f64::from));
            let shape = Shape::Cuboid(Box::new(Block::upright(center, size, f64::from(solid.yaw))));
            let label = Label::new(
                editor.project().fresh_id(),
                of.name.as_str(),
                "points",
                frame,
                &object.class,
                shape,
            );
            editor.commit("Cuboid", Edit::AddLabel(label)).unwrap();
            labels += 1;
        }
    }
    drop(editor);
    assert!(labels > 10, "{labels}");
    let mut app = evaluated(&folder.path().join("home"), &project, &bad, Vec::new());
    let missed = saved(&mut app, Some(Outcome::Missed), "");
    assert!(!missed.is_empty());
    for case in &missed {
        let object = case.oracle.object.unwrap();
        assert!(case.oracle.claim == "has_object" && object.valid() && case.channel == "points", "{case:?}");
        assert!(case.why.ends_with("was missed"), "{}", case.why);
    }
    // What the good model is not sure of is not labeled.
    let ghosts = saved(&mut app, Some(Outcome::Background), "score >= 0.4");
    assert!(!ghosts.is_empty() && ghosts.iter().all(|case| case.oracle.claim == "no_object"), "{ghosts:?}");
    let suite = exported(&mut app, folder.path().join("suite"));
    // The points are frozen beside the cases.
    let media = fs::read_dir(suite.join("media")).unwrap().map(|entry| entry.unwrap().path());
    assert!(media.into_iter().all(|file| file.extension().unwrap() == "pcd"));
    let (code, red) = tested(&suite, &bad);
    assert_eq!((code, red.len()), (1, missed.len() + ghosts.len()), "{red:#?}");
    assert!(red.values().all(|(verdict, _)| verdict == "fail"), "{red:#?}");
    assert!(red.values().any(|(_, why)| why.contains("false positive") && why.contains(" m")), "{red:#?}");
    let (code, green) = tested(&suite, &good);
    assert_eq!(code, 0, "{green:#?}");
    assert!(green.values().all(|(verdict, _)| verdict == "pass"), "{green:#?}");
    // The cuboid moves with the points.
    let case = missed.iter().find(|case| case.oracle.class.as_deref() == Some("car")).unwrap();
    let input = clip.input(id, case.frame).unwrap();
    moved(&good, &input, &case.oracle, &["mirror_points", "shift_points:0.3"]);
    // One step of undo.
    send(&mut app, Command::Label(LabelCommand::Undo));
    assert_eq!(app.project().unwrap().cases.len(), missed.len());
    // In the window they are judged alike.
    send(&mut app, Command::Suite(SuiteCommand::Run("regressions".to_owned())));
    let verdicts = &app.open.suites.verdicts;
    assert!(
        verdicts.len() == missed.len() && verdicts.values().all(|v| v.as_ref().unwrap().failed()),
        "{verdicts:?}"
    );
}

/// A class on the left, another one on the right, and a square of a third one unless it is left out.
fn flag(square: bool) -> Image {
    let mut image = Image::filled(120, 60, [20, 220, 20]);
    for y in 0..60 {
        for x in 0..120 {
            let color = match (x, y) {
                (0..40, _) => [220, 20, 20],
                (80..100, 20..40) if square => [20, 20, 220],
                _ => continue,
            };
            image.pixels_mut()[(y * 120 + x) * 3..][..3].copy_from_slice(&color);
        }
    }
    image
}

fn polygon(x0: f32, y0: f32, x1: f32, y1: f32) -> Shape {
    Shape::Polygon(vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
}

#[test]
fn areas_become_cases() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("flags");
    fs::create_dir_all(project.join("clips/drive")).unwrap();
    for (frame, square) in [true, false].into_iter().enumerate() {
        fs::write(project.join(format!("clips/drive/{frame}.png")), flag(square).to_png().unwrap()).unwrap();
    }
    let manifest = "name = \"Flags\"\n\n[ontology]\ntags = []\nclasses = [\"red\", \"green\", \"blue\"]\n\n[[clips]]\nname = \"drive\"\npath = \"clips/drive\"\n";
    fs::write(project.join("hardcase.toml"), manifest).unwrap();
    let mut editor = ProjectEditor::open(&project).unwrap();
    for (frame, class, shape) in [
        (0, "red", polygon(0.0, 0.0, 40.0, 60.0)),
        (0, "green", polygon(40.0, 0.0, 120.0, 60.0)),
        (0, "blue", polygon(80.0, 20.0, 100.0, 40.0)),
        (1, "red", polygon(0.0, 0.0, 40.0, 60.0)),
        (1, "green", polygon(40.0, 0.0, 120.0, 60.0)),
    ] {
        let id = editor.project().fresh_id();
        editor
            .commit("Area", Edit::AddLabel(Label::new(id, "drive", "pictures", frame, class, shape)))
            .unwrap();
    }
    drop(editor);
    // The one that errs takes red for blue.
    let colored = |name: &str, colors: Colors| {
        let path = folder.path().join(format!("{name}.onnx"));
        fs::copy(common::model("colors"), &path).unwrap();
        let mut card = Model::load(&path, &embedded::KIND, 1).unwrap().card;
        (card.input.mean, card.input.std, card.input.colors) = ([0.0; 3], [255.0; 3], colors);
        name.clone_into(&mut card.name);
        fs::write(path.with_extension("card.toml"), toml::to_string(&card).unwrap()).unwrap();
        path
    };
    let (good, bad) = (colored("good", Colors::Rgb), colored("bad", Colors::Bgr));
    let mut app = evaluated(&folder.path().join("home"), &project, &bad, Vec::new());
    let cases = saved(&mut app, None, "");
    let classes: Vec<(usize, &str)> =
        cases.iter().map(|case| (case.frame, case.oracle.class.as_deref().unwrap())).collect();
    for wanted in [(0, "red"), (0, "blue"), (1, "red"), (1, "blue")] {
        assert!(classes.contains(&wanted), "{classes:?}");
    }
    assert!(cases.iter().all(|case| case.oracle.claim == "area_overlap" && case.oracle.area.is_some()));
    let area = |frame: usize, class: &str| {
        let case =
            cases.iter().find(|case| (case.frame, case.oracle.class.as_deref()) == (frame, Some(class)));
        case.unwrap().oracle.area.clone().unwrap()
    };
    assert_eq!((area(0, "red").area(), area(0, "blue").area(), area(1, "blue").area()), (2400, 400, 0));
    let suite = exported(&mut app, folder.path().join("suite"));
    let (code, red) = tested(&suite, &bad);
    assert!(code == 1 && red.len() == cases.len(), "{red:#?}");
    assert!(red.values().all(|(verdict, _)| verdict == "fail"), "{red:#?}");
    assert!(red.values().any(|(_, why)| why.contains("blue covers 34")), "{red:#?}");
    let (code, green) = tested(&suite, &good);
    assert!(code == 0 && green.values().all(|(verdict, _)| verdict == "pass"), "{green:#?}");
    // The true area moves with the image.
    let blue =
        cases.iter().find(|case| case.frame == 0 && case.oracle.class.as_deref() == Some("blue")).unwrap();
    moved(&good, &Input::Image(flag(true)), &blue.oracle, &["mirror", "quarter_turn", "translate:right=10"]);
    // Labels that do not err are nothing to save.
    let mut right = evaluated(&folder.path().join("other"), &project, &good, Vec::new());
    evaluate(&mut right, EvaluateCommand::Show(ItemFilter::default()));
    let errors = try_send(&mut right, Command::Evaluate(EvaluateCommand::Keep));
    assert!(errors[0].contains("nothing that is shown can become a case"), "{errors:?}");
    // A damaged area is refused by name.
    let file = fs::read_dir(suite.join("cases")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&file).unwrap().replace("\"120x60: ", "\"120x61: ");
    fs::write(&file, text).unwrap();
    let (code, broken) = tested(&suite, &good);
    let told = broken
        .values()
        .any(|(verdict, why)| verdict == "error" && why.contains("its runs must cover the image"));
    assert!(code == 3 && told, "{broken:#?}");
}

#[test]
fn truth_of_data_sets_is_saved_with_its_points() {
    let folder = tempfile::tempdir().unwrap();
    // A project lies beside the recording.
    let sets = folder.path().join("sets");
    copy_folder(&repo().join("tests/fixtures/data_sets"), &sets);
    let model = repo().join("sample_projects/lidar/models/street_centers.onnx");
    for (name, place, channel, label) in [
        ("nuscenes", sets.join("nuscenes"), "LIDAR_TOP", "vehicle.car"),
        ("argoverse2", sets.join("argoverse2/3b3570b9"), "lidar", "regular_vehicle"),
    ] {
        let truth = EvaluateCommand::Truth(Some("annotations".to_owned()));
        let named =
            |label: &str| EvaluateCommand::Class { label: label.to_owned(), word: Some("car".to_owned()) };
        let home = folder.path().join(name);
        let mut app = evaluated(&home, &place, &model, vec![truth.clone()]);
        evaluate(
            &mut app,
            EvaluateCommand::Show(ItemFilter { outcome: Some(Outcome::Missed), ..ItemFilter::default() }),
        );
        let errors = try_send(&mut app, Command::Evaluate(EvaluateCommand::Keep));
        assert!(errors[0].contains("the model has no class") && errors[0].contains(label), "{errors:?}");
        drop(app);
        let mut app = evaluated(&home, &place, &model, vec![truth, named(label)]);
        let cases = saved(&mut app, Some(Outcome::Missed), "");
        assert!(!cases.is_empty(), "{name}");
        assert!(
            cases.iter().all(|case| case.channel == channel && case.oracle.object.is_some()),
            "{cases:?}"
        );
        let suite = exported(&mut app, folder.path().join(format!("{name}.suite")));
        let (code, red) = tested(&suite, &model);
        assert!(code == 1 && red.len() == cases.len(), "{name}: {red:#?}");
        assert!(
            red.values().all(|(verdict, why)| verdict == "fail" && why.starts_with("expected a ")),
            "{red:#?}"
        );
    }
}
