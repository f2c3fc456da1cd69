//! Labels that an export wrote are read back by an import: every format, as file and as folder, detected and by name.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};

use common::{Storage, app, mcap_recording, send};
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::{Block, Keypoint, Shape, ShapeKind};
use hardcase::exchange::{ExchangeKind, KINDS};
use hardcase::project::Project;
use hardcase::project::editor::ProjectEditor;

fn hardcase(args: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn recording(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, mcap_recording(10, Storage::ProtobufRaw, None)).unwrap();
    path.to_owned()
}

/// A project about these recordings.
fn project(folder: &Path, home: &Path, recordings: &[PathBuf]) -> App {
    drop(ProjectEditor::create(folder, "rounds").unwrap());
    let mut app = app(home);
    send(&mut app, Command::Open(OpenCommand::Paths(vec![folder.to_owned()])));
    for path in recordings {
        send(&mut app, Command::Open(OpenCommand::Paths(vec![path.clone()])));
    }
    app
}

/// Boxes of two objects, an outline and two tags on the open recording.
fn draw(app: &mut App) {
    let label = |app: &mut App, command| send(app, Command::Label(command));
    for (frame, at) in [(1, 2.0), (4, 5.0)] {
        send(app, Command::Play(PlayCommand::SeekFrame(frame)));
        label(app, LabelCommand::Draw(Shape::Box(Box2 { x0: at, y0: 2.0, x1: at + 8.0, y1: 12.0 })));
        label(app, LabelCommand::Class("car".to_owned()));
        label(app, LabelCommand::Draw(Shape::Polygon(vec![[1.0, 1.0], [9.0, 2.0], [5.0, 11.0]])));
        label(app, LabelCommand::Class("person".to_owned()));
        let point = |x: f32, y: f32| Keypoint { x, y, seen: 2 };
        label(app, LabelCommand::Draw(Shape::Keypoints(vec![point(3.0, 4.0), point(9.0, 8.0)])));
        label(app, LabelCommand::Class("pose".to_owned()));
        label(app, LabelCommand::Point(0));
    }
}

/// Cuboids of two objects on the scans of the lidar sample.
fn place(app: &mut App) {
    for (frame, at) in [(0, 8.0), (2, 12.0)] {
        send(app, Command::Play(PlayCommand::SeekFrame(frame)));
        let block = Block::upright([at, 1.0, 0.8], [4.2, 1.8, 1.6], 0.3);
        send(app, Command::Label(LabelCommand::Draw(Shape::Cuboid(Box::new(block)))));
        send(app, Command::Label(LabelCommand::Class("car".to_owned())));
    }
}

/// Labels and tags of each recording, by name.
fn counts(project: &Project) -> Vec<(String, usize, usize)> {
    let of = |name: &String| {
        let labels = project.labels.iter().filter(|label| *label.clip == **name).count();
        (name.clone(), labels, project.tags.iter().filter(|tag| tag.clip == *name).count())
    };
    project.clips.iter().map(|clip| of(&clip.name)).collect()
}

/// Empties a project and imports into it.
fn imported(project: &Path, input: &Path, format: Option<&str>) -> Vec<(String, usize, usize)> {
    for side in ["labels.db", "labels.db-wal", "labels.db-shm"] {
        drop(fs::remove_file(project.join(side)));
    }
    let mut args = vec!["labels", "import", project.to_str().unwrap(), input.to_str().unwrap()];
    args.extend(format.iter().flat_map(|format| ["--format", format]));
    let output = hardcase(&args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    counts(ProjectEditor::open(project).unwrap().project())
}

/// Labels and tags of each recording as an export tells them: `PATH: 12 labels, 3 tags`.
fn written(said: &str) -> Vec<(usize, usize)> {
    let number = |text: Option<&str>| text.and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0);
    let of = |line: &str| {
        let mut parts = line.rsplit_once(": ").unwrap().1.split(", ");
        (number(parts.next()), number(parts.next()))
    };
    said.lines().map(of).collect()
}

/// Exports from `full` in a format, and imports the result in every way into `empty`.
fn check(format: &str, full: &Path, empty: &Path, out: &Path) -> Result<(), String> {
    let kind = hardcase::exchange::kind(format).unwrap();
    let args = ["labels", "export", full.to_str().unwrap(), "--format", format, "--allow-lossy", "-o"];
    let output = hardcase(&[&args[..], &[out.to_str().unwrap()]].concat());
    if !output.status.success() {
        return Err(format!("{format}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let mut places = vec![out.to_owned()];
    places.extend(kind.one_file.map(|name| out.join(name)).filter(|file| file.is_file()));
    let mut first = None;
    for place in places {
        for name in [None, Some(format)] {
            let found = imported(empty, &place, name);
            if found.iter().all(|(_, labels, tags)| labels + tags == 0) {
                return Err(format!("{format}: nothing came back from {} by {name:?}", place.display()));
            }
            let expected = first.get_or_insert_with(|| found.clone());
            if *expected != found {
                return Err(format!(
                    "{format}: {expected:?} is not {found:?} from {} by {name:?}",
                    place.display()
                ));
            }
        }
    }
    // Nothing that was written is lost on the way back.
    let found =
        first.unwrap_or_default().into_iter().map(|(_, labels, tags)| (labels, tags)).collect::<Vec<_>>();
    let said = written(&String::from_utf8_lossy(&output.stdout));
    if found != said {
        return Err(format!("{format}: {said:?} were written, {found:?} came back"));
    }
    Ok(())
}

/// Every format with this number of recordings.
fn check_all(recordings: usize) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let names = ["day drive.mcap", "night.mcap", "rain.mcap"];
    let paths: Vec<PathBuf> =
        names.iter().take(recordings).map(|name| recording(&folder.path().join("in").join(name))).collect();
    let (full, empty) = (folder.path().join("full"), folder.path().join("empty"));
    drop(project(&empty, &home, &paths));
    let mut app = project(&full, &home, &paths);
    for name in names.iter().take(recordings) {
        send(&mut app, Command::Open(OpenCommand::Clip((*name).to_owned())));
        draw(&mut app);
    }
    drop(app);
    let (scans, empty_scans) = (folder.path().join("scans"), folder.path().join("empty scans"));
    for (project, labeled) in [(&scans, true), (&empty_scans, false)] {
        common::copied("lidar", project);
        let mut app = common::app(&home);
        send(&mut app, Command::Open(OpenCommand::Paths(vec![project.clone()])));
        if labeled {
            place(&mut app);
        }
    }
    let on_scans = |kind: &&&ExchangeKind| kind.holds.shapes == [ShapeKind::Cuboid];
    let out = |kind: &ExchangeKind| folder.path().join("out").join(kind.id);
    let mut wrong: Vec<String> = KINDS
        .iter()
        .filter(on_scans)
        .filter_map(|kind| check(kind.id, &scans, &empty_scans, &out(kind)).err())
        .collect();
    wrong.extend(
        KINDS
            .iter()
            .filter(|kind| !on_scans(kind))
            .filter_map(|kind| check(kind.id, &full, &empty, &out(kind)).err()),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_format_reads_back_one_recording() {
    check_all(1);
}

#[test]
fn every_format_reads_back_a_folder_for_each_recording() {
    check_all(3);
}
