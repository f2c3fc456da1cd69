//! Models that read: tokens, answers, transforms, measuring and suites of texts, on the sample of drivers' notes.
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::process::Command;

use common::{copied, sample};
use hardcase::base::progress::Progress;
use hardcase::clips;
use hardcase::data::cases::case::{Case, ClaimSpec, Terms};
use hardcase::data::input::{Input, Medium};
use hardcase::data::prediction::Prediction;
use hardcase::data::time::window::Reach;
use hardcase::inference::backend::Backend;
use hardcase::inference::embedded;
use hardcase::inference::model::Model;
use hardcase::suites::freeze;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::{built_in, stack};

fn notes() -> Model {
    Model::load(&sample("notes/models/notes.onnx"), &embedded::KIND, 1).unwrap()
}

fn hardcase(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn tokens_are_those_of_the_reference_tokenizer() {
    // Made by `tokenizers` 0.23 in Python from the same file: see the end of sample_projects/notes/make.py.
    let golden: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(sample("notes/tokens.json")).unwrap()).unwrap();
    let model = notes();
    for case in golden.as_array().unwrap() {
        let prepared = model.prepared(&Input::Text(case["text"].as_str().unwrap().into())).unwrap();
        let ids: Vec<u64> = prepared[0].data.iter().map(|id| *id as u64).collect();
        let wanted: Vec<u64> =
            case["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
        assert_eq!(ids, wanted, "{}", case["text"]);
        assert_eq!(prepared[1].name, "attention_mask");
        assert_eq!(prepared[1].data, vec![1.0; wanted.len()]);
    }
}

#[test]
fn a_guessed_card_reads_and_says_what_is_missing() {
    let model = notes();
    let place = tempfile::tempdir().unwrap();
    for file in ["notes.onnx", "notes.tokenizer.json"] {
        std::fs::copy(sample("notes/models").join(file), place.path().join(file)).unwrap();
    }
    let guessed = Model::load(&place.path().join("notes.onnx"), &embedded::KIND, 1).unwrap();
    assert!(guessed.card_guessed && !model.card_guessed);
    assert_eq!(guessed.card, model.card);
    assert_eq!(model.medium(), Medium::Text);
    assert_eq!(model.card.labels, ["debris", "pedestrian", "cut-in", "bad weather", "calm"]);
    let best = |text: &str| model.run(&Input::Text(text.into())).unwrap().best().unwrap().0.to_owned();
    assert_eq!(best("Braked for a child with a ball at the crossing"), "pedestrian");
    assert_eq!(best("dense fog near the exit"), "bad weather");
    // Nothing at all is a text as well, and so is one that is far too long.
    drop(best(""));
    drop(best(&"fog ".repeat(5000)));
    let picture = Input::Image(hardcase::data::image::Image::filled(4, 4, [0; 3]));
    let problem = model.run(&picture).unwrap_err().to_string();
    assert!(problem.contains("needs texts, the input holds images"), "{problem}");

    let place = tempfile::tempdir().unwrap();
    let alone = place.path().join("notes.onnx");
    std::fs::copy(sample("notes/models/notes.onnx"), &alone).unwrap();
    let problem = Model::load(&alone, &embedded::KIND, 1).map(drop).unwrap_err().to_string();
    assert!(problem.contains("tokenizer.json"), "{problem}");
    std::fs::write(place.path().join("tokenizer.json"), "{\"model\": 5}").unwrap();
    let problem = Model::load(&alone, &embedded::KIND, 1).map(drop).unwrap_err().to_string();
    assert!(problem.contains("not a tokenizer"), "{problem}");
}

#[test]
fn texts_of_many_lengths_run_together_with_the_same_answers() {
    let path = sample("notes/models/notes.onnx");
    let clip = clips::open(&sample("notes/clips/notes.csv")).unwrap();
    let channel = clip.info().asked(Medium::Text, &Reach::default())[0].0;
    let inputs: Vec<Input> =
        (0..clip.times(channel).len()).map(|i| clip.input(channel, i).unwrap()).collect();
    let given: Vec<&Input> = inputs.iter().collect();
    let alone = notes();
    let wanted: Vec<Prediction> = given.iter().map(|input| alone.run(input).unwrap()).collect();
    for name in ["embedded:batch=8", "embedded:isolated", "onnxruntime", "onnxruntime:batch=8"] {
        let kind = Backend::named(name).unwrap();
        if let Err(why) = kind.status() {
            println!("SKIPPED {name}: {why}");
            continue;
        }
        hardcase::inference::isolated::set_program(env!("CARGO_BIN_EXE_hardcase").into());
        let model = Model::load(&path, kind, 1).unwrap();
        for (found, wanted) in model.run_all(&given).into_iter().zip(&wanted) {
            let (found, wanted) = (found.unwrap(), wanted.best().unwrap());
            let best = found.best().unwrap();
            assert_eq!(best.0, wanted.0);
            assert!((best.1 - wanted.1).abs() < 1e-5, "{name}");
        }
    }
}

#[test]
fn every_transform_of_texts_begins_at_nothing_and_repeats_itself() {
    let kinds: Vec<_> = built_in().filter(|kind| kind.medium() == Medium::Text).collect();
    assert_eq!(
        kinds.len(),
        BUILT_IN.groups(Medium::Text).iter().flat_map(|group| BUILT_IN.group(*group)).count()
    );
    let texts = ["", "a", "It's 40 m ahead, a child crosses.", "\u{e9}t\u{e9} \u{1f600} no 7!", "x\ny  z"];
    for kind in kinds {
        for text in texts {
            let input = Input::Text(text.into());
            let at = |strength: f64, seed: u64| {
                let change =
                    stack::parse(&BUILT_IN, &format!("{}:strength={strength}", kind.id), seed).unwrap();
                stack::apply(&BUILT_IN, &change, &input).unwrap()
            };
            assert_eq!(at(0.0, 3), input, "{} of {text:?}", kind.id);
            assert_eq!(at(1.0, 3), at(1.0, 3));
        }
        let long = Input::Text("It's late and we do not see 40 people, 300 m ahead; stop! He is a good gay man in Boston, on Monday I met Michael.".into());
        let change = stack::parse(&BUILT_IN, &format!("{}:strength=1", kind.id), 1).unwrap();
        assert_ne!(stack::apply(&BUILT_IN, &change, &long).unwrap(), long, "{}", kind.id);
    }
    // What changes pictures has no business here.
    let fog = stack::parse(&BUILT_IN, "fog:0.5", 0).unwrap();
    let problem = stack::apply(&BUILT_IN, &fog, &Input::Text("a".into())).unwrap_err().to_string();
    assert!(problem.contains("needs images, the input holds texts"), "{problem}");
}

#[test]
fn notes_are_measured_swept_and_kept_as_cases() {
    let place = tempfile::tempdir().unwrap();
    copied("notes", place.path());
    let folder = place.path().to_str().unwrap();
    let (code, out, err) = hardcase(&["evaluate", folder, "--json", "-"]);
    assert_eq!(code, 0, "{err}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["samples"], 112);
    // What the script that trained it printed.
    let right = found["classification"]["accuracy"]["share"].as_f64().unwrap() * 112.0;
    assert_eq!(right.round() as u32, 103, "{out}");

    let (code, out, err) = hardcase(&["evaluate", folder, "--beta", "2", "--json", "-"]);
    assert_eq!(code, 0, "{err}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    // From the confusion: F2 = 5 P R / (4 P + R).
    let rows = found["confusion"].as_array().unwrap();
    let at = found["classes"].as_array().unwrap().iter().position(|class| class == "debris").unwrap();
    let count = |row: usize, column: usize| rows[row][column].as_f64().unwrap();
    let there: f64 = (0..rows[at].as_array().unwrap().len()).map(|column| count(at, column)).sum();
    let said: f64 = (0..rows.len()).map(|row| count(row, at)).sum();
    let (precision, recall) = (count(at, at) / said, count(at, at) / there);
    let f2 = found["f_beta"]["classes"]["debris"].as_f64().unwrap();
    assert!((f2 - 5.0 * precision * recall / (4.0 * precision + recall)).abs() < 1e-9, "{f2}");

    let table = place.path().join("typos.csv");
    let (code, out, err) = hardcase(&[
        "sweep",
        folder,
        "--stack",
        "typos",
        "--levels",
        "6",
        "--json",
        "-o",
        table.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{err}");
    let swept: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(swept["pictures"], 112, "{out}");
    let rows = std::fs::read_to_string(&table).unwrap();
    assert!(rows.lines().any(|row| row.contains("fail")) && rows.lines().any(|row| row.contains("pass")));

    // A suite of texts is files that people can read.
    let clip = clips::open(&place.path().join("clips/notes.csv")).unwrap();
    let channel = clip.info().asked(Medium::Text, &Reach::default())[0].0;
    let case = |id: &str, change: &str| Case {
        id: id.to_owned(),
        suite: "typos".to_owned(),
        clip: "notes".to_owned(),
        channel: "text".to_owned(),
        frame: 0,
        reach: Reach::default(),
        interval: None,
        stack: stack::parse(&BUILT_IN, change, 0).unwrap(),
        oracle: ClaimSpec::new("same_class"),
        more: Vec::new(),
        attack: None,
        tags: Vec::new(),
        why: String::new(),
        terms: Terms::default(),
    };
    let cases = [case("few", "typos:1"), case("lost", "lost_words:0.5"), case("many", "typos:6")];
    let suite = place.path().join("suite");
    let model_path = place.path().join("models/notes.onnx");
    let read = |case: &Case| {
        clip.input(channel, case.frame)
            .map(freeze::Frozen::Input)
            .map_err(hardcase::suites::error::SourceError::from)
    };
    freeze::export(&suite, "typos", &[], None, (&BUILT_IN, &cases), read, &Progress::default()).unwrap();
    let media: Vec<_> = std::fs::read_dir(suite.join("media")).unwrap().flatten().collect();
    assert_eq!(media.len(), 1);
    assert_eq!(std::fs::read_to_string(media[0].path()).unwrap(), "A taxi cuts in at the crossing");
    let html = place.path().join("report");
    let (code, out, err) = hardcase(&[
        "test",
        suite.to_str().unwrap(),
        "--model",
        model_path.to_str().unwrap(),
        "--html",
        html.to_str().unwrap(),
    ]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("1 passed, 1 failed, 1 skipped") || out.contains("many"), "{out}");

    let given = place.path().join("some.txt");
    std::fs::write(&given, "It's wet.\nA box lies on the shoulder.\n").unwrap();
    let changed = place.path().join("changed.txt");
    let (code, _, err) = hardcase(&[
        "transform",
        "apply",
        given.to_str().unwrap(),
        "--with",
        "contractions,letter_case",
        "-o",
        changed.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(std::fs::read_to_string(&changed).unwrap(), "IT IS WET.\nA BOX LIES ON THE SHOULDER.\n");
}

#[test]
fn answers_about_texts_are_taken_in_as_checklist_writes_them() {
    let place = tempfile::tempdir().unwrap();
    copied("notes", place.path());
    let notes = std::fs::read_to_string(place.path().join("clips/notes.csv")).unwrap();
    let classes = ["debris", "pedestrian", "cut-in", "bad weather", "calm"];
    let truths: Vec<usize> = notes
        .lines()
        .skip(1)
        .map(|line| classes.iter().position(|class| line.ends_with(class)).unwrap())
        .collect();
    // One answer is wrong.
    let said = |at: usize| if at == 3 { (truths[at] + 1) % 5 } else { truths[at] };
    let row = |at: usize| -> String {
        (0..5).map(|class| if class == said(at) { "0.96" } else { "0.01" }).collect::<Vec<_>>().join(" ")
    };
    let forms: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("pred_only", &|at| said(at).to_string()),
        ("softmax", &|at| row(at)),
        ("pred_and_conf", &|at| format!("{} 0.93", said(at))),
        ("pred_and_softmax", &|at| format!("{} {}", said(at), row(at))),
    ];
    for (name, line) in forms {
        let file = place.path().join(format!("{name}.txt"));
        let lines: Vec<String> = (0..truths.len()).map(line).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        let (code, out, err) = hardcase(&[
            "evaluate",
            place.path().to_str().unwrap(),
            "--predictions",
            file.to_str().unwrap(),
            "--json",
            "-",
        ]);
        assert_eq!(code, 0, "{name}: {err}");
        let found: serde_json::Value = serde_json::from_str(&out).unwrap();
        let share = found["classification"]["accuracy"]["share"].as_f64().unwrap();
        assert!((share - 111.0 / 112.0).abs() < 1e-9, "{name}: {share}");
    }
}
