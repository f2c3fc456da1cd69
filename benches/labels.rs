//! A million boxes: opening the project, changing the frame, editing, filtering, memory; and COCO files against the loaders
//! of other people, in the same run. `cargo bench --no-default-features --bench labels`; `HARDCASE_PYTHON` names a Python
//! with pycocotools and datumaro, without it the peers are left out and said so.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use hardcase::base::name::Name;
use hardcase::data::label::Label;
use hardcase::data::objects::Box2;
use hardcase::data::shape::Shape;
use hardcase::exchange::bundle::{Bundle, SampleRef, Stream};
use hardcase::exchange::{self, Hints};
use hardcase::project::edit::Edit;
use hardcase::project::history::History;

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
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted.get(((sorted.len() - 1) as f64 * part) as usize).copied().unwrap_or(0.0)
}

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let project = folder.path().join("million");
    let mut history = History::create(&project, "million")?;
    let names = CLASSES.map(Name::from);
    let (clip, channel) = (Name::from("drive.mcap"), Name::from("/camera/front"));
    let edits = (1..=BOXES).map(|id| Edit::AddLabel(label(id, &names, &clip, &channel))).collect();
    let begun = Instant::now();
    history.commit("Import a million", Edit::Group(edits))?;
    println!("import of {BOXES} boxes as one step      {:8.2} s", begun.elapsed().as_secs_f64());
    drop(history);

    let before = memory_mb();
    let mut opens = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        drop(History::open(&project)?);
        opens.push(begun.elapsed().as_secs_f64());
    }
    opens.sort_by(f64::total_cmp);
    println!("open                                     {:8.2} s    aim 1", opens[0]);
    let mut history = History::open(&project)?;
    println!(
        "anonymous memory of the open project     {:8.0} MB   aim 500 ({before:.0} before)",
        memory_mb()
    );

    let mut times = Vec::new();
    let mut seen = 0;
    for frame in (0..FRAMES as usize).step_by(7) {
        let begun = Instant::now();
        seen += history.project().labels_on(&clip, &channel, frame).len();
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
        history.commit("Move", Edit::SetLabel(moved))?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "edit committed, p50 and p99              {:8.2} {:.2} ms    aim 10",
        quantile(&times, 0.5),
        quantile(&times, 0.99)
    );

    let begun = Instant::now();
    let found = history
        .project()
        .labels
        .iter()
        .filter(|label| label.class == "car" && label.shape.area() > 1000.0)
        .count();
    println!(
        "filter over all labels                   {:8.1} ms   aim 300 ({found} found)",
        begun.elapsed().as_secs_f64() * 1e3
    );
    drop(history);

    peers(folder.path(), &names)
}

/// The same COCO file read here and by others.
fn peers(folder: &Path, names: &[Name; 5]) -> anyhow::Result<()> {
    const COUNT: u64 = 200_000;
    let kind = exchange::kind("coco")?;
    let mut bundle = Bundle::empty();
    let samples = (0..FRAMES as usize).map(|frame| SampleRef {
        frame,
        time: None,
        file: format!("{frame:06}.jpg"),
        size: Some((1280, 720)),
    });
    bundle.streams = vec![Stream { clip: "d".into(), channel: "c".into(), samples: samples.collect() }];
    bundle.labels = (1..=COUNT).map(|i| label(FOLLOWED + i, names, &"d".into(), &"c".into())).collect();
    let path = folder.join("coco/annotations/instances_default.json");
    let begun = Instant::now();
    (kind.write)(&bundle, &path)?;
    println!("COCO with {COUNT} boxes written         {:8.2} s", begun.elapsed().as_secs_f64());
    let mut ours = f64::MAX;
    for _ in 0..3 {
        let begun = Instant::now();
        let read = (kind.read)(&path, &Hints::default())?;
        ours = ours.min(begun.elapsed().as_secs_f64());
        anyhow::ensure!(read.bundle.labels.len() as u64 == COUNT, "labels were lost");
    }
    println!("the same read                            {ours:8.2} s");
    let Ok(python) = std::env::var("HARDCASE_PYTHON") else {
        println!("peers left out: HARDCASE_PYTHON is not set");
        return Ok(());
    };
    let script = "
import sys, time, logging
logging.disable(logging.CRITICAL)
path = sys.argv[1]
from pycocotools.coco import COCO
import contextlib, io
best = 1e9
for _ in range(3):
    t = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        COCO(path)
    best = min(best, time.perf_counter() - t)
print('pycocotools', best)
try:
    import datumaro as dm
    t = time.perf_counter()
    import os; d = dm.Dataset.import_from(os.path.dirname(os.path.dirname(path)), 'coco')
    n = sum(len(i.annotations) for i in d)
    print('datumaro', time.perf_counter() - t)
except Exception as err:
    print('datumaro could not read it:', err)
";
    let output = Command::new(python)
        .args(["-c", script])
        .arg(&path)
        .output()
        .context("HARDCASE_PYTHON cannot be run")?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        match line.split_once(' ').and_then(|(name, secs)| Some((name, secs.parse::<f64>().ok()?))) {
            Some((name, secs)) => println!("{name:<40} {secs:8.2} s    {:.1} times as long", secs / ours),
            None => println!("{line}"),
        }
    }
    Ok(())
}
