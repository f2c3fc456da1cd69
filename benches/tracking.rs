//! Tracking metrics of 50 objects on 12,000 frames, ten minutes at 20 Hz, on one thread, and of `TrackEval` in the same run.
//! `cargo bench --no-default-features --bench tracking`; `HARDCASE_PYTHON` names a Python with trackeval, without it
//! the peer is left out and said so.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use hardcase::base::rng::Rng;
use hardcase::data::geometry::box2::Box2;
use hardcase::tracks::metrics::clear::Clear;
use hardcase::tracks::metrics::hota::{self, Hota};
use hardcase::tracks::metrics::identity::Identity;
use hardcase::tracks::metrics::prepared::Prepared;
use hardcase::tracks::metrics::sequence::{Object, Sequence};
use hardcase::tracks::metrics::similarity::Iou;
use hardcase::tracks::motion::BoxMotion;
use hardcase::tracks::two_stage::{Linked, Scan, Scored, TwoStageSettings, link};

const OBJECTS: u64 = 50;
const FRAMES: u64 = 12_000;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (truth, tested) = (folder.path().join("gt.txt"), folder.path().join("tested.txt"));
    let (true_lines, tested_lines) = lines()?;
    fs::write(&truth, true_lines)?;
    fs::write(&tested, tested_lines)?;
    let best = |run: &mut dyn FnMut() -> anyhow::Result<()>| -> anyhow::Result<f64> {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let begun = Instant::now();
            run()?;
            best = best.min(begun.elapsed().as_secs_f64());
        }
        Ok(best)
    };
    let mut data = Prepared::default();
    let read = best(&mut || {
        data = Prepared::new(&Sequence::from_rows(rows(&truth)?, rows(&tested)?, None)?, &Iou)?;
        Ok(())
    })?;
    let (mut higher, mut clear, mut identity) = (Hota::default(), Clear::default(), Identity::default());
    let higher_secs = best(&mut || {
        higher = Hota::new(&data);
        Ok(())
    })?;
    let clear_secs = best(&mut || {
        clear = Clear::new(&data);
        Ok(())
    })?;
    let identity_secs = best(&mut || {
        identity = Identity::new(&data);
        Ok(())
    })?;
    let values = [f64::NAN, hota::mean(&higher.hota), clear.mota, identity.idf1];
    let ours: Vec<(f64, f64)> =
        [read, higher_secs, clear_secs, identity_secs].into_iter().zip(values).collect();
    println!(
        "files and overlaps {read:.3} s, HOTA {higher_secs:.3} s, CLEAR {clear_secs:.3} s, identity {identity_secs:.3} s"
    );
    println!("HOTA {:.4}, MOTA {:.4}, IDF1 {:.4}", values[1], values[2], values[3]);
    let scans = scans(&tested)?;
    let mut linked = Linked::default();
    let linked_secs = best(&mut || {
        linked = link(&scans, &BoxMotion { frame_secs: 0.05 }, &TwoStageSettings::default())?;
        Ok(())
    })?;
    println!("two-stage association {linked_secs:.3} s, {} tracks", linked.tracks);
    peer(&truth, &tested, &ours)
}

/// Objects that move to and fro, missed at times, with new tracks and a few false positives.
fn lines() -> anyhow::Result<(String, String)> {
    let mut rng = Rng::new(9);
    let mut below = |n: u64| rng.bits() % n;
    let (mut truth, mut tested) = (String::new(), String::new());
    let ways: Vec<[f64; 4]> = (0..OBJECTS)
        .map(|_| [below(1600) as f64, below(900) as f64, 20.0 + below(60) as f64, 40.0 + below(100) as f64])
        .collect();
    let mut tracks: Vec<u64> = (1..=OBJECTS).collect();
    let mut next = OBJECTS + 1;
    for frame in 0..FRAMES {
        for (object, [x, y, w, h]) in ways.iter().enumerate() {
            let phase = frame as f64 / (40.0 + object as f64);
            let (x, y) = (x + 300.0 * phase.sin(), y + 40.0 * (phase * 1.7).cos());
            writeln!(truth, "{},{},{x:.2},{y:.2},{w},{h},1,1,1", frame + 1, object + 1)?;
            if below(1500) == 0 {
                (tracks[object], next) = (next, next + 1);
            }
            if below(12) > 0 {
                let mut noise = || below(900) as f64 / 100.0 - 4.5;
                let [x, y, w, h] = [x + noise(), y + noise(), w + noise(), h + noise()];
                writeln!(
                    tested,
                    "{},{},{x:.2},{y:.2},{w:.2},{h:.2},0.9,-1,-1,-1",
                    frame + 1,
                    tracks[object]
                )?;
            }
        }
        for extra in 0..below(3) {
            let (x, y) = (below(1900), below(1000));
            writeln!(tested, "{},{},{x},{y},40,80,0.3,-1,-1,-1", frame + 1, 1_000_000 + extra)?;
        }
    }
    Ok((truth, tested))
}

type Row = (usize, Object<[f64; 4]>);

fn rows(file: &Path) -> anyhow::Result<Vec<Row>> {
    let text = fs::read_to_string(file)?;
    text.lines()
        .map(|line| {
            let numbers = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
            let [frame, id, x, y, w, h] =
                numbers.get(..6).and_then(|n| n.try_into().ok()).context("six numbers")?;
            Ok((frame as usize - 1, Object::sure(id as u64, [x, y, x + w, y + h])))
        })
        .collect()
}

/// The tested boxes as detections without tracks.
fn scans(file: &Path) -> anyhow::Result<Vec<Scan<Box2>>> {
    let mut scans: Vec<Scan<Box2>> =
        (0..FRAMES).map(|frame| Scan { secs: frame as f64 * 0.05, detections: Vec::new() }).collect();
    for (frame, object) in rows(file)? {
        let [x0, y0, x1, y1] = object.shape.map(|edge| edge as f32);
        let scan = scans.get_mut(frame).context("a frame is behind the end")?;
        scan.detections.push(Scored { shape: Box2 { x0, y0, x1, y1 }, score: 0.9, class: 0 });
    }
    Ok(scans)
}

fn peer(truth: &Path, tested: &Path, ours: &[(f64, f64)]) -> anyhow::Result<()> {
    let Ok(python) = std::env::var("HARDCASE_PYTHON") else {
        println!("peer left out: HARDCASE_PYTHON is not set");
        return Ok(());
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/tracking_peer.py");
    let output = Command::new(python)
        .args([&script, truth, tested])
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .arg(FRAMES.to_string())
        .output()
        .context("HARDCASE_PYTHON cannot be run")?;
    anyhow::ensure!(output.status.success(), "peer: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| line.strip_prefix("peer\t"));
    for (line, (seconds, value)) in lines.zip(ours) {
        let words: Vec<&str> = line.split('\t').collect();
        let [name, theirs, their_value] = words[..] else {
            anyhow::bail!("three columns of the peer: {line}")
        };
        let (theirs, their_value): (f64, f64) = (theirs.parse()?, their_value.parse()?);
        let apart = (their_value - value).abs();
        let apart = if apart.is_nan() { String::new() } else { format!(", apart by {apart:.1e}") };
        println!("TrackEval {name:<20} {theirs:8.3} s    {:.1} times as long{apart}", theirs / seconds);
    }
    Ok(())
}
