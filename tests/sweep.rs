//! Sweeps: the same rows on every number of threads, going on after a kill, and numbers that can be checked.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::sample;
use hardcase::base::progress::Progress;
use hardcase::claims::judge::judge;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::cases::stack::Stack;
use hardcase::data::input::Medium;
use hardcase::data::prediction::Prediction;
use hardcase::inference::{embedded, model::Model};
use hardcase::predictions::image_models::first_model;
use hardcase::project::samples::{Asked, inputs, model_files};
use hardcase::search::curve::{Subject, Tipping, tipping_point};
use hardcase::search::minimize::shrink;
use hardcase::search::sweep::journal::Journal;
use hardcase::search::sweep::plan::Design;
use hardcase::search::sweep::plan_text;
use hardcase::search::sweep::result::UnitResult;
use hardcase::search::sweep::run::{Sweep, SweepError, run};
use hardcase::search::sweep::slice::SliceKind;
use hardcase::search::sweep::summary::Summary;
use hardcase::transforms::catalog::{BUILT_IN, Catalog};
use hardcase::transforms::parts::Divided as _;
use hardcase::transforms::stack;
use serde_json::Value;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn sweep(args: &[&str]) -> Output {
    let lights = sample("traffic_lights");
    hardcase(&[&["sweep", text(&lights), "--stride", "8"], args].concat())
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_rows_are_the_same_on_every_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, jobs) in [("a.csv", "1"), ("b.csv", "3")] {
        let out = folder.path().join(name);
        let stack = "fog:0..1,gaussian_noise:0|40";
        let output = sweep(&["--stack", stack, "--seeds", "1,2", "--jobs", jobs, "-o", text(&out)]);
        assert!(output.status.success(), "{}", stderr(&output));
        files.push(fs::read_to_string(out).unwrap());
    }
    assert_eq!(files[0], files[1]);
    // 10 pictures, 5 x 2 values, 2 seeds, and the header.
    assert_eq!(files[0].lines().count(), 1 + 10 * 10 * 2);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing unfinished is left");
}

#[test]
fn every_row_is_what_judging_alone_says() {
    let asked = Asked { every: 20, ..Asked::default() };
    let (inputs, model) = (
        inputs(&[sample("traffic_lights")], &asked).unwrap(),
        first_model(&mut Catalog::default(), model_files(&[sample("traffic_lights")]).unwrap()).unwrap(),
    );
    let model = Model::load(&model.unwrap(), &embedded::KIND, 2).unwrap();
    let plan = plan_text::parse(&BUILT_IN, "rotate:-20..20,snow:0|0.7", 3, Design::Grid, vec![9]).unwrap();
    let variants = plan.variants(&BUILT_IN).unwrap();
    let oracle = ClaimSpec::new("same_class");
    let models = [model];
    let sweep = Sweep {
        validation: None,
        catalog: &BUILT_IN,
        inputs: &inputs,
        variants: &variants,
        models: &models.iter().collect::<Vec<_>>(),
        oracle: &oracle,
        threads: 2,
    };
    let found = RefCell::new(Vec::new());
    run(&sweep, &BTreeSet::new(), &Progress::default(), |result| {
        found.borrow_mut().push(result);
        Ok(())
    })
    .unwrap();
    let found = found.into_inner();
    assert_eq!(found.iter().map(|result| result.input).collect::<Vec<_>>(), [0, 1, 2, 3]);
    for (input, result) in inputs.iter().zip(&found) {
        let image = input.clip.input(input.channel, input.frame).unwrap();
        assert_eq!(result.cells.len(), variants.len());
        for (variant, cell) in variants.iter().zip(&result.cells) {
            let alone = judge(&BUILT_IN, &models[0], &image, &variant.stack, &oracle, None).unwrap();
            assert_eq!((&alone.verdict, alone.confidence), (&cell.verdict, cell.confidence));
            assert!(cell.margin.is_some() && cell.margin == alone.margin, "{cell:?}");
            assert_eq!(alone.changed == image, cell.change_rms <= 0.0);
        }
    }
    let mut summary = Summary::new(1, variants.len());
    for (input, result) in inputs.iter().zip(&found) {
        summary.add(result, input, &variants);
    }
    let total = summary.models[0].total();
    let failed = found.iter().flat_map(|result| &result.cells).filter(|cell| cell.verdict.failed()).count();
    assert_eq!((total.failed, total.judged), (failed, 4 * variants.len()));
    let along = summary.along(0, 1, &plan, &variants);
    assert_eq!(
        along.iter().map(|(value, tally)| (*value, tally.judged)).collect::<Vec<_>>(),
        [(0.0, 12), (0.7, 12)]
    );
}

#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Asked { every: 20, ..Asked::default() };
    let (inputs, model) = (
        inputs(&[sample("traffic_lights")], &asked).unwrap(),
        first_model(&mut Catalog::default(), model_files(&[sample("traffic_lights")]).unwrap()).unwrap(),
    );
    let models = [Model::load(&model.unwrap(), &embedded::KIND, 2).unwrap()];
    let variants = plan_text::parse(&BUILT_IN, "fog:0..1", 3, Design::Grid, vec![1])
        .unwrap()
        .variants(&BUILT_IN)
        .unwrap();
    let oracle = ClaimSpec::new("same_class");
    let sweep = Sweep {
        validation: None,
        catalog: &BUILT_IN,
        inputs: &inputs,
        variants: &variants,
        models: &models.iter().collect::<Vec<_>>(),
        oracle: &oracle,
        threads: 2,
    };
    let path = folder.path().join("x.part");
    let journal = Journal::open(&path, "this sweep").unwrap();
    let kept = RefCell::new(0);
    let stopped = run(&sweep, &BTreeSet::new(), &Progress::default(), |result| {
        if *kept.borrow() == 2 {
            return Err("killed".into());
        }
        *kept.borrow_mut() += 1;
        Ok(journal.put(&result)?)
    });
    assert!(matches!(stopped, Err(SweepError::Keep { .. })));
    drop(journal);
    assert!(Journal::open(&path, "another sweep").is_err());
    let journal = Journal::open(&path, "this sweep").unwrap();
    let done = journal.done().unwrap();
    assert_eq!(done.len(), 2);
    let again = RefCell::new(Vec::new());
    run(&sweep, &done, &Progress::default(), |result| {
        again.borrow_mut().push(result.input);
        Ok(journal.put(&result)?)
    })
    .unwrap();
    assert_eq!(again.into_inner(), [2, 3]);
    let mut resumed: Vec<UnitResult> = Vec::new();
    journal
        .each(|result| -> Result<(), hardcase::search::sweep::journal::JournalError> {
            resumed.push(result);
            Ok(())
        })
        .unwrap();
    let mut whole = Vec::new();
    run(&sweep, &BTreeSet::new(), &Progress::default(), |result| {
        whole.push(result);
        Ok(())
    })
    .unwrap();
    assert_eq!(resumed, whole);
    journal.remove().unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_cancelled_sweep_stops() {
    let (inputs, model) = (
        inputs(&[sample("traffic_lights")], &Asked::default()).unwrap(),
        first_model(&mut Catalog::default(), model_files(&[sample("traffic_lights")]).unwrap()).unwrap(),
    );
    let models = [Model::load(&model.unwrap(), &embedded::KIND, 1).unwrap()];
    let variants = plan_text::parse(&BUILT_IN, "fog:0..1", 3, Design::Grid, vec![1])
        .unwrap()
        .variants(&BUILT_IN)
        .unwrap();
    let oracle = ClaimSpec::new("same_class");
    let sweep = Sweep {
        validation: None,
        catalog: &BUILT_IN,
        inputs: &inputs,
        variants: &variants,
        models: &models.iter().collect::<Vec<_>>(),
        oracle: &oracle,
        threads: 2,
    };
    let progress = Progress::default();
    let mut count = 0;
    let stopped = run(&sweep, &BTreeSet::new(), &progress, |_| {
        count += 1;
        progress.cancel();
        Ok(())
    });
    assert!(matches!(stopped, Err(SweepError::Cancelled(_))) && count < 80, "{count}");
}

#[test]
fn shards_together_are_the_whole_and_parquet_has_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |name: &str, more: &[&str]| -> usize {
        let out = folder.path().join(name);
        let output = sweep(&[&["--stack", "fog:0..1", "--levels", "3", "-o", text(&out)], more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let file = fs::File::open(out).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert!(reader.schema().field_with_name("fog.amount").is_ok());
        for column in ["verdict", "class", "model", "change"] {
            let kind = reader.schema().field_with_name(column).unwrap().data_type().to_string();
            assert!(kind.starts_with("Dictionary"), "{column} is {kind}");
        }
        let keys = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let value = |name: &str| keys.iter().find(|pair| pair.key == name).unwrap().value.clone().unwrap();
        assert_eq!(
            (value("hardcase.format").as_str(), value("hardcase.version").as_str()),
            ("1", env!("CARGO_PKG_VERSION"))
        );
        assert!(value("hardcase.plan").contains("fog"));
        reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum()
    };
    assert_eq!(rows("all.parquet", &[]), 30);
    let parts = rows("1.parquet", &["--shard", "1/2"]) + rows("2.parquet", &["--shard", "2/2"]);
    assert_eq!(parts, 30);
}

#[test]
fn the_summary_compares_models_and_names_what_is_worst() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("x.jsonl");
    let model = sample("traffic_lights/models/traffic_light_state.onnx");
    let output = sweep(&[
        "--stack",
        "gaussian_noise:0..100",
        "--model",
        text(&model),
        "--model",
        text(&model),
        "--json",
        "-o",
        text(&out),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["pictures"], 10);
    let (a, b) = (&summary["models"][0], &summary["models"][1]);
    assert_eq!(a["violations"], b["violations"], "the same model twice");
    let points = a["curves"][0]["points"].as_array().unwrap();
    assert_eq!(points.len(), 5);
    let rate = |at: usize| points[at]["violations"]["rate"].as_f64().unwrap();
    assert!(rate(0) <= 0.0 && rate(4) > 0.0, "unchanged holds, the most noise does not");
    let (low, high) =
        (points[4]["violations"]["low"].as_f64().unwrap(), points[4]["violations"]["high"].as_f64().unwrap());
    assert!(low < rate(4) && rate(4) < high);
    assert!(!a["slices"].as_array().unwrap().is_empty());
    let first: Value =
        serde_json::from_str(fs::read_to_string(&out).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(first["clip"], "crops");
}

#[test]
fn bad_arguments_are_told_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("x.csv");
    let problem = |args: &[&str], code: i32| {
        let output = sweep(&[&["-o", text(&out)], args].concat());
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        stderr(&output)
    };
    assert!(problem(&["--stack", "smog:0..1"], 2).contains("unknown transform \"smog\""));
    assert!(problem(&["--stack", "fog:0..x"], 2).contains("no range"));
    assert!(problem(&["--stack", "fog", "--claim", "same_mood"], 2).contains("unknown claim \"same_mood\""));
    assert!(problem(&["--stack", "fog", "--expression", "after.x >"], 2).contains("ends where a value"));
    assert!(problem(&["--stack", "fog", "--channel", "none"], 2).contains("no images"));
    assert!(problem(&["--stack", "fog", "--claim", "class_is"], 2).contains("needs the name of a class"));
    let other = hardcase(&["sweep", "x", "--stack", "fog", "-o", "x.xlsx"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(stderr(&other).contains(".parquet"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing was written");
}

/// Of three transforms one is to blame: shrinking finds it, makes it weaker and the changed part smaller, and what
/// it ends with still breaks the claim.
#[test]
fn shrinking_ends_with_less_that_still_breaks() {
    let (inputs, model) = (
        inputs(&[sample("traffic_lights")], &Asked::default()).unwrap(),
        first_model(&mut Catalog::default(), model_files(&[sample("traffic_lights")]).unwrap()).unwrap(),
    );
    let model = Model::load(&model.unwrap(), &embedded::KIND, 1).unwrap();
    let picture = |frame: usize| inputs[frame].clip.input(inputs[frame].channel, frame).unwrap();
    let oracle = ClaimSpec::new("same_class");
    let progress = Progress::default();
    let image = picture(2);
    let change = stack::parse(&BUILT_IN, "gaussian_noise:100,brightness:4,saturation:1.1", 1).unwrap();
    let before = model.run(&image).unwrap();
    assert!(judge(&BUILT_IN, &model, &image, &change, &oracle, None).unwrap().verdict.failed());
    let shrunk = shrink(&BUILT_IN, &model, &image, &change, &oracle, &before, &progress).unwrap().unwrap();
    let [only] = shrunk.stack.transforms.as_slice() else { panic!("{:?}", shrunk.stack) };
    assert_eq!(only.transform, "gaussian_noise");
    let sigma = only.params.0["sigma"];
    assert!(
        sigma <= 100.0 && (sigma * 10.0 - (sigma * 10.0).round()).abs() < 1e-6,
        "weaker and round: {sigma}"
    );
    let region = shrunk.stack.region.unwrap();
    assert!(region.area() < 1.0, "{region:?}");
    let again = judge(&BUILT_IN, &model, &image, &shrunk.stack, &oracle, None).unwrap();
    assert_eq!(again.verdict.why(), shrunk.why);
    // Outside of the region nothing changed.
    let ([left, right], [top, bottom]) = region.pixels(image.size());
    let (image, changed) = (image.image().unwrap(), again.changed.image().unwrap());
    for (i, (a, b)) in image.pixels().chunks(3).zip(changed.pixels().chunks(3)).enumerate() {
        let (x, y) = (i % image.width() as usize, i / image.width() as usize);
        assert!(a == b || ((left..right).contains(&x) && (top..bottom).contains(&y)));
    }
    // What holds is not shrunk.
    let weak = stack::parse(&BUILT_IN, "brightness:4", 1).unwrap();
    assert_eq!(
        shrink(&BUILT_IN, &model, &image.clone().into(), &weak, &oracle, &before, &progress).unwrap(),
        None
    );
    // It survives being written and read.
    let text = toml::to_string(&shrunk.stack).unwrap();
    assert_eq!(toml::from_str::<Stack>(&text).unwrap(), shrunk.stack);
}

/// Single objects are counted by class, size and distance, each expected one once for every variant.
#[test]
fn objects_that_are_lost_are_counted_by_what_they_are() {
    for (name, medium, change, kind) in [
        ("street", Medium::Image, "fog", SliceKind::ObjectSize),
        ("lidar", Medium::Points, "dropped_points", SliceKind::ObjectDistance),
    ] {
        let place = [sample(name)];
        let asked = Asked { medium: Some(medium), every: 100, ..Asked::default() };
        let inputs = inputs(&place, &asked).unwrap();
        let model = Model::load(
            &first_model(&mut Catalog::default(), model_files(&place).unwrap()).unwrap().unwrap(),
            &embedded::KIND,
            1,
        )
        .unwrap();
        let variants = plan_text::parse(&BUILT_IN, change, 3, Design::Grid, vec![1])
            .unwrap()
            .variants(&BUILT_IN)
            .unwrap();
        let oracle = ClaimSpec::new("objects_kept");
        let sweep = Sweep {
            validation: None,
            catalog: &BUILT_IN,
            inputs: &inputs[..1],
            variants: &variants,
            models: &[&model],
            oracle: &oracle,
            threads: 1,
        };
        let mut summary = Summary::new(1, variants.len());
        let mut lost = Vec::new();
        run(&sweep, &BTreeSet::new(), &Progress::default(), |result| {
            summary.add(&result, &inputs[0], &variants);
            lost =
                result.cells.iter().map(|cell| cell.objects.iter().map(|o| o.lost).sum::<usize>()).collect();
            Ok(())
        })
        .unwrap();
        let answer = model.run(&inputs[0].input().unwrap()).unwrap();
        let Prediction::Objects { objects } = answer else { panic!("{answer:?}") };
        let there = objects.len();
        assert!(there > 0 && lost[0] == 0 && lost[2] > lost[0], "{name}: {lost:?} of {there}");
        let counted = |kind: SliceKind| -> (usize, usize) {
            let of = summary.models[0].slices.iter().filter(|(slice, _)| slice.kind == kind);
            of.fold((0, 0), |sum, (_, tally)| (sum.0 + tally.judged, sum.1 + tally.failed))
        };
        let all = (there * variants.len(), lost.iter().sum());
        assert_eq!((counted(SliceKind::Object), counted(kind)), (all, all), "{name}");
    }
}

/// Of many changed words and points those that matter are left, and nothing of them can be left out.
#[test]
fn shrinking_ends_with_the_words_and_points_that_matter() {
    let asked = |medium| Asked { medium: Some(medium), ..Asked::default() };
    let progress = Progress::default();
    for (name, medium, change, claim) in [
        ("notes", Medium::Text, "typos:9", "same_class"),
        ("lidar", Medium::Points, "scatter:3000", "same_objects"),
    ] {
        let place = [sample(name)];
        let inputs = inputs(&place, &asked(medium)).unwrap();
        let model = Model::load(
            &first_model(&mut Catalog::default(), model_files(&place).unwrap()).unwrap().unwrap(),
            &embedded::KIND,
            1,
        )
        .unwrap();
        let oracle = ClaimSpec::new(claim);
        let mut shrunk = 0;
        for (source, seed) in inputs.iter().take(20).zip(0..) {
            let input = source.input().unwrap();
            let change = stack::parse(&BUILT_IN, change, seed).unwrap();
            let before = model.run(&input).unwrap();
            if !judge(&BUILT_IN, &model, &input, &change, &oracle, Some(&before)).unwrap().verdict.failed() {
                continue;
            }
            let found =
                shrink(&BUILT_IN, &model, &input, &change, &oracle, &before, &progress).unwrap().unwrap();
            let again = judge(&BUILT_IN, &model, &input, &found.stack, &oracle, Some(&before)).unwrap();
            assert_eq!(again.verdict.why(), found.why, "what is left still breaks it");
            let text = toml::to_string(&found.stack).unwrap();
            assert_eq!(toml::from_str::<Stack>(&text).unwrap(), found.stack);
            // Where parts could be left out, what is left differs from the original in just these.
            let Some(parts) = found.stack.parts.clone() else { continue };
            let whole = Stack { parts: None, ..found.stack.clone() };
            let all = input.parts(&stack::apply(&BUILT_IN, &whole, &input).unwrap(), &whole).len();
            let left = input.parts(&again.changed, &whole).len();
            assert!(parts.count() < all && left == parts.count(), "{name}: {left} of {all}, {parts:?}");
            shrunk += 1;
        }
        assert!(shrunk >= 2, "{name}: {shrunk}");
    }
}

/// The map of `DeepTest` against a plain count over the same answers.
#[test]
fn errors_against_the_human_are_counted_by_lambda_and_epsilon() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("errors.csv");
    let drive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data_sets/donkeycar");
    let keeper = common::model("lane_keeper");
    let args = ["sweep", text(&drive), "--model", text(&keeper), "--stack", "brightness:0..100,rotate:0|15"];
    let more =
        ["--claim", "deep_test", "--class", "steering", "--human", "user/angle", "--json", "-o", text(&out)];
    let output = hardcase(&[&args[..], &more[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let map = &summary["models"][0]["errors"];

    let model = Model::load(&keeper, &embedded::KIND, 1).unwrap();
    let asked = Asked { human: Some("user/angle".to_owned()), ..Asked::default() };
    let sources = inputs(std::slice::from_ref(&drive), &asked).unwrap();
    assert!(!sources.is_empty() && sources.iter().all(|source| source.human.is_some()));
    let plan =
        plan_text::parse(&BUILT_IN, "brightness:0..100,rotate:0|15", 5, Design::Grid, vec![1]).unwrap();
    let variants = plan.variants(&BUILT_IN).unwrap();
    let error = |change: &Stack| -> Vec<f64> {
        sources
            .iter()
            .map(|source| {
                let picture = source.clip.picture(source.channel, source.frame).unwrap();
                let answer = model.predict(&stack::apply(&BUILT_IN, change, &picture).unwrap()).unwrap();
                (source.human.unwrap() - answer.quantity("steering").unwrap()).powi(2)
            })
            .collect()
    };
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    let usual = mean(&error(&stack::parse(&BUILT_IN, "", 1).unwrap()));
    assert!((map["usual"].as_f64().unwrap() - usual).abs() < 1e-9);
    let all: Vec<Vec<f64>> = variants.iter().map(|variant| error(&variant.stack)).collect();
    for (row, epsilon) in [0.01, 0.02, 0.03, 0.04, 0.05].into_iter().enumerate() {
        let near: Vec<&Vec<f64>> =
            all.iter().filter(|errors| (mean(errors) - usual).abs() <= epsilon).collect();
        assert_eq!(map["answers"][row], near.iter().map(|errors| errors.len()).sum::<usize>());
        for (column, lambda) in (1..=10).map(f64::from).enumerate() {
            let count = near.iter().flat_map(|errors| errors.iter()).filter(|e| **e > lambda * usual).count();
            assert_eq!(map["counts"][row][column], count, "epsilon {epsilon}, lambda {lambda}");
        }
    }
    let problem = hardcase(
        &[&args[..], &["--claim", "deep_test", "--class", "steering", "--human", "wheel", "-o", text(&out)]]
            .concat(),
    );
    assert_eq!(problem.status.code(), Some(2));
    assert!(stderr(&problem).contains("no recording has a signal \"wheel\""), "{}", stderr(&problem));
}

/// A knob that counts pixels breaks at a whole number of them, and holds just before.
#[test]
fn tipping_points_of_whole_steps_are_whole() {
    let lights = sample("traffic_lights");
    let path = first_model(&mut Catalog::default(), model_files(std::slice::from_ref(&lights)).unwrap())
        .unwrap()
        .unwrap();
    let model = Model::load(&path, &embedded::KIND, 1).unwrap();
    let sources = inputs(&[lights], &Asked { every: 12, ..Asked::default() }).unwrap();
    let oracle = ClaimSpec::new("same_class");
    let mut broke = 0;
    for change in ["pixelate:2", "glass_blur:1", "quarter_turn:1", "box_blur:3"] {
        for source in &sources {
            let input = source.input().unwrap();
            let change = stack::parse(&BUILT_IN, change, 3).unwrap();
            let before = model.run(&input).unwrap();
            let subject = Subject {
                catalog: &BUILT_IN,
                model: &model,
                input: &input,
                stack: &change,
                position: 0,
                oracle: &oracle,
                before: &before,
            };
            let spec = subject.spec().unwrap();
            let Tipping::Breaks { strength, holds, .. } =
                tipping_point(&subject, &Progress::default()).unwrap()
            else {
                continue;
            };
            broke += 1;
            let whole = |value: f64| ((value / spec.step).round() * spec.step - value).abs() < 1e-9;
            assert!(whole(strength) && whole(holds), "{change:?}: {strength} {holds}");
            let verdict = |strength: f64| {
                let change = stack::with_strength(&BUILT_IN, &change, 0, strength);
                judge(&BUILT_IN, &model, &input, &change, &oracle, Some(&before)).unwrap().verdict
            };
            assert!(verdict(strength).failed() && !verdict(holds).failed(), "{strength} {holds}");
        }
    }
    assert!(broke > 5, "{broke}");
}
