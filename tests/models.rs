//! Models: real ones, guessed cards, cards that lie, and models that misbehave.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;

use common::{model, sample};
use hardcase::claims::judge::judge;
use hardcase::clips;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::cases::verdict::Verdict;
use hardcase::data::clip::ChannelId;
use hardcase::data::image::Image;
use hardcase::data::prediction::{Prediction, Task};
use hardcase::inference::card::{Colors, ModelCard};
use hardcase::inference::model::Model;
use hardcase::inference::{ModelError, Tensor, decoders, embedded, onnxruntime};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

fn load(path: &Path) -> Result<Model, ModelError> {
    Model::load(path, &embedded::KIND, 1)
}

fn frame(index: usize) -> Image {
    let clip = clips::open(&sample("street/clips/street.mp4")).unwrap();
    clip.picture(ChannelId(0), index).unwrap()
}

/// Classes and scores that the reference (ONNX Runtime and Pillow in Python) gives for frame 100.
const FRAME_100: &[(&str, f32)] = &[
    ("person", 0.783),
    ("person", 0.760),
    ("person", 0.742),
    ("person", 0.681),
    ("person", 0.619),
    ("person", 0.572),
    ("truck", 0.561),
    ("car", 0.523),
    ("bird", 0.431),
];

#[test]
fn the_detector_sees_what_the_reference_sees() {
    let detector = load(&sample("street/models/nanodet_coco.onnx")).unwrap();
    let Prediction::Objects { objects } = detector.predict(&frame(100)).unwrap() else {
        panic!("it finds objects")
    };
    let seen: Vec<(&str, f32)> = objects.iter().map(|o| (o.class.as_str(), o.score)).collect();
    assert_eq!(seen.len(), FRAME_100.len(), "{seen:?}");
    for (ours, theirs) in seen.iter().zip(FRAME_100) {
        assert!(ours.0 == theirs.0 && (ours.1 - theirs.1).abs() < 0.002, "{ours:?} for {theirs:?}");
    }
    let first = objects[0].bbox;
    assert!((first.x0 - 344.0).abs() < 1.5 && (first.y1 - 274.0).abs() < 1.5, "{first:?}");
}

#[test]
fn guessed_cards_of_the_samples_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let guessed = |file: &str| {
        let path = folder.path().join("model.onnx");
        fs::copy(sample(file), &path).unwrap();
        let model = load(&path).unwrap();
        assert!(model.card_guessed);
        model.card
    };
    let detector = guessed("street/models/nanodet_coco.onnx");
    let shipped = ModelCard::beside(&sample("street/models/nanodet_coco.onnx")).unwrap().unwrap();
    assert_eq!(
        (&detector.decoder, &detector.labels, &detector.input),
        (&shipped.decoder, &shipped.labels, &shipped.input)
    );
    let lights = guessed("traffic_lights/models/traffic_light_state.onnx");
    assert_eq!(
        (lights.decoder.as_str(), lights.input.width, lights.input.height, lights.labels.len()),
        ("classes", 32, 64, 3)
    );
}

#[test]
fn the_classifier_knows_the_lights() {
    let lights = load(&sample("traffic_lights/models/traffic_light_state.onnx")).unwrap();
    let folder = sample("traffic_lights/clips/crops");
    let (mut right, mut all) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let Some((_, expected)) = name.split_once('_') else { continue };
        let answer = lights.predict(&Image::decode(&fs::read(&path).unwrap()).unwrap()).unwrap();
        all += 1;
        right += usize::from(answer.best().unwrap().0 == expected);
    }
    assert!(all == 80 && right >= 79, "{right} of {all}");
}

#[test]
fn labels_are_read_from_metadata() {
    let card = load(&model("brightest")).unwrap().card;
    assert_eq!(card.labels, ["red", "green", "blue"]);
    let blue = load(&model("brightest")).unwrap().predict(&Image::filled(8, 8, [10, 20, 200])).unwrap();
    assert_eq!(blue.best().unwrap().0, "blue");
}

#[test]
fn a_map_of_one_cell_is_a_classification() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    let (map, flat) =
        (load(&folder.join("one_cell.onnx")).unwrap(), load(&folder.join("brightest.onnx")).unwrap());
    assert_eq!((map.card.decoder.as_str(), map.card.labels.len()), ("classes", 3));
    let image = frame(100);
    assert_eq!(
        map.predict(&image).unwrap().best().unwrap().0,
        flat.predict(&image).unwrap().best().unwrap().0
    );
}

#[test]
fn open_dimensions_get_a_size_that_can_be_corrected() {
    let open = load(&model("dynamic")).unwrap();
    assert_eq!((open.card.input.width, open.card.input.height), (224, 224));
    assert!(open.predict(&Image::filled(50, 20, [1, 2, 3])).is_ok());
    let mut card = open.card.clone();
    card.input.width = 64;
    let smaller = Model::load_with(&model("dynamic"), Some(card), &embedded::KIND, 1).unwrap();
    assert!(smaller.predict(&Image::filled(50, 20, [1, 2, 3])).is_ok());
}

#[test]
fn models_that_cannot_be_used_get_a_sentence() {
    let check = |name: &str, expected: &str| {
        let text = load(&model(name)).err().unwrap().to_string();
        assert!(text.contains(expected) && text.contains(&format!("{name}.onnx")), "{text}");
    };
    check("unknown_operator", "Teleport");
    check("two_inputs", "2 inputs");
    check("vector", "not an image");
    check("five_dimensions", "the meaning of the outputs cannot be guessed");
    let folder = tempfile::tempdir().unwrap();
    let broken = |bytes: &[u8]| {
        let path = folder.path().join("broken.onnx");
        fs::write(&path, bytes).unwrap();
        load(&path).err().unwrap().to_string()
    };
    assert!(broken(b"").contains("empty"));
    assert!(broken(b"this is not a model").contains("not an ONNX model"));
    let whole = fs::read(sample("traffic_lights/models/traffic_light_state.onnx")).unwrap();
    assert!(broken(&whole[..whole.len() / 2]).contains("broken.onnx"));
}

#[test]
fn answers_that_are_no_numbers_are_an_error_and_not_a_class() {
    let error = load(&model("nan")).unwrap().predict(&Image::filled(8, 8, [9, 9, 9])).unwrap_err();
    assert!(matches!(error, ModelError::NotFinite { count: 3, .. }), "{error}");
}

#[test]
fn a_card_that_contradicts_the_model_is_refused() {
    let path = sample("traffic_lights/models/traffic_light_state.onnx");
    let right = ModelCard::beside(&path).unwrap().unwrap();
    let check = |change: fn(&mut ModelCard), expected: &str| {
        let mut card = right.clone();
        change(&mut card);
        let error = Model::load_with(&path, Some(card), &embedded::KIND, 1).err().unwrap();
        assert!(matches!(error, ModelError::Contradiction { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(|card| card.input.width = 64, "1x3x64x64");
    check(|card| card.input.name = "pixels".to_owned(), "pixels");
    check(|card| card.input.colors = Colors::Gray, "1x1x64x32");
    check(|card| card.labels.truncate(2), "2 classes");
    check(|card| card.labels.clear(), "no classes");
    check(|card| card.decoder = "psychic".to_owned(), "psychic");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("m.onnx");
    fs::copy(&path, &copy).unwrap();
    fs::write(ModelCard::path_for(&copy), "name = 3").unwrap();
    assert!(load(&copy).err().unwrap().to_string().contains("m.card.toml"));
}

#[test]
fn yolo_outputs_of_both_layouts_are_read() {
    let mut card =
        ModelCard::beside(&sample("traffic_lights/models/traffic_light_state.onnx")).unwrap().unwrap();
    card.decoder = "yolo".to_owned();
    let kind = decoders::kind("yolo").unwrap();
    // One strong box of class 1 around (20, 30) among silent ones.
    let mut v8 = vec![0.0; 7 * 200];
    for (field, value) in [20.0, 30.0, 8.0, 10.0, 0.1, 0.9, 0.2].into_iter().enumerate() {
        v8[field * 200 + 5] = value;
    }
    let mut v5 = vec![0.0; 200 * 8];
    v5[40..48].copy_from_slice(&[20.0, 30.0, 8.0, 10.0, 0.95, 0.1, 0.9, 0.2]);
    for (shape, data, score) in [(vec![1, 7, 200], v8, 0.9), (vec![1, 200, 8], v5, 0.855)] {
        let output = Tensor { name: "output0".to_owned(), shape, data };
        let decoders::Decoded::Objects(found) = (kind.decode)(&[output], &card).unwrap() else {
            panic!("boxes")
        };
        assert_eq!(found.len(), 1);
        assert!(found[0].class == 1 && (found[0].score - score).abs() < 1e-5);
        assert_eq!((found[0].bbox.x0.round(), found[0].bbox.y1.round()), (16.0, 35.0));
    }
}

#[test]
fn onnx_runtime_agrees_with_the_built_in_runtime() {
    if let Err(missing) = (onnxruntime::KIND.status)() {
        println!("SKIPPED: {missing}");
        return;
    }
    let path = sample("street/models/nanodet_coco.onnx");
    let (ours, theirs) = (load(&path).unwrap(), Model::load(&path, &onnxruntime::KIND, 1).unwrap());
    let picture = frame(300);
    let (Prediction::Objects { objects: a }, Prediction::Objects { objects: b }) =
        (ours.predict(&picture).unwrap(), theirs.predict(&picture).unwrap())
    else {
        panic!("both find objects")
    };
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert!(a.class == b.class && (a.score - b.score).abs() < 1e-4 && a.bbox.iou(&b.bbox) > 0.999);
    }
}

/// A lane keeper answers with numbers: their names come from its outputs, and a mirrored road negates what
/// points left or right.
#[test]
fn numbers_are_read_judged_and_mirrored() {
    let keeper = load(&model("lane_keeper")).unwrap();
    assert_eq!((keeper.card.decoder.as_str(), keeper.task()), ("values", Task::Values));
    assert_eq!(keeper.card.labels, ["steering", "throttle"]);
    assert_eq!(keeper.card.lateral, ["steering"]);
    let mut picture = Image::filled(8, 8, [40; 3]);
    for (i, pixel) in picture.pixels_mut().chunks_exact_mut(3).enumerate() {
        if i % 8 >= 4 {
            pixel.fill(140);
        }
    }
    let answer = keeper.predict(&picture).unwrap();
    let steering = answer.quantity("steering").unwrap();
    assert!((steering - 100.0 / 255.0).abs() < 1e-5, "{steering}");
    let judged = |change: &str, oracle: &ClaimSpec| {
        let stack = stack::parse(&BUILT_IN, change, 1).unwrap();
        judge(&BUILT_IN, &keeper, &picture.clone().into(), &stack, oracle, None).unwrap()
    };
    let close = ClaimSpec::new("close_values");
    let mirrored = judged("mirror", &close);
    assert_eq!(mirrored.verdict, Verdict::Pass);
    assert!((mirrored.after.quantity("steering").unwrap() + steering).abs() < 1e-6);
    assert_eq!(judged("negative", &close).verdict.word(), "fail");
    // What a turned camera does to the steering is unknown, unless somebody takes it to stay.
    let turned = judged("rotate:4", &close);
    assert_eq!(turned.verdict.word(), "skip");
    assert!(turned.verdict.why().contains("is unknown"), "{}", turned.verdict.why());
    let assumed = ClaimSpec { assume_same: true, ..close };
    assert_eq!(judged("rotate:4", &assumed).verdict, Verdict::Pass);
    // DeepTest: (human - after)^2 <= lambda * MSE.
    let mut deep = ClaimSpec { class: Some("steering".to_owned()), ..ClaimSpec::new("deep_test") };
    deep.params.insert("human", steering + 0.1);
    deep.params.insert("mse", 0.0025);
    deep.params.insert("lambda", 5.0);
    assert_eq!(judged("brightness:0", &deep).verdict, Verdict::Pass, "0.01 <= 5 * 0.0025");
    deep.params.insert("lambda", 3.0);
    assert_eq!(judged("brightness:0", &deep).verdict.word(), "fail", "0.01 > 3 * 0.0025");
    let ordered = ClaimSpec { class: Some("throttle".to_owned()), ..ClaimSpec::new("at_least") };
    assert_eq!(judged("brightness:40", &ordered).verdict, Verdict::Pass);
    let darker = judged("brightness:-30", &ordered);
    assert!(
        darker.verdict.why().starts_with("throttle changed from 0.353 to 0.2"),
        "{}",
        darker.verdict.why()
    );
    let own = ClaimSpec {
        expression: Some("after.steering == -before.steering and holds(\"close_values\")".to_owned()),
        ..ClaimSpec::new("expression")
    };
    assert_eq!(judged("mirror", &own).verdict, Verdict::Pass);
}
