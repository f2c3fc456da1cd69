//! Models that crash, hang or eat memory in a process of their own; settings of backends; several inputs in one run.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::process::Command as Process;

use common::{app, model, numbered, sample, send, try_send};
use hardcase::app::command::Command;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::data::input::Input;
use hardcase::data::prediction::Prediction;
use hardcase::inference::backend::Backend;
use hardcase::inference::model::Model;
use hardcase::inference::{ModelError, isolated, onnxruntime};
use serde_json::Value;

fn load(name: &str, id: &str) -> Result<Model, ModelError> {
    isolated::set_program(env!("CARGO_BIN_EXE_hardcase").into());
    Model::load(&model(name), Backend::named(id).unwrap(), 1)
}

fn problem(name: &str, id: &str) -> String {
    load(name, id).and_then(|model| model.predict(&numbered(3))).unwrap_err().to_string()
}

fn best(answer: &Prediction) -> (String, f32) {
    let (class, score) = answer.best().unwrap();
    (class.to_owned(), score)
}

#[test]
fn a_model_that_crashes_hangs_or_eats_memory_ends_its_own_process_only() {
    let crashed = problem("kills_the_runtime", "embedded:isolated");
    assert!(crashed.contains("the process ended while answering"), "{crashed}");
    let hung = problem("never_ends", "embedded:limit=0.5");
    assert!(hung.contains("exceeded the time limit of 0.5 s"), "{hung}");
    if cfg!(target_os = "linux") {
        let greedy = problem("eats_memory", "embedded:memory=400");
        assert!(greedy.contains("MB of memory, above the limit of 400 MB"), "{greedy}");
    }
}

#[test]
fn a_process_that_ended_is_started_again_and_one_that_refuses_goes_on() {
    let model = load("kills_the_runtime", "embedded:isolated").unwrap();
    for _ in 0..3 {
        let err = model.predict(&numbered(1)).unwrap_err().to_string();
        assert!(err.contains("the process ended"), "{err}");
    }
    let same = load("brightest", "embedded:isolated").unwrap();
    let inside = load("brightest", "embedded").unwrap();
    for at in 0..4 {
        assert_eq!(same.predict(&numbered(at)).unwrap(), inside.predict(&numbered(at)).unwrap());
    }
    let missing = load("unknown_operator", "embedded:isolated").err().unwrap().to_string();
    assert!(missing.contains("Teleport"), "what the backend says goes through: {missing}");
}

/// As the window does it: a job asks, the program goes on and says what happened.
#[test]
fn the_program_survives_and_says_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("never_ends.onnx");
    std::fs::copy(model("never_ends"), &copy).unwrap();
    isolated::set_program(env!("CARGO_BIN_EXE_hardcase").into());
    let mut app = app(&folder.path().join("home"));
    let picture = folder.path().join("picture.png");
    std::fs::write(&picture, numbered(2).to_png().unwrap()).unwrap();
    send(&mut app, Command::Open(OpenCommand::Paths(vec![picture])));
    send(&mut app, Command::Model(ModelCommand::Load(copy.clone())));
    let mut settings = app.open.models.loaded.as_ref().unwrap().backend.settings.clone();
    settings.limit = Some(std::time::Duration::from_millis(300));
    send(&mut app, Command::Model(ModelCommand::RunWith(Box::new(settings))));
    let errors = try_send(&mut app, Command::Model(ModelCommand::PredictAll));
    assert!(errors[0].contains("exceeded the time limit of 0.3 s"), "{errors:?}");
    assert_eq!(app.session.run[&copy], "limit=0.3", "it is run so the next time, too");
}

#[test]
fn a_model_that_took_the_program_with_it_runs_apart_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let (home, path) = (folder.path().join("home"), model("brightest"));
    std::fs::create_dir_all(&home).unwrap();
    let text = serde_json::json!({ "trying": path });
    std::fs::write(home.join("session.json"), text.to_string()).unwrap();
    isolated::set_program(env!("CARGO_BIN_EXE_hardcase").into());
    let mut again = app(&home);
    let said = again.notices.fresh();
    assert!(said.iter().any(|notice| notice.text.contains("in an isolated process")));
    send(&mut again, Command::Model(ModelCommand::Load(path.clone())));
    assert!(again.open.models.loaded.as_ref().unwrap().backend.settings.isolated);
    drop(again);
    let third = app(&home);
    assert!(third.session.first_run.is_none() && third.session.run[&path] == "isolated");
}

#[test]
fn several_inputs_go_through_in_one_run_and_come_out_the_same() {
    let pictures: Vec<Input> = (0..6).map(|at| Input::Image(numbered(at))).collect();
    let inputs: Vec<&Input> = pictures.iter().collect();
    let one = load("brightest", "embedded").unwrap();
    let alone: Vec<_> = inputs.iter().map(|input| best(&one.run(input).unwrap())).collect();
    let mut ways = vec![("brightest", "embedded:batch=4"), ("four_at_a_time", "embedded")];
    match (onnxruntime::KIND.status)() {
        Ok(_) => ways.extend([
            ("brightest", "onnxruntime:batch=4"),
            ("four_at_a_time", "onnxruntime:optimization=none,threads=2"),
            ("brightest", "onnxruntime:batch=6,provider=cpu,isolated"),
        ]),
        Err(missing) => println!("SKIPPED a part: {missing}"),
    }
    for (name, id) in ways {
        let model = load(name, id).unwrap();
        assert!(model.batch() > 1, "{name} {id}");
        let together: Vec<_> = model.run_all(&inputs).into_iter().map(|a| best(&a.unwrap()).1).collect();
        let expected: Vec<f32> = alone.iter().map(|(_, score)| *score).collect();
        assert!(
            together.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6),
            "{name} {id}: {together:?} for {expected:?}"
        );
    }
    let wrong = load("four_at_a_time", "embedded:batch=3").err().unwrap().to_string();
    assert!(wrong.contains("fixed at 4"), "{wrong}");
    // A picture that cannot be answered does not spoil those beside it.
    let (good, bad) = (Input::Image(numbered(0)), Input::Points(std::sync::Arc::default()));
    let mixed = load("brightest", "embedded:batch=3").unwrap().run_all(&[&good, &bad, &good]);
    assert!(mixed[0].is_ok() && mixed[1].is_err() && mixed[2].is_ok());
}

#[test]
fn settings_reach_the_command_line_and_mistakes_are_said() {
    let run = |arguments: &[&str]| {
        let lights = sample("traffic_lights");
        let mut command = Process::new(env!("CARGO_BIN_EXE_hardcase"));
        let output =
            command.arg("diff").arg(lights).args(["--stride", "10", "--json"]).args(arguments).output();
        let output = output.unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), found, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, found, err) = run(&["--against", "embedded:optimization=none,isolated"]);
    assert_eq!(code, 0, "{err}");
    assert!(found["max_abs"].as_f64().unwrap() < 1e-4, "{found}");
    let (code, _, err) = run(&["--backend", "embedded:speed=9"]);
    assert!(
        code == 2 && err.contains("unknown setting \"speed=9\"") && err.contains("limit=SECONDS"),
        "{err}"
    );
    let (code, _, err) = run(&["--backend", "embedded:provider=cuda"]);
    assert!(code == 3 && err.contains("use the backend onnxruntime"), "{err}");
    if (onnxruntime::KIND.status)().is_ok() {
        let (code, _, err) = run(&["--backend", "onnxruntime:provider=warp"]);
        assert!(code == 3 && err.contains("unknown provider \"warp\""), "{err}");
    }
}

#[test]
fn the_command_line_says_in_one_sentence_that_a_model_ended_the_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.png");
    std::fs::write(&picture, numbered(2).to_png().unwrap()).unwrap();
    for command in ["predict", "sweep"] {
        let mut process = Process::new(env!("CARGO_BIN_EXE_hardcase"));
        process.arg(command).arg("--model").arg(model("kills_the_runtime")).arg(&picture);
        if command == "sweep" {
            process.args(["--stack", "brightness", "--output"]).arg(folder.path().join("sweep.csv"));
        }
        let output = process.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code().is_some(), "{command} was ended by a signal: {said}");
        assert!(!output.status.success(), "{command}");
        assert!(said.contains("the process ended"), "{command}: {said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("hardcase:")).count(), 1, "{command}: {said}");
    }
}
