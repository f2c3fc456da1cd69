//! Finders that run models: a model that contradicts itself, and models that differ, at planted frames.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use common::onnx::{At, Graph};
use common::{app, send};
use hardcase::app::command::Command;
use hardcase::app::findings::moments::MineCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::price::{PriceCommand, Work};
use hardcase::data::image::Image;
use hardcase::mining::finding::Effort;
use serde_json::Value;

/// A model that says which half of an image is brighter; the brightness of the left one counts `weight` times.
fn halves(folder: &Path, weight: f32) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let path = Graph::default()
        .floats("weights", &[1, 2], &[8.0 * weight, 8.0])
        .step("ReduceMean", &["x"], &["gray"], &[("axes", At::Is(&[1]))])
        .step(
            "AveragePool",
            &["gray"],
            &["pooled"],
            &[("kernel_shape", At::Is(&[8, 4])), ("strides", At::Is(&[8, 4]))],
        )
        .step("Flatten", &["pooled"], &["two"], &[])
        .step("Mul", &["two", "weights"], &["weighed"], &[])
        .step("Softmax", &["weighed"], &["y"], &[])
        .write(folder, &[1, 3, 8, 8], &["y"]);
    let card = "name = \"halves\"\ndecoder = \"classes\"\nlabels = [\"left\", \"right\"]\n\n[input]\nname = \"x\"\nwidth = 8\nheight = 8\n";
    fs::write(path.with_extension("card.toml"), card).unwrap();
    path
}

/// Forty images: equal halves, then a bright left one from 10 on, a right one that is a little brighter from 20 on, equal again from 30 on.
fn recording(folder: &Path) -> PathBuf {
    let place = folder.join("frames");
    fs::create_dir_all(&place).unwrap();
    for frame in 0..40 {
        let (left, right) = match frame {
            10..20 => (200, 50),
            20..30 => (100, 120),
            _ => (90, 90),
        };
        let mut image = Image::filled(8, 8, [right; 3]);
        for (at, pixel) in image.pixels_mut().chunks_exact_mut(3).enumerate() {
            if at % 8 < 4 {
                pixel.fill(left);
            }
        }
        fs::write(place.join(format!("{frame:04}.png")), image.to_png().unwrap()).unwrap();
    }
    place
}

fn mine(arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("found.jsonl");
    let run = Process::new(env!("CARGO_BIN_EXE_hardcase"))
        .arg("mine")
        .args(arguments)
        .arg("-o")
        .arg(&output)
        .output()
        .unwrap();
    let lines = fs::read_to_string(&output).unwrap_or_default();
    let found = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (run.status.code().unwrap(), found, String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
fn a_model_that_contradicts_itself_is_found_where_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let model = halves(&folder.path().join("a"), 1.0);
    let place = recording(folder.path());
    let place = place.to_str().unwrap();
    let arguments = [place, "--model", model.to_str().unwrap(), "--finder", "monitor:share=0.3"];
    let (code, found, err) = mine(&arguments);
    assert_eq!((code, found.len()), (0, 1), "{err} {found:?}");
    // Mirrored, the other half is the brighter one; brighter or blurred it stays the same.
    assert!((found[0]["numbers"]["broken_share"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9, "{found:?}");
    // Ten images a second, from frame 10 to frame 29.
    assert_eq!(
        (found[0]["t0"].as_i64(), found[0]["t1"].as_i64()),
        (Some(1_000_000_000), Some(2_900_000_000))
    );
    let threads = |jobs: &'static str| mine(&[&arguments[..], &["--jobs", jobs]].concat()).1;
    assert_eq!(threads("1"), threads("3"));
    // Two thirds are not reached.
    let (_, found, _) = mine(&[place, "--model", model.to_str().unwrap(), "--finder", "monitor"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn models_that_differ_are_found_where_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let one = halves(&folder.path().join("a"), 1.0);
    let other = halves(&folder.path().join("b"), 1.5);
    let place = recording(folder.path());
    let arguments = [
        place.to_str().unwrap(),
        "--model",
        one.to_str().unwrap(),
        "--model",
        other.to_str().unwrap(),
        "--finder",
        "ensemble",
    ];
    let (code, found, err) = mine(&arguments);
    assert_eq!((code, found.len()), (0, 1), "{err} {found:?}");
    assert_eq!(found[0]["numbers"]["differing_share"], 1.0);
    // From frame 20 to frame 29; a range as short as this is stretched.
    assert_eq!(found[0]["peak"], 2_000_000_000_i64);
    assert_eq!(found[0]["sentence"], "100 % of the pairs of models disagree for 0.9 s");
}

#[test]
fn without_a_model_they_say_what_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let place = recording(folder.path());
    let (code, _, err) = mine(&[place.to_str().unwrap(), "--finder", "monitor"]);
    assert!(
        code == 2 && err.contains("finder monitor runs 1 model, name them with --model FILE"),
        "{code} {err}"
    );
    let model = halves(&folder.path().join("a"), 1.0);
    let (code, _, err) =
        mine(&[place.to_str().unwrap(), "--finder", "ensemble", "--model", model.to_str().unwrap()]);
    assert!(code == 2 && err.contains("runs 2 models"), "{code} {err}");
    // Without a finder that is named, those with enough models run beside the cheap ones.
    let (code, found, err) = mine(&[place.to_str().unwrap(), "--model", model.to_str().unwrap()]);
    assert_eq!((code, found.len()), (0, 0), "{err}");
    // A damaged image is no "nothing found".
    fs::write(place.join("0005.png"), b"no image").unwrap();
    let (_, _, err) =
        mine(&[place.to_str().unwrap(), "--finder", "monitor", "--model", model.to_str().unwrap()]);
    assert!(err.contains("monitor did not look") && err.contains("1 of 40 images"), "{err}");
}

/// In the window the finders that run a model are started with the loaded one, and their price is told when it is high.
#[test]
fn the_window_mines_with_the_loaded_model() {
    let home = tempfile::tempdir().unwrap();
    let mut app = app(home.path());
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    send(&mut app, Command::Price(PriceCommand::Ask(Work::Mining)));
    assert_eq!(app.open.offer, None, "80 small images are no long work");
    let lost = &app.open.moments.not_looked_at;
    let found = app.open.moments.found.clone().unwrap();
    assert!(lost.is_empty() && found.iter().all(|finding| finding.finder == "monitor"), "{lost:?} {found:?}");
    // The cheap finders leave the model alone.
    send(&mut app, Command::Mine(MineCommand::Mine(Effort::Cheap)));
    assert!(app.open.moments.not_looked_at.iter().all(|why| !why.starts_with("Monitor")));
}
