//! Models as transforms: they paint, they come with suites, and they say what is wrong with them.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{copied, sample};
use hardcase::data::image::Image;
use hardcase::data::input::Medium;
use hardcase::inference::embedded;
use hardcase::predictions::image_models;
use hardcase::transforms::catalog::{BUILT_IN, Catalog};
use hardcase::transforms::{Group, stack};

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn snowy() -> PathBuf {
    sample("street").join("models/snowy_roads.onnx")
}

fn street() -> Image {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/frame100.png");
    Image::decode(&fs::read(path).unwrap()).unwrap()
}

fn mean(image: &Image) -> f64 {
    image.pixels().iter().map(|v| f64::from(*v)).sum::<f64>() / image.pixels().len() as f64
}

#[test]
fn a_model_paints_a_street_white_as_strongly_as_wanted() {
    let mut catalog = Catalog::default();
    image_models::load_into(&mut catalog, &snowy()).unwrap();
    let kind = catalog.kind("snowy_roads").unwrap();
    assert_eq!((kind.id, kind.title, kind.medium()), ("snowy_roads", "Snowy roads", Medium::Image));
    assert!(catalog.group(Group::Loaded).any(|other| other.id == "snowy_roads"));
    // No other catalog knows it.
    assert!(stack::parse(&BUILT_IN, "snowy_roads:1", 1).is_err());
    let street = street();
    let painted = |strength: f64| {
        let change = stack::parse(&catalog, &format!("snowy_roads:{strength}"), 1).unwrap();
        stack::apply(&catalog, &change, &street).unwrap()
    };
    assert_eq!(painted(0.0), street);
    let (half, whole) = (painted(0.5), painted(1.0));
    assert!(mean(&whole) > mean(&street) + 40.0, "{} {}", mean(&street), mean(&whole));
    assert!((mean(&half) - f64::midpoint(mean(&street), mean(&whole))).abs() < 1.0);
    assert_eq!(whole, painted(1.0));
    // Loading it again is the same transform.
    let mut again = catalog.clone();
    image_models::load_into(&mut again, &snowy()).unwrap();
    assert!(std::ptr::eq(kind, again.kind("snowy_roads").unwrap()));
}

#[test]
fn a_suite_brings_the_model_that_paints_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("street");
    copied("street", &project);
    let case = r#"{"cases":[{"id":"snow","suite":"winter","clip":"street.mp4","channel":"video","frame":100,
        "stack":{"seed":1,"transforms":[{"transform":"snowy_roads","params":{"strength":1.0}}]},
        "oracle":{"claim":"same_objects"},"tags":["snow"],"why":"snow hides people"}]}"#;
    fs::write(project.join("labels.json"), case).unwrap();
    let suite = folder.path().join("winter");
    let exported = hardcase(&["suite", "export", text(&project), "--suite", "winter", "-o", text(&suite)]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    assert!(suite.join("image_models/snowy_roads.onnx").is_file());
    assert_eq!(hardcase(&["suite", "verify", text(&suite)]).status.code(), Some(0));
    let model = sample("street").join("models/nanodet_coco.onnx");
    let tested = hardcase(&["test", text(&suite), "--model", text(&model)]);
    assert!(matches!(tested.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&tested.stderr));
    // One that was altered is not used.
    let paints = suite.join("image_models/snowy_roads.onnx");
    let mut bytes = fs::read(&paints).unwrap();
    bytes.push(0);
    fs::write(&paints, bytes).unwrap();
    let tested = hardcase(&["test", text(&suite), "--model", text(&model)]);
    let problem = String::from_utf8(tested.stderr).unwrap();
    assert_eq!(tested.status.code(), Some(3));
    assert!(problem.contains("a transform file was altered, restore it from git"), "{problem}");
}

#[test]
fn a_model_that_cannot_paint_says_so_when_it_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let load = |model: &Path, card: Option<String>| {
        let path = folder.path().join("model.onnx");
        fs::copy(model, &path).unwrap();
        let beside = path.with_extension("card.toml");
        match card {
            Some(card) => fs::write(beside, card).unwrap(),
            None => fs::remove_file(beside).unwrap_or_default(),
        }
        image_models::load_into(&mut Catalog::default(), &path).unwrap_err().to_string()
    };
    let card = fs::read_to_string(snowy().with_extension("card.toml")).unwrap();
    assert!(load(&snowy(), None).contains("an image-to-image model needs a card"));
    assert!(load(&snowy(), Some(card.replace("\"picture\"", "\"classes\""))).contains("is \"classes\""));
    let small = load(&snowy(), Some(card.replace("width = 320", "width = 64")));
    assert!(small.contains("model"), "{small}");
    let taken = load(&snowy(), Some(card.replace("Snowy roads", "Fog")));
    assert!(taken.contains("the name \"fog\" belongs to a built-in transform"), "{taken}");
    let brightest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/brightest.onnx");
    let numbers = card
        .replace("\"road\"", "\"image\"")
        .replace("width = 320", "width = 8")
        .replace("height = 192", "height = 8");
    let problem = load(&brightest, Some(numbers));
    assert!(problem.contains("the model's output [1, 3] is not an image"), "{problem}");
}

#[test]
fn the_command_line_paints() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.png"), folder.path().join("out.png"));
    fs::write(&input, street().to_png().unwrap()).unwrap();
    let apply = |more: &[&str]| {
        hardcase(
            &[&["transform", "apply", text(&input), "--with", "snowy_roads:1", "-o", text(&out)], more]
                .concat(),
        )
    };
    let unknown = apply(&[]);
    assert_eq!(unknown.status.code(), Some(2), "it is not known without the model");
    let painted = apply(&["--image-model", text(&snowy())]);
    assert!(painted.status.success(), "{}", String::from_utf8_lossy(&painted.stderr));
    let picture = Image::decode(&fs::read(&out).unwrap()).unwrap();
    assert_eq!(picture.size(), street().size());
    assert!(mean(&picture) > mean(&street()) + 40.0);
}

/// A red square with one transparent half.
fn half_a_square(path: &Path) {
    use image::{Rgba, RgbaImage};
    let pixel = |x: u32, _| Rgba([200, 10, 10, if x < 20 { 255 } else { 0 }]);
    RgbaImage::from_fn(40, 40, pixel).save(path).unwrap();
}

#[test]
fn a_picture_is_stamped_where_it_belongs_and_comes_with_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let sign = folder.path().join("Half a sign.png");
    half_a_square(&sign);
    let mut catalog = Catalog::default();
    image_models::load_into(&mut catalog, &sign).unwrap();
    let kind = catalog.kind("stamp_half_a_sign").unwrap();
    assert_eq!((kind.id, kind.title), ("stamp_half_a_sign", "Overlay Half a sign"));
    let road = Image::filled(200, 100, [90; 3]);
    let stamped =
        |with: &str| stack::apply(&catalog, &stack::parse(&catalog, with, 0).unwrap(), &road).unwrap();
    assert_eq!(stamped("stamp_half_a_sign:0"), road);
    // 40 pixels about 50, 50: its left half is seen.
    let upright = stamped("stamp_half_a_sign:0.4;across=0.25;down=0.5");
    assert_eq!(upright.pixel(35, 50), Some([200, 10, 10]));
    for outside in [(65, 50), (29, 50), (35, 28)] {
        assert_eq!(upright.pixel(outside.0, outside.1), Some([90; 3]), "{outside:?}");
    }
    // A quarter turn clockwise brings the left half to the top.
    let turned = stamped("stamp_half_a_sign:0.4;across=0.25;down=0.5;turn=90");
    assert_eq!((turned.pixel(50, 35), turned.pixel(50, 65)), (Some([200, 10, 10]), Some([90; 3])));
    assert_eq!(
        stamped("stamp_half_a_sign:0.4;across=0.25;down=0.5;opacity=0.5").pixel(35, 50),
        Some([145, 50, 50])
    );
    // Partly outside of the picture, and larger than it, is nothing to fear.
    stamped("stamp_half_a_sign:1;across=1;down=1;turn=45");

    let project = folder.path().join("street");
    copied("street", &project);
    let case = r#"{"cases":[{"id":"sign","suite":"signs","clip":"street.mp4","channel":"video","frame":100,
        "stack":{"transforms":[{"transform":"stamp_half_a_sign","params":{"size":0.2}}]},
        "oracle":{"claim":"same_objects"},"tags":[],"why":"a sign on the road"}]}"#;
    fs::write(project.join("labels.json"), case).unwrap();
    let manifest = project.join("hardcase.toml");
    let text_of = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text_of}\n[[models]]\nname = \"sign\"\npath = {:?}\n", text(&sign)))
        .unwrap();
    let suite = folder.path().join("signs");
    let exported = hardcase(&["suite", "export", text(&project), "--suite", "signs", "-o", text(&suite)]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    assert_eq!(fs::read(suite.join("image_models/stamp_half_a_sign.png")).unwrap(), fs::read(&sign).unwrap());
    let model = sample("street").join("models/nanodet_coco.onnx");
    let tested = hardcase(&["test", text(&suite), "--model", text(&model)]);
    assert!(matches!(tested.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&tested.stderr));
}

#[test]
fn what_cannot_be_stamped_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        image_models::load(&path, &embedded::KIND).unwrap_err().to_string()
    };
    assert!(refused("text.png", b"no picture").contains("cannot be used as an overlay"));
    let clear = image::RgbaImage::new(4, 4);
    let path = folder.path().join("clear.png");
    clear.save(&path).unwrap();
    let problem = image_models::load(&path, &embedded::KIND).unwrap_err().to_string();
    assert!(problem.contains("every pixel of the image is transparent"), "{problem}");
}
