//! Published and measured figures on a small classifier of handwritten digits, reproduced to the digit.
//!
//! Accuracy of negatives after Hosseini et al., "On the limitation of convolutional neural networks in recognizing
//! negative images" (2017); turns, flips, scale and shift after Dwarakanath et al. (ISSTA 2018).
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::path::PathBuf;

use common::npz::array;
use common::repo;
use hardcase::base::progress::Progress;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::image::Image;
use hardcase::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
use hardcase::inference::{embedded, model::Model};
use hardcase::search::curve::{Subject, Tipping, tipping_point};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

/// The data beside the project, or a word about its absence.
fn data() -> Option<PathBuf> {
    let folder = repo().join("../shared/data/digits");
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("SKIPPED: there is no {}", folder.display());
    }
    None
}

struct Digits {
    model: Model,
    pictures: Vec<(Image, String)>,
}

/// White of the whole range, as negatives need it.
const WHITE: f32 = 255.0;
/// The data is in sixteenths, which are even whole numbers on this scale: moving and halving them loses nothing.
const EXACT: f32 = 224.0;

fn digits(white: f32) -> Option<Digits> {
    let folder = data()?;
    let card = ModelCard {
        points: None,
        text: None,
        window: None,
        name: "digits".to_owned(),
        decoder: "classes".to_owned(),
        threshold: 0.4,
        nms_iou: 0.5,
        input: InputCard {
            name: "input".to_owned(),
            width: 8,
            height: 8,
            layout: Layout::Nchw,
            colors: Colors::Gray,
            fit: Fit::Stretch,
            mean: [0.0; 3],
            std: [white; 3],
        },
        labels: (0..10).map(|digit| digit.to_string()).collect(),
        units: Vec::new(),
        lateral: Vec::new(),
    };
    let model = Model::load_with(&folder.join("model_a.onnx"), Some(card), &embedded::KIND, 1).unwrap();
    let npz = std::fs::read(folder.join("data.npz")).unwrap();
    let (pixels, labels) = (array(&npz, "x_test.npy"), array(&npz, "y_test.npy"));
    let (pixels, _) = pixels.as_chunks::<4>();
    let (labels, _) = labels.as_chunks::<8>();
    let pictures = pixels
        .chunks_exact(64)
        .zip(labels)
        .map(|(pixels, label)| {
            let gray = |bytes: &[u8; 4]| (f32::from_le_bytes(*bytes) * white).round() as u8;
            let rgb = pixels.iter().flat_map(|bytes| [gray(bytes); 3]).collect();
            (Image::from_rgb(8, 8, rgb).unwrap(), u64::from_le_bytes(*label).to_string())
        })
        .collect();
    Some(Digits { model, pictures })
}

#[test]
fn accuracy_after_each_change_is_what_was_measured() {
    let (Some(full), Some(exact)) = (digits(WHITE), digits(EXACT)) else { return };
    assert_eq!(exact.pictures.len(), 597);
    for (digits, change, expected) in [
        (&exact, "", 0.9866),
        (&full, "negative:1", 0.0),
        (&exact, "quarter_turn:1", 0.1206),
        (&exact, "quarter_turn:2", 0.4037),
        (&exact, "quarter_turn:3", 0.1206),
        (&exact, "mirror", 0.4422),
        (&exact, "flip", 0.4506),
        (&exact, "contrast:0.5", 0.9464),
        (&exact, "translate:right=1", 0.6482),
    ] {
        let stack = stack::parse(&BUILT_IN, change, 0).unwrap();
        let right = digits
            .pictures
            .iter()
            .filter(|(picture, label)| {
                let changed = stack::apply(&BUILT_IN, &stack, picture).unwrap();
                digits.model.predict(&changed).unwrap().best().unwrap().0 == label
            })
            .count();
        let accuracy = right as f64 / digits.pictures.len() as f64;
        assert!((accuracy - expected).abs() < 5e-5, "{change}: {accuracy:.4} instead of {expected}");
    }
}

/// Smallest failing blend towards the negative, as the median of 100 images.
#[test]
fn the_least_failing_blend_towards_the_negative_is_what_was_measured() {
    let Some(digits) = digits(WHITE) else { return };
    let stack = stack::parse(&BUILT_IN, "negative:1", 0).unwrap();
    let mut least: Vec<f64> = Vec::new();
    for (picture, label) in digits.pictures.iter().take(100) {
        let before = digits.model.predict(picture).unwrap();
        let oracle = ClaimSpec { class: Some(label.clone()), ..ClaimSpec::new("class_is") };
        let subject = Subject {
            catalog: &BUILT_IN,
            model: &digits.model,
            input: &picture.clone().into(),
            stack: &stack,
            position: 0,
            oracle: &oracle,
            before: &before,
        };
        match tipping_point(&subject, &Progress::default()).unwrap() {
            Tipping::Breaks { strength, .. } => least.push(strength),
            Tipping::BrokenAtStart { .. } => least.push(0.0),
            Tipping::Holds { .. } => {}
        }
    }
    least.sort_by(f64::total_cmp);
    let middle = f64::midpoint(least[least.len() / 2], least[(least.len() - 1) / 2]);
    assert!((middle - 0.397).abs() < 0.004, "{middle} over {}", least.len());
}
