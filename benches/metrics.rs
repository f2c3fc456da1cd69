//! COCO evaluation of 50,000 detections on 5,000 pictures from files to the twelve numbers, and the same by others in the same run.
//! `cargo bench --no-default-features --bench metrics`; `HARDCASE_PYTHON` names a Python with pycocotools and
//! faster-coco-eval, without it the peers are left out and said so.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use hardcase::base::rng::Rng;
use hardcase::evaluation::coco_files;
use hardcase::metrics::coco::Overlap;
use serde_json::json;

const PICTURES: u64 = 5_000;
const OBJECTS: u64 = 36_000;
const FOUND: u64 = 50_000;
const CLASSES: u64 = 80;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut rng = Rng::new(5);
    let mut below = |n: u64| rng.bits() % n;
    // Few classes have most of the objects, as in real data.
    let objects: Vec<(u64, u64, [f64; 4])> = (0..OBJECTS)
        .map(|_| {
            let class = below(CLASSES) * below(CLASSES) * below(CLASSES) / (CLASSES * CLASSES);
            let (x, y) = (below(40_000) as f64 / 100.0, below(40_000) as f64 / 100.0);
            let (w, h) = (4.0 + below(2_000) as f64 / 10.0, 4.0 + below(2_000) as f64 / 10.0);
            (1 + below(PICTURES), class, [x, y, w, h])
        })
        .collect();
    let annotations: Vec<_> = objects
        .iter()
        .enumerate()
        .map(|(i, (image, class, b))| json!({ "id": i + 1, "image_id": image, "category_id": class + 1, "bbox": b, "area": b[2] * b[3], "iscrowd": u8::from(i % 100 == 0) }))
        .collect();
    let answers: Vec<_> = (0..FOUND)
        .map(|_| {
            let (image, class, b) = &objects[below(OBJECTS) as usize];
            let spread = if below(10) < 7 { 12 } else { 90 };
            let moved = b.map(|edge| (edge + below(spread * 10) as f64 / 10.0 - spread as f64 / 2.0).max(1.0));
            let class = if below(10) == 0 { below(CLASSES) } else { *class };
            json!({ "image_id": image, "category_id": class + 1, "bbox": moved, "score": below(10_000) as f64 / 10_000.0 })
        })
        .collect();
    let images: Vec<_> = (1..=PICTURES)
        .map(|id| json!({ "id": id, "width": 640, "height": 480, "file_name": format!("{id}.jpg") }))
        .collect();
    let categories: Vec<_> =
        (1..=CLASSES).map(|id| json!({ "id": id, "name": format!("class {id}") })).collect();
    let (truth, found) = (folder.path().join("truth.json"), folder.path().join("found.json"));
    fs::write(
        &truth,
        json!({ "info": {}, "images": images, "annotations": annotations, "categories": categories })
            .to_string(),
    )?;
    fs::write(&found, json!(answers).to_string())?;

    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (mut best, mut read, mut summary) = (f64::MAX, f64::MAX, None);
    for _ in 0..5 {
        let begun = Instant::now();
        let pair = coco_files::read(&truth, &found, Overlap::Boxes)?;
        read = read.min(begun.elapsed().as_secs_f64());
        summary = Some(pair.evaluate(Overlap::Boxes, threads).summary());
        best = best.min(begun.elapsed().as_secs_f64());
    }
    let summary = summary.context("it was evaluated")?;
    println!(
        "from files to the twelve numbers   {best:8.3} s, of which reading {read:.3} s, {threads} threads"
    );
    peers(&truth, &found, best, &summary.map(|(_, value)| value))
}

fn peers(truth: &Path, found: &Path, ours: f64, summary: &[f64; 12]) -> anyhow::Result<()> {
    let Ok(python) = std::env::var("HARDCASE_PYTHON") else {
        println!("peers left out: HARDCASE_PYTHON is not set");
        return Ok(());
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/metrics_peers.py");
    let output = Command::new(python)
        .arg(script)
        .arg(truth)
        .arg(found)
        .output()
        .context("HARDCASE_PYTHON cannot be run")?;
    anyhow::ensure!(output.status.success(), "peers: {}", String::from_utf8_lossy(&output.stderr));
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.split('\t');
        let name = words.next().unwrap_or_default().to_owned();
        let numbers = words.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let (seconds, theirs) = numbers.split_first().context("a line of the peers has numbers")?;
        let apart = theirs.iter().zip(summary).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!(
            "{name:<34} {seconds:8.3} s    {:.1} times as long, numbers apart by {apart:.1e}",
            seconds / ours
        );
    }
    Ok(())
}
