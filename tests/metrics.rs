//! Numbers of the benchmarks, equal to those of their reference implementations.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use hardcase::evaluation::coco_files;
use hardcase::metrics::coco::Overlap;
use serde_json::Value;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/coco_eval.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn files(folder: &Path, golden: &Value, without: &str) -> (PathBuf, PathBuf) {
    let mut found = golden["found"].clone();
    for one in found.as_array_mut().unwrap() {
        one.as_object_mut().unwrap().remove(without);
    }
    let (truth, answers) = (folder.join("truth.json"), folder.join("found.json"));
    fs::write(&truth, golden["truth"].to_string()).unwrap();
    fs::write(&answers, found.to_string()).unwrap();
    (truth, answers)
}

fn close(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() < 1e-9, "{what}: {ours} is not {theirs}");
}

#[test]
fn average_precision_is_that_of_pycocotools() {
    let (golden, folder) = (golden(), tempfile::tempdir().unwrap());
    for (kind, overlap, without) in
        [("bbox", Overlap::Boxes, "segmentation"), ("segm", Overlap::Masks, "bbox")]
    {
        let (truth, found) = files(folder.path(), &golden, without);
        let pair = coco_files::read(&truth, &found, overlap).unwrap();
        assert!(pair.warnings.is_empty(), "{:?}", pair.warnings);
        let one = pair.evaluate(overlap, 1);
        let result = &golden["result"][kind];
        for ((name, ours), theirs) in one.summary().iter().zip(result["summary"].as_array().unwrap()) {
            close(*ours, theirs, &format!("{kind} {name}"));
        }
        for (at, class) in one.classes.iter().enumerate() {
            for size in 0..4 {
                close(class.ap(size, None).unwrap_or(-1.0), &result["ap"][at][size], "AP of a class");
            }
            for most in 0..3 {
                close(class.ar(0, most).unwrap_or(-1.0), &result["recall"][at][most], "AR of a class");
            }
        }
        for threads in [2, 5] {
            assert_eq!(pair.evaluate(overlap, threads).summary(), one.summary(), "threads leave no trace");
        }
    }
}
