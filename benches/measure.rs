//! A million predictions: read from a file, measured on labels, the first frame of their gallery, and a question asked of all.
//! Beside `FiftyOne` on a part of the same data.
//!
//! `cargo bench --bench measure`; `HARDCASE_FIFTYONE_PYTHON` with `FIFTYONE_DATABASE_URI` adds the peer.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a benchmark for people")]

use std::path::Path;
use std::process::Command as Process;
use std::time::Instant;

use hardcase::app::App;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::evaluate::{ItemFilter, Order};
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::Session;
use hardcase::base::rng::Rng;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::image::Image;
use hardcase::data::labels::label::Label;
use hardcase::gui::shell::Shell;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
use hardcase::reports::table::{ColumnKind, TableWriter, Value};
use serde_json::json;

const PICTURES: usize = 50_000;
const EACH: usize = 20;
const CLASSES: [&str; 4] = ["person", "car", "bus", "truck"];

struct One {
    class: &'static str,
    score: f64,
    bbox: Box2,
}

/// What is there and what was found on a picture: most of it right, some moved, called otherwise, or nowhere.
fn picture(at: usize) -> (Vec<One>, Vec<One>) {
    let mut rng = Rng::split(7, at as u64);
    let (mut truths, mut found) = (Vec::new(), Vec::new());
    for i in 0..EACH {
        let (x, y) = ((i % 5) as f32 * 250.0 + rng.unit() as f32 * 60.0, (i / 5) as f32 * 170.0);
        let bbox = Box2 { x0: x, y0: y, x1: x + 60.0 + rng.unit() as f32 * 80.0, y1: y + 90.0 };
        let class = CLASSES[(rng.bits() % 4) as usize];
        truths.push(One { class, score: 1.0, bbox });
        let moved = if rng.unit() < 0.1 { 70.0 } else { 4.0 };
        let said = if rng.unit() < 0.1 { CLASSES[(rng.bits() % 4) as usize] } else { class };
        let bbox = Box2 { x0: bbox.x0 + moved, x1: bbox.x1 + moved, ..bbox };
        found.push(One { class: said, score: (rng.unit() * 1000.0).round() / 1000.0, bbox });
    }
    (truths, found)
}

fn timed<T>(what: &str, aim: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = work();
    println!("{what:<58} {:>9.1} ms {aim}", begun.elapsed().as_secs_f64() * 1e3);
    result
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (pictures, project) = (folder.path().join("drive"), folder.path().join("drive.hardcase"));
    let file = folder.path().join("answers.parquet");
    fill(&pictures, &project, &file);
    let ctx = egui::Context::default();
    let mut shell = Shell::new(&ctx, Session::load_from(Some(folder.path().join("home"))), None);
    shell.app.dispatch(Command::Open(OpenCommand::Paths(vec![pictures])));
    shell.app.settle(3);
    shell.app.dispatch(Command::Show(Workspace::Evaluate));
    timed("a million predictions read, and measured on as many labels", "", || {
        shell.app.dispatch(Command::Evaluate(EvaluateCommand::Import(file)));
        shell.app.settle(3);
    });
    let problems: Vec<String> = shell.app.notices.fresh().into_iter().map(|notice| notice.text).collect();
    assert!(shell.app.open.evaluate.result.is_some(), "{problems:?}");
    let result = shell.app.open.evaluate.result.clone().unwrap();
    println!("{} samples, {} items", result.evaluation.samples.len(), result.evaluation.items.len());
    let begun = Instant::now();
    let draw = |shell: &mut Shell| {
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 720.0))),
            time: Some(begun.elapsed().as_secs_f64()),
            ..Default::default()
        };
        let output = ctx.run_ui(input, |ui| shell.frame_ui(ui));
        drop(ctx.tessellate(output.shapes, output.pixels_per_point));
    };
    timed("first frame of the gallery", "(aim 500)", || draw(&mut shell));
    timed("next frame", "", || draw(&mut shell));
    for query in [
        "class == \"car\" and score > 0.5 and outcome == \"nothing there\"",
        "overlap < 0.4 and area > 9000 or frame > 49000 and outcome == \"missed\"",
    ] {
        let app: &mut App = &mut shell.app;
        timed(query, "(aim 300)", || {
            let shown =
                ItemFilter { query: query.to_owned(), order: Order::Confidence, ..ItemFilter::default() };
            app.dispatch(Command::Evaluate(EvaluateCommand::Show(shown)));
        });
        println!("  {} shown", app.open.evaluate.shown.len());
    }
    timed("every mistake, by overlap", "(aim 300)", || {
        let shown = ItemFilter { order: Order::Overlap, ..ItemFilter::default() };
        shell.app.dispatch(Command::Evaluate(EvaluateCommand::Show(shown)));
    });
    peer(folder.path());
}

fn fill(pictures: &Path, project: &Path, file: &Path) {
    std::fs::create_dir(pictures).unwrap();
    let small = Image::filled(64, 36, [90, 120, 140]).to_jpeg(80).unwrap();
    for at in 0..PICTURES {
        std::fs::write(pictures.join(format!("{at:06}.jpg")), &small).unwrap();
    }
    let mut editor = ProjectEditor::create(project, "bench").unwrap();
    let column = |name: &str, kind| (name.to_owned(), kind);
    let mut columns = vec![column("frame", ColumnKind::Integer), column("class", ColumnKind::Text)];
    columns.extend(["score", "x0", "y0", "x1", "y1"].map(|name| column(name, ColumnKind::Number)));
    let mut writer = TableWriter::create(file, columns, &[]).unwrap();
    let mut edits = Vec::new();
    for at in 0..PICTURES {
        let (truths, found) = picture(at);
        for one in truths {
            let id = edits.len() as u64 + 1;
            edits.push(Edit::AddLabel(Label::new(
                id,
                "drive",
                "pictures",
                at,
                one.class,
                Shape::Box(one.bbox),
            )));
        }
        for one in found {
            let mut row =
                vec![Value::Integer(at as i64), Value::Text(one.class), Value::Number(Some(one.score))];
            let b = one.bbox;
            row.extend([b.x0, b.y0, b.x1, b.y1].map(|edge| Value::Number(Some(f64::from(edge)))));
            writer.row(&row).unwrap();
        }
    }
    writer.finish().unwrap();
    editor.commit("fill", Edit::Group(edits)).unwrap();
}

fn peer(folder: &Path) {
    let Some(python) = std::env::var_os("HARDCASE_FIFTYONE_PYTHON") else {
        eprintln!("SKIPPED the peer: HARDCASE_FIFTYONE_PYTHON names no Python with FiftyOne");
        return;
    };
    // All of them take FiftyOne the better part of an hour.
    let asked = std::env::var("HARDCASE_FIFTYONE_PICTURES").ok().and_then(|text| text.parse().ok());
    let part: usize = asked.unwrap_or(1000).min(PICTURES);
    let rows = |all: &[One]| -> Vec<serde_json::Value> {
        let row = |one: &One| {
            let b = one.bbox;
            json!([one.class, one.score, b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0])
        };
        all.iter().map(row).collect()
    };
    let pictures: Vec<serde_json::Value> = (0..part)
        .map(|at| {
            let (truths, found) = picture(at);
            json!({ "truths": rows(&truths), "found": rows(&found) })
        })
        .collect();
    let file = folder.join("part.json");
    std::fs::write(&file, json!({ "size": [1280, 720], "pictures": pictures }).to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/measure_peers.py");
    let output = Process::new(python).arg(script).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let found: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let ms = |name: &str| 1e3 * found[name].as_f64().unwrap();
    println!(
        "FiftyOne {} on {part} of the pictures: evaluated in {:.0} ms, filter {:.0} ms, first page {:.0} ms",
        found["version"].as_str().unwrap(),
        ms("evaluated"),
        ms("filtered"),
        ms("page")
    );
}
