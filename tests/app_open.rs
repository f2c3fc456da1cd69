//! One project after another: nothing of the one that was closed reaches the next.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{Storage, app, mcap_recording, send};
use hardcase::app::command::Command;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::jobs::JobKind;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::label::exchange::ExchangeCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::Session;
use hardcase::app::{App, Workspace};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::project::importing::Meeting;

/// A recording called `drive.mcap` in a folder of its own.
fn recording(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("drive.mcap");
    fs::write(&path, mcap_recording(10, Storage::ProtobufRaw, None)).unwrap();
    path
}

fn open(app: &mut App, path: &Path) {
    send(app, Command::Open(OpenCommand::Paths(vec![path.to_owned()])));
}

/// A file of labels about `drive`, written from the first of two projects, which is left open without them.
fn labels_of(app: &mut App, folder: &Path) -> PathBuf {
    open(app, &recording(&folder.join("first")));
    send(app, Command::Label(LabelCommand::Point(0)));
    let shape = Shape::Box(Box2 { x0: 1.0, y0: 2.0, x1: 20.0, y1: 15.0 });
    send(app, Command::Label(LabelCommand::Draw(shape)));
    let out = folder.join("out");
    fs::create_dir_all(&out).unwrap();
    let export = ExchangeCommand::Export { format: "csv".to_owned(), folder: out.clone() };
    send(app, Command::Exchange(export));
    for _ in 0..2 {
        send(app, Command::Label(LabelCommand::Undo));
    }
    assert_eq!(labels(app), 0);
    fs::read_dir(&out).unwrap().next().unwrap().unwrap().path()
}

fn labels(app: &App) -> usize {
    app.project().map_or(0, |project| project.labels.len() + project.tags.len())
}

#[test]
fn the_preview_of_an_import_ends_with_its_project() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(&folder.path().join("home"));
    let file = labels_of(&mut app, folder.path());
    send(&mut app, Command::Exchange(ExchangeCommand::Preview(file)));
    assert!(app.open.exchange.preview.as_ref().is_some_and(|preview| preview.added == 2));
    send(&mut app, Command::Open(OpenCommand::Close));
    assert!(app.open.exchange.preview.is_none());
    open(&mut app, &recording(&folder.path().join("second")));
    send(&mut app, Command::Exchange(ExchangeCommand::Take(Meeting::Merge)));
    assert_eq!(labels(&app), 0, "the labels were previewed for another project");
}

#[test]
fn a_preview_that_comes_after_closing_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(&folder.path().join("home"));
    let file = labels_of(&mut app, folder.path());
    app.dispatch(Command::Exchange(ExchangeCommand::Preview(file)));
    app.dispatch(Command::Open(OpenCommand::Close));
    open(&mut app, &recording(&folder.path().join("second")));
    send(&mut app, Command::Exchange(ExchangeCommand::Take(Meeting::Merge)));
    assert!(app.open.exchange.preview.is_none());
    assert_eq!(labels(&app), 0);
}

/// A failing stack that is being minimized when its project is closed, before or after the result is there.
fn closed_while_minimizing(after_the_result: bool) {
    let folder = tempfile::tempdir().unwrap();
    let wakes = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&wakes);
    let waker = Arc::new(move || {
        theirs.fetch_add(1, Ordering::SeqCst);
    });
    let mut app = App::new(Session::load_from(Some(folder.path().join("home"))), waker);
    app.only_when_asked = true;
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    send(&mut app, Command::Show(Workspace::Explore));
    let stack = hardcase::transforms::stack::parse(
        &hardcase::transforms::catalog::BUILT_IN,
        "contrast:0.05,mirror",
        1,
    )
    .unwrap();
    send(&mut app, Command::Explore(ExploreCommand::Use(stack)));
    let outcome = app.open.explore.outcome.as_ref().unwrap().as_ref().unwrap();
    assert!(outcome.verdict.failed());
    let before = wakes.load(Ordering::SeqCst);
    app.dispatch(Command::Explore(ExploreCommand::Minimize));
    // The result and the end of the job.
    while after_the_result && wakes.load(Ordering::SeqCst) < before + 2 {
        std::thread::sleep(Duration::from_millis(2));
    }
    app.dispatch(Command::Open(OpenCommand::Close));
    assert!(app.jobs.running().iter().all(|job| job.progress.cancelled()));
    assert!(!app.jobs.is_running(JobKind::Minimize), "the next project has no such job");
    open(&mut app, &recording(folder.path()));
    assert!(app.open.explore.stack.transforms.is_empty(), "{:?}", app.open.explore.stack);
    let told = app.notices.list().iter().filter(|notice| notice.text.contains("contrast")).count();
    assert_eq!(told, 0, "{:?}", app.notices.list());
}

#[test]
fn a_minimized_stack_that_comes_after_closing_is_thrown_away() {
    closed_while_minimizing(true);
}

#[test]
fn minimizing_stops_when_its_project_is_closed() {
    closed_while_minimizing(false);
}

/// Caches of the window go by these numbers; those of another project must never be shown as the ones before.
#[test]
fn numbers_of_results_are_never_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(&folder.path().join("home"));
    let numbers = |app: &App| [app.open.explore.generation, app.open.models.generation];
    open(&mut app, &recording(&folder.path().join("first")));
    let (clip, before) = (app.open.clip.as_ref().unwrap().id, numbers(&app));
    send(&mut app, Command::Open(OpenCommand::Close));
    open(&mut app, &recording(&folder.path().join("second")));
    assert!(app.open.clip.as_ref().unwrap().id > clip);
    assert!(before.iter().zip(numbers(&app)).all(|(before, now)| *before < now));
}

/// The workspace was called Measure before, and is remembered so by sessions of then.
#[test]
fn a_session_of_before_opens_the_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let mut first = app(&home);
    open(&mut first, &recording(folder.path()));
    let project = first.project().unwrap().folder.clone();
    send(&mut first, Command::Show(Workspace::Evaluate));
    send(&mut first, Command::Open(OpenCommand::Close));
    drop(first);
    let path = home.join("session.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"evaluate\""), "{text}");
    fs::write(&path, text.replace("\"evaluate\"", "\"measure\"")).unwrap();
    let mut again = app(&home);
    open(&mut again, &project);
    assert_eq!(again.workspace, Workspace::Evaluate);
}
