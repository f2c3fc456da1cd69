//! A million boxes: opening the project, changing the frame, editing, filtering, memory; and COCO files against the loaders
//! of other people, in the same run. `cargo bench --no-default-features --bench labels`; `HARDCASE_PYTHON` names a Python
//! with pycocotools and datumaro, `HARDCASE_FIFTYONE_PYTHON` one with `FiftyOne`, whose `MongoDB` is at
//! `FIFTYONE_DATABASE_URI`; without them the peers are left out and said so.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use hardcase::base::name::Name;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::Label;
use hardcase::exchange::bundle::{Bundle, SampleRef, Stream};
use hardcase::exchange::{self, Hints};
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

const BOXES: u64 = 1_000_000;
const FRAMES: u64 = 10_000;
/// Of the boxes so many belong to objects that are followed, ten keyframes each.
const FOLLOWED: u64 = 200_000;
const CLASSES: [&str; 5] = ["person", "car", "bus", "truck", "bicycle"];

fn label(id: u64, names: &[Name; 5], clip: &Name, channel: &Name) -> Label {
    let (x, y) = ((id * 37 % 1200) as f32, (id * 91 % 650) as f32);
    let shape = Shape::Box(Box2 { x0: x, y0: y, x1: x + 40.0, y1: y + 30.0 });
    let class = names[(id % 5) as usize].clone();
    let base = Label::new(id, clip.clone(), channel.clone(), 0, class, shape);
    if id <= FOLLOWED {
        let object = (id - 1) / 10 * 10 + 1;
        let frame = (object * 7 % (FRAMES - 300)) + (id - object) * 20;
        let class = names[(object % 5) as usize].clone();
        return Label { object, class, frame: frame as usize, ..base };
    }
    Label { frame: (id % FRAMES) as usize, ..base }
}

/// Anonymous memory of this process in megabytes.
fn memory_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted.get(((sorted.len() - 1) as f64 * part) as usize).copied().unwrap_or(0.0)
}

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let project = folder.path().join("million");
    let mut editor = ProjectEditor::create(&project, "million")?;
    let names = CLASSES.map(Name::from);
    let (clip, channel) = (Name::from("drive.mcap"), Name::from("/camera/front"));
    let edits = (1..=BOXES).map(|id| Edit::AddLabel(label(id, &names, &clip, &channel))).collect();
    let begun = Instant::now();
    editor.commit("Import a million", Edit::Group(edits))?;
    println!("import of {BOXES} boxes as one step      {:8.2} s", begun.elapsed().as_secs_f64());
    drop(editor);

    let before = memory_mb();
    let mut opens = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        drop(ProjectEditor::open(&project)?);
        opens.push(begun.elapsed().as_secs_f64());
    }
    opens.sort_by(f64::total_cmp);
    println!("open                                     {:8.2} s    aim 1", opens[0]);
    let mut editor = ProjectEditor::open(&project)?;
    println!(
        "anonymous memory of the open project     {:8.0} MB   aim 500 ({before:.0} before)",
        memory_mb()
    );

    let mut times = Vec::new();
    let mut seen = 0;
    for frame in (0..FRAMES as usize).step_by(7) {
        let begun = Instant::now();
        seen += editor.project().labels_on(&clip, &channel, frame).len();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "what stands on a frame, p50 and p99      {:8.3} {:.3} ms   aim 5 ({} a frame)",
        quantile(&times, 0.5),
        quantile(&times, 0.99),
        seen / times.len()
    );

    let mut times = Vec::new();
    for i in 0..300_u64 {
        let mut moved = label(FOLLOWED + 1 + i * 997, &names, &clip, &channel);
        moved.shape = Shape::Box(Box2 { x0: 1.0, y0: 1.0, x1: 9.0, y1: 9.0 });
        let begun = Instant::now();
        editor.commit("Move", Edit::SetLabel(moved))?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "edit committed, p50 and p99              {:8.2} {:.2} ms    aim 10",
        quantile(&times, 0.5),
        quantile(&times, 0.99)
    );

    let begun = Instant::now();
    let found = editor
        .project()
        .labels
        .iter()
        .filter(|label| label.class == "car" && label.shape.area() > 1000.0)
        .count();
    println!(
        "filter over all labels                   {:8.1} ms   aim 300 ({found} found)",
        begun.elapsed().as_secs_f64() * 1e3
    );
    drop(editor);

    peers(folder.path(), &names)
}

/// What one peer took, the best of each thing, in seconds.
fn peer(python: &str, name: &str, file: &Path, pictures: &Path) -> anyhow::Result<BTreeMap<String, f64>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/label_peers.py");
    let mut command = Command::new(python);
    let output =
        command.arg(script).arg(name).arg(file).arg(pictures).output().context("python cannot be run")?;
    let mut best = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some((what, secs)) = line.split_once('\t').and_then(|(w, s)| Some((w, s.parse::<f64>().ok()?)))
        {
            best.entry(what.to_owned())
                .and_modify(|known: &mut f64| *known = known.min(secs))
                .or_insert(secs);
        }
    }
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
        println!("{name} ended early: {why}");
    }
    Ok(best)
}

/// The same COCO files here and at others: one of 200,000 boxes, and one of 20,000 with its pictures, into a database.
fn peers(folder: &Path, names: &[Name; 5]) -> anyhow::Result<()> {
    let kind = exchange::kind("coco")?;
    let written = |at: &str, frames: u64, count: u64| -> anyhow::Result<PathBuf> {
        let mut bundle = Bundle::empty();
        let samples = (0..frames as usize).map(|frame| SampleRef {
            frame,
            time: None,
            file: format!("{frame:06}.png"),
            size: Some((1280, 720)),
        });
        bundle.streams = vec![Stream { clip: "d".into(), channel: "c".into(), samples: samples.collect() }];
        bundle.labels = (1..=count)
            .map(|i| Label {
                frame: (i % frames) as usize,
                ..label(FOLLOWED + i, names, &"d".into(), &"c".into())
            })
            .collect();
        let path = folder.join(at).join("annotations/instances_default.json");
        (kind.write)(&bundle, &path)?;
        Ok(path)
    };
    let read = |path: &Path, count: u64| -> anyhow::Result<f64> {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let begun = Instant::now();
            let read = (kind.read)(path, &Hints::default())?;
            best = best.min(begun.elapsed().as_secs_f64());
            anyhow::ensure!(read.bundle.labels.len() as u64 == count, "labels were lost");
        }
        Ok(best)
    };
    let large = written("large", FRAMES, 200_000)?;
    let ours = read(&large, 200_000)?;
    println!("COCO file of 200,000 boxes read          {ours:8.3} s");
    let small = written("small", 1_000, 20_000)?;
    let pictures = folder.join("small/images/default");
    fs::create_dir_all(&pictures)?;
    let picture = hardcase::data::image::Image::filled(64, 36, [90, 90, 90]).to_png()?;
    for frame in 0..1_000 {
        fs::write(pictures.join(format!("{frame:06}.png")), &picture)?;
    }
    let ours_small = read(&small, 20_000)?;
    println!("COCO file of 20,000 boxes read           {ours_small:8.3} s");
    let drive = folder.join("project");
    let mut editor = ProjectEditor::create(&drive, "peer")?;
    let begun = Instant::now();
    let labels = (kind.read)(&small, &Hints::default())?.bundle.labels;
    editor.commit("Import", Edit::Group(labels.into_iter().map(Edit::AddLabel).collect()))?;
    let import = begun.elapsed().as_secs_f64();
    drop(editor);
    let begun = Instant::now();
    let mut editor = ProjectEditor::open(&drive)?;
    let open = begun.elapsed().as_secs_f64();
    let filter = || {
        let begun = Instant::now();
        let all = editor.project().labels.iter();
        let found = all.filter(|label| label.class == "car" && label.shape.area() > 1000.0).count();
        assert!(found > 0, "the filter finds something");
        begun.elapsed().as_secs_f64()
    };
    let filter = (0..3).map(|_| filter()).fold(f64::MAX, f64::min);
    let mut edit = f64::MAX;
    for _ in 0..5 {
        let mut label = editor.project().labels.iter().next().context("a label")?.clone();
        label.shape = label.shape.shifted(1.0, 1.0);
        let begun = Instant::now();
        editor.commit("Move", Edit::SetLabel(label))?;
        edit = edit.min(begun.elapsed().as_secs_f64());
    }
    println!(
        "into a project {import:.3} s, opened {open:.4} s, filtered {filter:.6} s, one edit {edit:.5} s"
    );
    let compare = |python: &str, name: &str, file: &Path, own: &[(&str, f64)]| -> anyhow::Result<()> {
        for (what, secs) in peer(python, name, file, &pictures)? {
            if let Some((_, own)) = own.iter().find(|(known, _)| *known == what) {
                let ratio = secs / own;
                println!("{:<40} {secs:8.4} s    {ratio:.1} times as long", format!("{name}: {what}"));
            }
        }
        Ok(())
    };
    let small_own =
        [("read", ours_small), ("import", import), ("open", open), ("filter", filter), ("edit", edit)];
    match std::env::var("HARDCASE_PYTHON") {
        Ok(python) => {
            compare(&python, "pycocotools", &large, &[("read", ours)])?;
            compare(&python, "pycocotools", &small, &small_own)?;
            compare(&python, "datumaro", &small, &small_own)?;
        }
        Err(_) => println!("pycocotools and datumaro left out: HARDCASE_PYTHON is not set"),
    }
    match std::env::var("HARDCASE_FIFTYONE_PYTHON") {
        Ok(python) => compare(&python, "fiftyone", &small, &small_own)?,
        Err(_) => println!("FiftyOne left out: HARDCASE_FIFTYONE_PYTHON is not set"),
    }
    Ok(())
}
