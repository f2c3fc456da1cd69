//! Detectors as the usual tools export them, against what the tools' own postprocessing says of the same picture; how they and
//! the expected answers were made is in tests/fixtures/detectors/make.py.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod common;

use std::path::PathBuf;

use common::repo;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;
use hardcase::data::geometry::shape::Mask;
use hardcase::data::image::Image;
use hardcase::data::prediction::Prediction;
use hardcase::inference::card::ModelCard;
use hardcase::inference::decoders::{self, Decoded};
use hardcase::inference::model::Model;
use hardcase::inference::{BackendKind, Tensor, embedded, onnxruntime};
use serde_json::Value;

/// Side of the picture and of every input.
const SIDE: u32 = 64;

fn folder() -> PathBuf {
    repo().join("tests/fixtures/detectors")
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn picture() -> Image {
    Image::decode(&std::fs::read(folder().join("picture.png")).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

/// Detections of a tool, as far as they lie in the image.
struct Wanted {
    class: usize,
    score: f32,
    bbox: Box2,
    mask: Option<Vec<bool>>,
    places: Vec<[f32; 2]>,
}

/// A mask from the starts and lengths of its runs, row by row.
fn filled(runs: &Value) -> Vec<bool> {
    let mut pixels = vec![false; (SIDE * SIDE) as usize];
    for run in runs.as_array().unwrap() {
        let [start, length] = [0, 1].map(|at| run[at].as_u64().unwrap() as usize);
        pixels[start..start + length].fill(true);
    }
    pixels
}

fn wanted(of: &Value) -> Vec<Wanted> {
    let mut all = Vec::new();
    for (at, class) in of["classes"].as_array().unwrap().iter().enumerate() {
        let [x0, y0, x1, y1] = numbers(&of["boxes"][at]).try_into().unwrap();
        let places = of["keypoints"].get(at).map_or_else(Vec::new, |places| {
            places.as_array().unwrap().iter().map(|place| numbers(place)[..2].try_into().unwrap()).collect()
        });
        all.push(Wanted {
            class: class.as_u64().unwrap() as usize,
            score: of["scores"][at].as_f64().unwrap() as f32,
            bbox: Box2 { x0, y0, x1, y1 }.clipped(SIDE, SIDE),
            mask: of["masks"].get(at).map(filled),
            places,
        });
    }
    all.retain(|one| one.bbox.valid());
    all
}

fn pixels(mask: &Mask) -> Vec<bool> {
    let [w, h] = mask.size;
    assert_eq!([w, h], [SIDE; 2]);
    let mut pixels = vec![false; (w * h) as usize];
    let mut at = 0;
    for (number, run) in mask.runs.iter().enumerate() {
        for down in at..at + run {
            pixels[((down % h) * w + down / h) as usize] = number % 2 == 1;
        }
        at += run;
    }
    pixels
}

fn other(a: &[bool], b: &[bool]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}

/// Every object of the tool is found once, with its class, score, box, mask and places.
fn same(name: &str, found: &[Detection], wanted: &[Wanted], labels: &[String]) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    let mut left: Vec<&Detection> = found.iter().collect();
    for one in wanted {
        let fits = |found: &&Detection| {
            let b = found.bbox;
            let apart = [b.x0 - one.bbox.x0, b.y0 - one.bbox.y0, b.x1 - one.bbox.x1, b.y1 - one.bbox.y1];
            found.class == labels[one.class]
                && (found.score - one.score).abs() < 1e-3
                && apart.iter().all(|apart| apart.abs() < 0.02)
        };
        let at = left.iter().position(fits);
        assert!(at.is_some(), "{name}: {} {} {:?}: {left:?}", labels[one.class], one.score, one.bbox);
        let found = left.remove(at.unwrap());
        if let Some(mask) = &one.mask {
            let inside = |at: &usize| {
                // At an edge of the box a pixel is cut off by its corner there and by its middle here.
                let (x, y) = ((at % SIDE as usize) as f32 + 0.5, (at / SIDE as usize) as f32 + 0.5);
                let far = |a: f32, b: f32| (a - b).abs() > 1.0;
                let b = &one.bbox;
                far(x, b.x0) && far(x, b.x1) && far(y, b.y0) && far(y, b.y1)
            };
            let own = pixels(found.mask.as_ref().unwrap());
            let apart = (0..mask.len()).filter(|at| mask[*at] != own[*at]).filter(inside).count();
            assert!(apart <= 4, "{name}: {apart} pixels of a mask");
        }
        assert_eq!(found.keypoints.len(), one.places.len(), "{name}");
        for (place, [x, y]) in found.keypoints.iter().zip(&one.places) {
            assert!((place.x - x).abs() < 0.02 && (place.y - y).abs() < 0.02, "{name}: {place:?} {x} {y}");
        }
    }
}

fn backends() -> Vec<&'static BackendKind> {
    if (onnxruntime::KIND.status)().is_ok() {
        return vec![&embedded::KIND, &onnxruntime::KIND];
    }
    eprintln!("skipped on ONNX Runtime: it is not installed");
    vec![&embedded::KIND]
}

fn answer(name: &str, backend: &'static BackendKind) -> (Prediction, ModelCard) {
    let model = Model::load(&folder().join(format!("{name}.onnx")), backend, 1).unwrap();
    (model.predict(&picture()).unwrap(), model.card.clone())
}

#[test]
fn exported_detectors_find_what_their_own_postprocessing_finds() {
    let expected = expected();
    for backend in backends() {
        for name in ["ssd", "mask_rcnn", "keypoint_rcnn", "detr", "rt_detr", "yolox"] {
            let (answer, card) = answer(name, backend);
            let Prediction::Objects { objects } = answer else { panic!("{answer:?}") };
            let wanted = wanted(&expected[name]);
            assert!(wanted.len() >= 8, "{name}: {}", wanted.len());
            same(name, &objects, &wanted, &card.labels);
        }
    }
}

#[test]
fn an_exported_segmenter_gives_the_areas_of_its_own_postprocessing() {
    let expected = expected();
    for backend in backends() {
        let (answer, card) = answer("segformer", backend);
        let Prediction::Segments { segments } = answer else { panic!("{answer:?}") };
        let mut apart = 0;
        for (class, runs) in expected["segformer"]["masks"].as_array().unwrap().iter().enumerate() {
            let found = segments.iter().find(|segment| segment.class == card.labels[class]);
            let found =
                found.map_or_else(|| vec![false; (SIDE * SIDE) as usize], |found| pixels(&found.mask));
            apart += other(&filled(runs), &found);
        }
        assert!(segments.len() >= 2 && apart <= 8, "{} areas, {apart} pixels apart", segments.len());
    }
}

#[test]
fn outputs_of_yolo_are_read_as_its_own_postprocessing_reads_them() {
    let expected = expected();
    for name in ["v8", "v8_masks", "v8_places", "v10"] {
        let one = &expected[name];
        let kind = decoders::kind(one["decoder"].as_str().unwrap()).unwrap();
        let labels = if name == "v8_places" { vec!["person"] } else { vec!["car", "person", "sign"] };
        let card: ModelCard = toml::from_str(&format!(
            "name = \"m\"\ndecoder = {:?}\nthreshold = 0.2\nnms_iou = 0.5\nlabels = {labels:?}\n[input]\nname = \"x\"\nwidth = {SIDE}\nheight = {SIDE}\n",
            kind.id
        ))
        .unwrap();
        let tensor = |(at, output): (usize, &Value)| Tensor {
            name: format!("output{at}"),
            shape: numbers(&output["shape"]).iter().map(|side| *side as usize).collect(),
            data: numbers(&output["data"]),
        };
        let outputs: Vec<Tensor> =
            one["outputs"].as_array().unwrap().iter().enumerate().map(tensor).collect();
        let decoded = (kind.decode)(&outputs, &card).unwrap();
        let maps = if let Decoded::Masked(_, maps) = &decoded { Some(maps.clone()) } else { None };
        let (Decoded::Objects(candidates) | Decoded::Masked(candidates, _)) = decoded else {
            panic!("{decoded:?}");
        };
        let mut wanted = wanted(one);
        wanted.retain(|one| one.score >= card.threshold);
        let chosen = decoders::chosen(candidates, &card, kind.doubles);
        let found = chosen.iter().map(|candidate| Detection {
            keypoints: candidate.keypoints.clone(),
            mask: maps.as_ref().map(|maps| maps.whole(candidate, &card)),
            ..Detection::flat(
                card.label(candidate.class),
                candidate.score,
                candidate.bbox.clipped(SIDE, SIDE),
            )
        });
        let found: Vec<Detection> = found.filter(|one| one.bbox.valid()).collect();
        assert!(wanted.len() >= 5, "{name}: {}", wanted.len());
        same(name, &found, &wanted, &card.labels);
    }
}

#[test]
fn a_card_is_guessed_for_what_torchvision_exports() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["ssd", "rt_detr", "detr", "segformer"] {
        let copy = scratch.path().join(format!("{name}.onnx"));
        std::fs::copy(folder().join(format!("{name}.onnx")), &copy).unwrap();
        let model = Model::load(&copy, &embedded::KIND, 1).unwrap();
        let own = ModelCard::beside(&folder().join(format!("{name}.onnx"))).unwrap().unwrap();
        assert!(model.card_guessed);
        assert_eq!((&model.card.decoder, model.card.input.width), (&own.decoder, SIDE), "{name}");
        model.predict(&picture()).unwrap();
    }
}
