//! Gradients against those of a reference (`tests/fixtures/make_gradients.py`), and what they are used for.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::path::Path;

use common::{model, repo, sample};
use hardcase::base::progress::Progress;
use hardcase::clips;
use hardcase::data::clip::ChannelId;
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use hardcase::data::prediction::Prediction;
use hardcase::inference::Tensor;
use hardcase::inference::card::ModelCard;
use hardcase::inference::embedded;
use hardcase::inference::gradients::{Objective, gradient};
use hardcase::inference::model::Model;
use hardcase::robustness::saliency::{self, Kind, Target};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_slice(&std::fs::read(repo().join("tests/fixtures/gradients.json")).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

/// A model that is loaded whatever its input looks like to people: only its numbers matter here.
fn load(path: &Path) -> Model {
    Model::load(path, &embedded::KIND, 1).unwrap()
}

/// The rule of the script.
fn input(name: &str, shape: &[usize], number: u64, high: f32) -> Tensor {
    let size = shape.iter().product::<usize>() as u64;
    let value = |i: u64| {
        let mixed = (i * 2_654_435_761 + 40_503 * number) % (1 << 32);
        ((mixed >> 16) as f64 / 65535.0 * f64::from(high)) as f32
    };
    Tensor { name: name.to_owned(), shape: shape.to_vec(), data: (0..size).map(value).collect() }
}

fn close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs())).max(1e-3);
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-5 * largest.max(1.0), "{what}: {a} for {b} at {at}, largest {largest}");
    }
}

fn check(name: &str, path: &Path) {
    let (golden, model) = (golden(), load(path));
    let of = &golden[name];
    let shape: Vec<usize> =
        of["shape"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap() as usize).collect();
    for (number, case) in of["cases"].as_array().unwrap().iter().enumerate() {
        let high = of["high"].as_f64().unwrap() as f32;
        let prepared = input(&model.card.input.name, &shape, number as u64, high);
        let truth = case["truth"].as_u64().unwrap() as usize;
        for (objective, key) in
            [(Objective::CrossEntropy(truth), "cross_entropy"), (Objective::Output(truth), "output")]
        {
            let found = gradient(&model, std::slice::from_ref(&prepared), objective).unwrap();
            assert_eq!(found.shape, shape);
            close(&found.data, &numbers(&case[key]), &format!("{name} {number} {key}"));
        }
    }
}

#[test]
fn every_operator_is_gone_back_through_as_the_reference_does() {
    // Two channels are no picture, so the card is written by hand.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("operators.onnx");
    std::fs::copy(model("operators"), &path).unwrap();
    let card = r#"
        name = "operators"
        decoder = "classes"
        labels = ["a", "b", "c", "d", "e"]
        [input]
        name = "image"
        width = 8
        height = 9
        [points]
        ahead = [0.0, 1.0]
        left = [0.0, 1.0]
        up = [0.0, 1.0]
        features = ["highest", "lowest"]
    "#;
    std::fs::write(ModelCard::path_for(&path), card).unwrap();
    check("operators", &path);
}

#[test]
fn the_lights_have_the_gradient_of_the_reference() {
    check("lights", &sample("traffic_lights/models/traffic_light_state.onnx"));
}

/// The fast gradient sign method on the digits: the same step as the reference takes, which makes the model wrong.
#[test]
fn digits_are_fooled_by_the_sign_of_the_gradient() {
    let path = repo().parent().unwrap().join("shared/data/digits/model_a.onnx");
    if !path.is_file() {
        println!("SKIPPED: {} is not there", path.display());
        return;
    }
    let model = load(&path);
    let golden = golden();
    let (mut before, mut after) = (0, 0);
    for row in golden["digits"].as_array().unwrap() {
        let truth = row["truth"].as_u64().unwrap() as usize;
        let prepared = Tensor {
            name: model.card.input.name.clone(),
            shape: vec![1, 1, 8, 8],
            data: numbers(&row["input"]),
        };
        let found =
            gradient(&model, std::slice::from_ref(&prepared), Objective::CrossEntropy(truth)).unwrap();
        close(&found.data, &numbers(&row["gradient"]), "digits");
        let right = |input: &Tensor| {
            let output = model.outputs(std::slice::from_ref(input)).unwrap().remove(0).data;
            let best = (0..output.len()).max_by(|a, b| output[*a].total_cmp(&output[*b]));
            usize::from(best == Some(truth))
        };
        let step = |(x, g): (&f32, &f32)| (x + 0.3 * if *g > 0.0 { 1.0 } else { -1.0 }).clamp(0.0, 1.0);
        let fooled =
            Tensor { data: prepared.data.iter().zip(&found.data).map(step).collect(), ..prepared.clone() };
        before += right(&prepared);
        after += right(&fooled);
    }
    assert!(before >= 19 && after < 15, "{before} right before, {after} after");
}

#[test]
fn an_output_that_does_not_exist_is_named() {
    let model = load(&sample("traffic_lights/models/traffic_light_state.onnx"));
    let prepared = model.prepared(&Input::Image(Image::filled(64, 64, [90; 3]))).unwrap();
    let problem = gradient(&model, &prepared, Objective::Output(usize::MAX)).unwrap_err().to_string();
    assert!(problem.contains("no index"), "{problem}");
}

/// The lamp is what decides, and green is below: both maps are strongest there.
#[test]
fn maps_show_the_lamp_that_decides() {
    let model = load(&sample("traffic_lights/models/traffic_light_state.onnx"));
    let clip = clips::open(&sample("traffic_lights/clips/crops")).unwrap();
    let (mut below, mut above) = ([0.0; 2], [0.0; 2]);
    for frame in 0..12 {
        let picture = clip.picture(ChannelId(0), frame).unwrap();
        let answer = model.predict(&picture).unwrap();
        if answer.best().unwrap().0 != "green" {
            continue;
        }
        let target = Target::of(&answer, "green", None);
        for (at, kind) in [Kind::Occlusion, Kind::Gradient].into_iter().enumerate() {
            let map = saliency::map(&model, &picture, &target, kind, 2, &Progress::default()).unwrap();
            assert_eq!(map.values.len(), map.width * map.height, "{kind:?}");
            let half = map.values.len() / 2;
            let mass = |values: &[f32]| values.iter().map(|value| value.max(0.0)).sum::<f32>();
            above[at] += mass(&map.values[..half]);
            below[at] += mass(&map.values[half..]);
            let again = saliency::map(&model, &picture, &target, kind, 1, &Progress::default()).unwrap();
            assert_eq!(map, again, "on every number of threads");
        }
    }
    assert!(below[0] > above[0] && below[1] > above[1], "{below:?} below, {above:?} above");
}

/// Around an object only what lies around it is covered, and the object itself is what counts.
#[test]
fn an_object_hangs_on_itself() {
    let model = load(&sample("street/models/nanodet_coco.onnx"));
    let picture =
        clips::open(&sample("street/clips/street.mp4")).unwrap().picture(ChannelId(0), 100).unwrap();
    let answer = model.predict(&picture).unwrap();
    let Prediction::Objects { objects } = &answer else { panic!("it finds objects") };
    let person = objects[0].bbox;
    let target = Target::of(&answer, &objects[0].class, Some(person));
    let map = saliency::map(&model, &picture, &target, Kind::Occlusion, 2, &Progress::default()).unwrap();
    let strongest = (0..map.values.len()).max_by(|a, b| map.values[*a].total_cmp(&map.values[*b])).unwrap();
    let place = |at: usize| (at as f32 + 0.5) * map.cell;
    let (x, y) = (map.origin.0 + place(strongest % map.width), map.origin.1 + place(strongest / map.width));
    assert!(person.contains(x, y), "{x}, {y} outside of {person:?}");
    assert!(map.sure > 0.7 && map.values[strongest] > 0.05, "{} of {}", map.values[strongest], map.sure);
}
