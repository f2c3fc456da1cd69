//! Throughput of a sweep (decode, change, ask, judge) against the same pipeline with OpenCV and ONNX Runtime in Python,
//! with the same threads and the same library, in one run.
//!
//! `HARDCASE_PYTHON=python ORT_DYLIB_PATH=... HARDCASE_MODEL=efficientnet_lite0_imagenet.onnx cargo bench
//! --no-default-features --bench sweep`: a classifier of 224 x 224 pixels with values of -1 to 1.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a benchmark for people")]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Instant;

use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::image::Image;
use hardcase::inference::model::Model;
use hardcase::inference::onnxruntime;
use hardcase::project::samples::{Asked, inputs};
use hardcase::search::sweep::plan::Design;
use hardcase::search::sweep::plan_text;
use hardcase::search::sweep::run::{Sweep, run};
use hardcase::transforms::catalog::BUILT_IN;

const PICTURES: u64 = 40;

fn main() {
    let (Some(python), Some(model)) =
        (std::env::var_os("HARDCASE_PYTHON"), std::env::var_os("HARDCASE_MODEL"))
    else {
        eprintln!("SKIPPED: HARDCASE_PYTHON and HARDCASE_MODEL name no Python with onnxruntime and no model");
        return;
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let folder = tempfile::tempdir().unwrap();
    for number in 0..PICTURES {
        let rng = Rng::split(1, number);
        let pixels = (0..1280 * 720 * 3_u64)
            .map(|i| ((i / 3840 / 3 + number * 9) as u8).wrapping_add((rng.at(i / 17) & 63) as u8))
            .collect();
        let jpeg = Image::from_rgb(1280, 720, pixels).unwrap().to_jpeg(90).unwrap();
        std::fs::write(folder.path().join(format!("{number:04}.jpg")), jpeg).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sweep.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .arg(&model)
        .arg(threads.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();

    let inputs = inputs(&[folder.path().to_owned()], &Asked::default()).unwrap();
    let model = Model::load(model.as_ref(), &onnxruntime::KIND, 1).unwrap();
    // One after the other, as the peer does.
    let light = plan_text::parse(&BUILT_IN, "brightness:-60|-30|30|60", 4, Design::Grid, vec![1]).unwrap();
    let blur = plan_text::parse(&BUILT_IN, "gaussian_blur:1|2|3|4", 4, Design::Grid, vec![1]).unwrap();
    let variants = [light.variants(&BUILT_IN).unwrap(), blur.variants(&BUILT_IN).unwrap()].concat();
    let oracle = ClaimSpec::new("same_class");
    let models = [&model];
    let sweep = Sweep {
        validation: None,
        catalog: &BUILT_IN,
        inputs: &inputs,
        variants: &variants,
        models: &models,
        oracle: &oracle,
        threads,
    };
    // Both sides are warm: sessions made, pages touched.
    let warm = Sweep { catalog: &BUILT_IN, inputs: &inputs[..2], ..sweep };
    run(&warm, &BTreeSet::new(), &Progress::default(), |_| Ok(())).unwrap();
    let mut judged = 0;
    let begun = Instant::now();
    run(&sweep, &BTreeSet::new(), &Progress::default(), |result| {
        judged += result.cells.len();
        Ok(())
    })
    .unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let number = |name: &str| theirs[name].as_f64().unwrap();
    println!("{judged} judged on {threads} threads: {:.1} a second", judged as f64 / seconds);
    println!("Python: {} judged, {:.1} a second", theirs["judged"], number("judged") / number("seconds"));
    println!("ratio {:.2} (aim 1.5)", number("seconds") / seconds);
    println!(
        "inference alone, in Python: {:.2} s; our whole sweep {seconds:.2} s, {:.0} % of that (aim 110)",
        number("inference_seconds"),
        100.0 * seconds / number("inference_seconds")
    );
}
