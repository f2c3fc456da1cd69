//! Models that give numbers: their errors are items that are filtered, sliced, compared, embedded and saved as cases.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};

use common::onnx::{At, Graph};
use common::steering::{FRAMES, WRONG, drive};
use common::{send, try_send};
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::evaluate::ItemFilter;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::base::time::{Span, Time};
use hardcase::data::prediction::{NamedValue, Prediction};
use hardcase::evaluation::samples::{Evaluation, Fact, Sample};
use hardcase::inference::embedded;
use hardcase::inference::model::Model;
use hardcase::metrics::detection_errors::Outcome;
use hardcase::suites::bundle::ModelPlace;
use serde_json::Value;

fn evaluate(app: &mut App, command: EvaluateCommand) {
    send(app, Command::Evaluate(command));
}

fn evaluated(folder: &Path) -> (App, PathBuf) {
    let (place, model, signal) = drive(folder);
    let mut app = common::app(&folder.join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![place])));
    send(&mut app, Command::Model(ModelCommand::Load(model.clone())));
    evaluate(&mut app, EvaluateCommand::Signal { number: "steering".to_owned(), signal: Some(signal) });
    (app, model)
}

fn frames(app: &App) -> Vec<usize> {
    let result = app.open.evaluate.result.clone().unwrap();
    let frame = |at: &usize| result.evaluation.samples[result.evaluation.items[*at].sample].frame;
    app.open.evaluate.shown.iter().map(frame).collect()
}

fn hardcase(args: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

#[test]
fn the_worst_moments_are_shown_asked_about_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (mut app, model) = evaluated(folder.path());
    evaluate(&mut app, EvaluateCommand::Show(ItemFilter::default()));
    let mut shown = frames(&app);
    shown.sort_unstable();
    assert_eq!(shown, WRONG, "the planted moments and nothing else");
    let result = app.open.evaluate.result.clone().unwrap();
    assert_eq!(result.outcomes.get(&Outcome::LargeError), Some(&4));
    let limit = result.evaluation.limits["steering"];
    assert!((0.05..1.0).contains(&limit), "{limit}");
    // Over time there is a line for the lane of the timeline.
    let clip = result.evaluation.samples[0].clip.clone();
    let channel = result.evaluation.samples[0].channel.clone();
    let series: Vec<_> = result.series_of(&clip, &channel).collect();
    assert!(series.len() == 2 && series[0].0 == "steering" && series[0].1.times.len() == FRAMES);
    // The gallery has a picture with the plot below: the marked moment is drawn.
    let shown = app.open.evaluate.shown.clone();
    evaluate(&mut app, EvaluateCommand::Pictures(shown));
    let key = (result.number, app.open.evaluate.shown[0]);
    let picture = loop {
        app.poll(Span(0));
        if let Some(picture) = app.open.evaluate.pictures.get(key) {
            break picture;
        }
        std::thread::yield_now();
    };
    let mark = picture.pixels().chunks(3).filter(|pixel| *pixel == [255, 96, 96]).count();
    assert!(picture.size() == (240, 160) && mark >= 40, "{:?} {mark}", picture.size());
    // Questions about values and errors.
    let ask = |app: &mut App, query: &str| {
        let query = query.to_owned();
        evaluate(app, EvaluateCommand::Show(ItemFilter { query, ..ItemFilter::default() }));
        assert_eq!(app.open.evaluate.query_problem, None);
        let mut frames = frames(app);
        frames.sort_unstable();
        frames
    };
    assert_eq!(ask(&mut app, "error < -1"), WRONG);
    assert_eq!(ask(&mut app, "outcome == \"large error\" and frame > 30"), [40, 41]);
    assert_eq!(ask(&mut app, "abs(error) < 0.01 and class == \"steering\"").len(), FRAMES - WRONG.len());
    assert_eq!(ask(&mut app, "abs(predicted_value - true_value) > 1 and relative_error > 0"), WRONG);
    // Another limit, and back.
    let set =
        |app: &mut App, limit| evaluate(app, EvaluateCommand::Limit { number: "steering".to_owned(), limit });
    set(&mut app, Some(0.001));
    let steering = |app: &App| {
        let result = app.open.evaluate.result.clone().unwrap();
        app.open.evaluate.shown.iter().filter(|at| result.evaluation.items[**at].truth == "steering").count()
    };
    assert_eq!(steering(&app), FRAMES, "every error is beyond that");
    let worst: Vec<usize> = frames(&app)[..4].to_vec();
    assert!(worst.iter().all(|frame| WRONG.contains(frame)), "the largest errors first: {worst:?}");
    let wrong = EvaluateCommand::Limit { number: "steering".to_owned(), limit: Some(f64::NAN) };
    assert!(try_send(&mut app, Command::Evaluate(wrong))[0].contains("must be a number above 0"));
    set(&mut app, None);
    assert_eq!(app.open.evaluate.shown.len(), 4);
    evaluate(&mut app, EvaluateCommand::Slices("frame >= 30".to_owned()));
    let parts = app.open.evaluate.asked.clone().unwrap().1.unwrap();
    assert_eq!(
        parts.iter().map(|part| (part.recall.hits, part.recall.of)).collect::<Vec<_>>(),
        [(58, 60), (58, 60)]
    );
    // Cases: red with the model, and they say by how much.
    evaluate(&mut app, EvaluateCommand::Show(ItemFilter::default()));
    evaluate(&mut app, EvaluateCommand::Keep);
    let cases = app.project().unwrap().cases.clone();
    assert!(cases.len() == 4 && cases.iter().all(|case| case.oracle.claim == "deep_test"), "{cases:?}");
    assert!(cases[0].why.starts_with("steering was "), "{}", cases[0].why);
    let suite = folder.path().join("suite");
    let export = SuiteCommand::Export {
        suite: "regressions".to_owned(),
        folder: Some(suite.clone()),
        model: ModelPlace::Named,
    };
    send(&mut app, Command::Suite(export));
    let red = hardcase(&["test", suite.to_str().unwrap(), "--model", model.to_str().unwrap()]);
    assert_eq!(red.status.code(), Some(1), "{}", String::from_utf8_lossy(&red.stderr));
    // A right moment saved the same way passes.
    evaluate(
        &mut app,
        EvaluateCommand::Show(ItemFilter {
            query: "frame == 3 and class == \"steering\"".to_owned(),
            ..ItemFilter::default()
        }),
    );
    evaluate(&mut app, EvaluateCommand::Keep);
    send(&mut app, Command::Suite(SuiteCommand::Run("regressions".to_owned())));
    let verdicts = &app.open.suites.verdicts;
    let passed =
        verdicts.values().filter(|verdict| verdict.as_ref().is_ok_and(|verdict| !verdict.failed())).count();
    assert_eq!((verdicts.len(), passed), (5, 1), "{verdicts:?}");
}

/// A small network with features inside is a map of the frames.
#[test]
fn numbers_have_an_embedding_map() {
    let folder = tempfile::tempdir().unwrap();
    let (place, keeper, signal) = drive(folder.path());
    let graph = Graph::default()
        .weights("w", &[8, 3, 3, 3])
        .weights("head", &[8, 1])
        .step("Conv", &["x", "w"], &["c"], &[("pads", At::Is(&[1, 1, 1, 1]))])
        .step("Relu", &["c"], &["r"], &[])
        .step("GlobalAveragePool", &["r"], &["p"], &[])
        .step("Flatten", &["p"], &["f"], &[])
        .step("MatMul", &["f", "head"], &["steering"], &[]);
    let model = graph.write(folder.path(), &[1, 3, 8, 8], &["steering"]);
    let mut card = Model::load(&keeper, &embedded::KIND, 1).unwrap().card;
    (card.name, card.labels, card.input.name) =
        ("net".to_owned(), vec!["steering".to_owned()], "x".to_owned());
    fs::write(model.with_extension("card.toml"), toml::to_string(&card).unwrap()).unwrap();
    let mut app = common::app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![place])));
    send(&mut app, Command::Model(ModelCommand::Load(model)));
    evaluate(&mut app, EvaluateCommand::Signal { number: "steering".to_owned(), signal: Some(signal) });
    evaluate(&mut app, EvaluateCommand::Map(None));
    let map = app.open.evaluate.map.result.clone().unwrap();
    assert_eq!((map.items.len(), map.near.len()), (FRAMES, FRAMES));
    evaluate(&mut app, EvaluateCommand::Like(map.items[0]));
    assert_eq!(app.open.evaluate.shown[0], map.items[0], "nothing is more like it than itself");
}

#[test]
fn the_command_line_lists_compares_and_limits_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (place, model, signal) = drive(folder.path());
    let named = format!("steering={signal}");
    let other = folder.path().join("other.onnx");
    fs::copy(&model, &other).unwrap();
    // The other one is given half of the brightness.
    let mut card = Model::load(&model, &embedded::KIND, 1).unwrap().card;
    card.input.std = card.input.std.map(|std| std * 2.0);
    card.name = "other".to_owned();
    fs::write(folder.path().join("other.card.toml"), toml::to_string(&card).unwrap()).unwrap();
    let run = |more: &[&str]| {
        let args = ["evaluate", place.to_str().unwrap(), "--truth", &signal, "--json", "-"];
        let output = hardcase(&[&args[..], more].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|_| panic!("{text}"))
    };
    let models = ["--model", model.to_str().unwrap(), "--signal", &named];
    let listed = run(&[&models[..], &["--list", "outcome == \"large error\""]].concat());
    let found = listed["listed"].as_array().unwrap();
    let frames: Vec<u64> = found.iter().map(|item| item["frame"].as_u64().unwrap()).collect();
    assert_eq!(frames, WRONG.map(|frame| frame as u64));
    assert!((found[0]["number"]["error"].as_f64().unwrap() + 1.5).abs() < 1e-6, "{:#}", found[0]);
    let all =
        run(&[&models[..], &["--limit", "steering=0.001", "--list", "outcome == \"large error\""]].concat());
    assert_eq!(all["listed"].as_array().unwrap().len(), FRAMES);
    // Both models with paired tests.
    let against = run(&[&models[..], &["--against", other.to_str().unwrap()]].concat());
    let number = &against["comparison"]["numbers"][0];
    assert!(number["name"] == "steering" && number["count"] == FRAMES, "{number:#}");
    assert!(number["difference"].as_f64().unwrap() > 0.0 && number["p_signed_rank"].as_f64().unwrap() < 1e-6);
    let wrong = hardcase(&["evaluate", place.to_str().unwrap(), "--limit", "steering=-1"]);
    assert_eq!(wrong.status.code(), Some(2));
}

fn evaluation_of(pairs: &[(f64, f32)], given: &BTreeMap<String, f64>) -> Evaluation {
    let sample = |(at, (truth, value)): (usize, &(f64, f32))| Sample {
        clip: "drive".into(),
        channel: "camera".into(),
        frame: at,
        time: Time(at as i64),
        tags: Vec::new(),
        vehicle: [0.0; 2],
        fact: Fact::Values(vec![("steering".to_owned(), *truth)]),
        answer: Prediction::Values {
            values: vec![NamedValue {
                name: "steering".to_owned(),
                value: *value,
                unit: String::new(),
                lateral: false,
            }],
        },
    };
    Evaluation::with_limits(pairs.iter().enumerate().map(sample).collect(), 0.0, given)
}

#[test]
fn an_error_is_large_beyond_its_limit() {
    // Standard deviation of the truth: 1.
    let pairs = [(1.0, 1.0), (-1.0, -0.5), (1.0, 1.75), (-1.0, f32::NAN)];
    let found = evaluation_of(&pairs, &BTreeMap::new());
    let near = |found: &Evaluation, limit: f64| (found.limits["steering"] - limit).abs() < 1e-12;
    assert!(near(&found, 0.5), "{:?}", found.limits);
    let outcomes: Vec<Outcome> = found.items.iter().map(|item| item.outcome).collect();
    assert_eq!(outcomes, [Outcome::Right, Outcome::Right, Outcome::LargeError, Outcome::LargeError]);
    let number = found.items[2].number.unwrap();
    assert_eq!((number.error(), number.relative_error(), number.excess()), (0.75, Some(0.75), 1.5));
    let strict = evaluation_of(&pairs, &BTreeMap::from([("steering".to_owned(), 0.1)]));
    assert_eq!(strict.items.iter().filter(|item| item.outcome == Outcome::Right).count(), 1);
    // What never changes has the limit of its size.
    assert!(near(&evaluation_of(&[(4.0, 5.0), (4.0, 7.0)], &BTreeMap::new()), 2.0));
}
