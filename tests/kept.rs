//! Work that must not seem lost: projects on read-only media, recordings and models that moved, edits that were not saved.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};

use common::{Mounted, Storage, app, copied, mcap_recording, model, send, try_send};
use hardcase::app::command::Command;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::findings::command::FindingsCommand;
use hardcase::app::findings::results::SweepSettings;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::price::{PriceCommand, SAMPLE, Work};
use hardcase::app::{App, NoRecording};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::project::editor::ProjectEditor;
use hardcase::project::missing::Role;

fn recording(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, mcap_recording(10, Storage::ProtobufRaw, None)).unwrap();
    path.to_owned()
}

fn open(app: &mut App, path: &Path) -> Vec<String> {
    try_send(app, Command::Open(OpenCommand::Paths(vec![path.to_owned()])))
}

/// A recording with a tag and a box, and its project.
fn labeled(folder: &Path, home: &Path) -> (PathBuf, PathBuf) {
    let path = recording(&folder.join("drive.mcap"));
    let mut first = app(home);
    assert!(open(&mut first, &path).is_empty());
    send(&mut first, Command::Label(LabelCommand::Point(0)));
    let shape = Shape::Box(Box2 { x0: 1.0, y0: 2.0, x1: 20.0, y1: 15.0 });
    send(&mut first, Command::Label(LabelCommand::Draw(shape)));
    (path, folder.join("drive.hardcase"))
}

fn counts(app: &App) -> (usize, usize) {
    app.project().map_or((0, 0), |project| (project.tags.len(), project.labels.len()))
}

fn told(app: &App) -> String {
    app.notices.list().iter().map(|notice| notice.text.clone() + "\n").collect()
}

fn hardcase(args: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn info(project: &Path) -> serde_json::Value {
    let output = hardcase(&["info", "--json", project.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same labels whatever SQLite left beside them; the edit is refused in one sentence that says why.
fn check_read_only(project: &Path, home: &Path) {
    let mut app = app(home);
    assert!(open(&mut app, project).is_empty());
    assert_eq!(counts(&app), (1, 1), "{}", told(&app));
    assert!(app.open.is_read_only() && app.open.clip.is_some());
    assert!(told(&app).contains("read-only"), "{}", told(&app));
    for _ in 0..2 {
        let errors = try_send(&mut app, Command::Label(LabelCommand::Point(1)));
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("read-only") && !errors[0].contains("another program"), "{errors:?}");
    }
    assert!(app.open.labeling.save_failed.is_some() && counts(&app) == (1, 1));
    let known = info(project);
    assert_eq!((&known["read_only"], &known["tags"], &known["labels"]), (&true.into(), &1.into(), &1.into()));
}

#[test]
fn a_project_on_read_only_media_has_its_labels_whatever_lies_beside_the_database() {
    let Some(disk) = Mounted::new("size=16m") else { return };
    let home = tempfile::tempdir().unwrap();
    let (_, closed) = labeled(&disk.0.path().join("closed"), home.path());
    assert!(!closed.join("labels.db-wal").exists());
    // Killed: the edits are in the log only.
    let (_, project) = labeled(&disk.0.path().join("whole"), home.path());
    let running = ProjectEditor::open(&project).unwrap();
    let mut writer = ProjectEditor::open(&project).unwrap();
    writer.undo().unwrap();
    writer.redo().unwrap();
    let killed = |name: &str, files: &[&str]| {
        let folder = disk.0.path().join(name);
        fs::create_dir_all(folder.join("drive.hardcase")).unwrap();
        fs::copy(disk.0.path().join("whole/drive.mcap"), folder.join("drive.mcap")).unwrap();
        for file in files {
            fs::copy(project.join(file), folder.join("drive.hardcase").join(file)).unwrap();
        }
        folder.join("drive.hardcase")
    };
    let all = ["hardcase.toml", "labels.db", "labels.db-wal", "labels.db-shm"];
    let (with_both, with_log) = (killed("both # 100%?", &all), killed("log", &all[..3]));
    assert!(fs::metadata(with_log.join("labels.db-wal")).unwrap().len() > 0);
    drop((running, writer));
    // A project from version control has its labels as text only.
    let text = disk.0.path().join("text/drive.hardcase");
    let editor = ProjectEditor::open(&closed).unwrap();
    editor.save_snapshot("one").unwrap();
    drop(editor);
    recording(&disk.0.path().join("text/drive.mcap"));
    fs::create_dir_all(&text).unwrap();
    for file in ["hardcase.toml", "labels.json"] {
        fs::copy(closed.join(file), text.join(file)).unwrap();
    }
    disk.remount("ro");
    for project in [closed, with_both, with_log, text] {
        check_read_only(&project, &home.path().join("other"));
    }
}

#[test]
fn a_folder_without_permission_to_write_is_read_only() {
    if !Process::new("setpriv").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: needs setpriv");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_, project) = labeled(folder.path(), &folder.path().join("home"));
    let all = |mode: &str, path: &Path| {
        assert!(Process::new("chmod").args(["-R", mode]).arg(path).status().unwrap().success());
    };
    all("a+rX,a-w", folder.path());
    let program = env!("CARGO_BIN_EXE_hardcase");
    let output = Process::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", program, "info"])
        .arg(&project)
        .output()
        .unwrap();
    all("u+w", folder.path());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        println!("SKIPPED: no other user can be used here, or it cannot reach the program: {output:?}");
        return;
    }
    assert!(text.contains("1 tag, 1 label") && text.contains("read-only"), "{text}");
}

#[test]
fn the_recording_of_a_read_only_project_is_never_given_an_empty_one() {
    let Some(disk) = Mounted::new("size=16m") else { return };
    let home = tempfile::tempdir().unwrap();
    let (path, project) = labeled(disk.0.path(), home.path());
    disk.remount("ro");
    let mut app = app(&home.path().join("other"));
    assert!(open(&mut app, &path).is_empty());
    assert_eq!((counts(&app), &app.project().unwrap().folder), ((1, 1), &project));
    // A copy can be worked on; what was done before can be undone in it.
    send(&mut app, Command::Open(OpenCommand::WritableCopy { into: None }));
    app.settle(5);
    let copy = app.project().unwrap().folder.clone();
    assert!(copy.starts_with(home.path()) && !app.open.is_read_only(), "{}", told(&app));
    assert_eq!(counts(&app), (1, 1));
    assert!(app.open.clip.is_some(), "the recording stays where it is: {}", told(&app));
    send(&mut app, Command::Label(LabelCommand::Point(1)));
    assert_eq!(counts(&app), (2, 1));
    for _ in 0..2 {
        send(&mut app, Command::Label(LabelCommand::Undo));
    }
    assert_eq!(counts(&app), (1, 0));
    send(&mut app, Command::Label(LabelCommand::Redo));
    // The next time the recording leads to the copy.
    send(&mut app, Command::Open(OpenCommand::Close));
    assert!(open(&mut app, &path).is_empty());
    assert_eq!((counts(&app), &app.project().unwrap().folder), ((1, 1), &copy));
    // Another copy, in a folder that somebody chose.
    send(&mut app, Command::Open(OpenCommand::Close));
    assert!(open(&mut app, &project).is_empty());
    let into = home.path().join("chosen");
    fs::create_dir_all(&into).unwrap();
    send(&mut app, Command::Open(OpenCommand::WritableCopy { into: Some(into.clone()) }));
    app.settle(5);
    assert_eq!((counts(&app), &app.project().unwrap().folder), ((1, 1), &into.join("drive.hardcase")));
}

#[test]
fn an_unreadable_project_beside_a_recording_is_told_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let (path, project) = labeled(folder.path(), &home);
    fs::write(project.join("labels.db"), b"this is no database at all, but it is long enough for one")
        .unwrap();
    for side in ["labels.db-wal", "labels.db-shm"] {
        drop(fs::remove_file(project.join(side)));
    }
    let mut app = app(&home);
    let errors = open(&mut app, &path);
    assert!(errors.iter().any(|text| text.contains("damaged")), "{errors:?}");
    assert!(app.project().is_none());
    assert!(!home.join("projects").exists());
}

#[test]
fn a_recording_that_moved_is_located_and_its_labels_stay() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let (path, project) = labeled(&folder.path().join("old"), &home);
    let moved = folder.path().join("archive/2026/night.mcap");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::rename(&path, &moved).unwrap();
    let mut app = app(&home);
    assert!(open(&mut app, &project).is_empty(), "{}", told(&app));
    assert_eq!(counts(&app), (1, 1));
    assert!(app.open.clip.is_none() && told(&app).contains("Locate"), "{}", told(&app));
    let missing = app.open.missing.files.clone();
    assert_eq!((missing.len(), missing[0].role, &missing[0].path), (1, Role::Recording, &path));
    // By its name on the command line, too.
    assert_eq!(info(&project)["recordings"][0]["missing"], true);
    let text = String::from_utf8(hardcase(&["info", project.to_str().unwrap()]).stdout).unwrap();
    assert!(text.contains("missing") && text.contains("1 tag, 1 label"), "{text}");
    let export = ["labels", "export", project.to_str().unwrap(), "--format", "csv", "-o", "x.csv"];
    let output = hardcase(&export);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && text.contains("missing") && text.contains("Locate"), "{text}");
    // Renamed, it is still known by its content.
    send(&mut app, Command::Open(OpenCommand::SearchFolder(folder.path().join("archive"))));
    app.settle(5);
    assert!(app.open.clip.is_some() && app.open.missing.files.is_empty(), "{}", told(&app));
    assert_eq!(app.project().unwrap().resolve(&app.project().unwrap().clips[0].path), moved);
    assert_eq!(app.open.clip.as_ref().unwrap().name, "drive.mcap");
    let open = app.open.clip.as_ref().unwrap();
    assert_eq!(app.project().unwrap().labels_on(&open.name, "/camera", 0).len(), 1, "on the same recording");
    send(&mut app, Command::Label(LabelCommand::Undo));
    assert_eq!(app.open.missing.files.len(), 1, "undone");
    send(&mut app, Command::Label(LabelCommand::Redo));
    // Another file in its place is used, and said to be another.
    send(&mut app, Command::Open(OpenCommand::Close));
    fs::remove_file(&moved).unwrap();
    assert!(open_again(&mut app, &project));
    let other = folder.path().join("other.mcap");
    fs::write(&other, mcap_recording(12, Storage::JsonRaw, None)).unwrap();
    send(&mut app, Command::Open(OpenCommand::Locate { from: moved, to: other.clone() }));
    app.settle(5);
    assert_eq!(app.project().unwrap().resolve(&app.project().unwrap().clips[0].path), other);
    assert!(told(&app).contains("not the file that was there before"), "{}", told(&app));
}

fn open_again(app: &mut App, project: &Path) -> bool {
    open(app, project).is_empty() && app.open.clip.is_none()
}

#[test]
fn everything_that_moved_together_is_found_by_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let disk = folder.path().join("disk");
    let (first, second) = (recording(&disk.join("a/one.mcap")), recording(&disk.join("b/two.mcap")));
    fs::create_dir_all(disk.join("models")).unwrap();
    let net = disk.join("models/lights.onnx");
    fs::copy(common::sample("traffic_lights/models/traffic_light_state.onnx"), &net).unwrap();
    let project = folder.path().join("project");
    drop(ProjectEditor::create(&project, "both").unwrap());
    let mut app = app(&home);
    assert!(open(&mut app, &project).is_empty());
    for path in [&first, &second] {
        assert!(open(&mut app, path).is_empty());
    }
    send(&mut app, Command::Model(ModelCommand::Load(net.clone())));
    assert_eq!((app.project().unwrap().clips.len(), app.project().unwrap().models.len()), (2, 1));
    send(&mut app, Command::Open(OpenCommand::Close));
    let archive = folder.path().join("archive");
    fs::rename(&disk, &archive).unwrap();
    assert!(open_again(&mut app, &project));
    assert_eq!(app.open.missing.files.len(), 3);
    assert_eq!(app.open.missing.of(Role::Model, "lights").count(), 1);
    send(&mut app, Command::Open(OpenCommand::Locate { from: first, to: archive.join("a/one.mcap") }));
    app.settle(5);
    assert!(app.open.missing.files.is_empty(), "{:?}", app.open.missing.files);
    assert!(app.open.clip.is_some() && app.open.models.loaded.is_some(), "{}", told(&app));
    send(&mut app, Command::Label(LabelCommand::Undo));
    assert_eq!(app.open.missing.files.len(), 3, "one step");
}

#[test]
fn the_first_recording_that_is_there_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let (first, second) =
        (recording(&folder.path().join("one.mcap")), recording(&folder.path().join("two.mcap")));
    let mut app = app(&home);
    for path in [&first, &second] {
        assert!(open(&mut app, path).is_empty());
    }
    let project = app.project().unwrap().folder.clone();
    send(&mut app, Command::Open(OpenCommand::Close));
    fs::remove_file(&second).unwrap();
    assert!(open(&mut app, &project).is_empty());
    assert_eq!(app.open.clip.as_ref().unwrap().name, "one.mcap");
    assert_eq!(app.open.missing.files.len(), 1);
}

#[test]
fn a_model_that_failed_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(&folder.path().join("home"));
    let project = folder.path().join("lights");
    copied("traffic_lights", &project);
    assert!(open(&mut app, &project).is_empty());
    assert!(app.open.models.loaded.is_some() && app.open.models.failed.is_none());
    let damaged = folder.path().join("damaged.onnx");
    fs::write(&damaged, b"no model").unwrap();
    send(&mut app, Command::Model(ModelCommand::Unload));
    let errors = try_send(&mut app, Command::Model(ModelCommand::Load(damaged)));
    let failed = app.open.models.failed.clone().unwrap();
    assert_eq!(failed.name, "damaged.onnx");
    assert!(!errors.is_empty() && failed.why.contains("not an ONNX model"), "{failed:?}");
    assert_eq!(failed.advice, None, "no runtime runs a damaged file");
    // A model that loads takes the failure away.
    let net = project.join("models/traffic_light_state.onnx");
    send(&mut app, Command::Model(ModelCommand::Load(net)));
    assert!(app.open.models.failed.is_none() && app.open.models.loaded.is_some());
}

#[test]
fn the_state_of_saving_follows_every_edit() {
    let Some(disk) = Mounted::new("size=8m") else { return };
    let home = tempfile::tempdir().unwrap();
    let path = recording(&disk.0.path().join("drive.mcap"));
    let mut app = app(home.path());
    assert!(open(&mut app, &path).is_empty());
    send(&mut app, Command::Label(LabelCommand::Point(0)));
    assert!(app.open.labeling.save_failed.is_none());
    let filler = disk.fill();
    // What the log has allocated already can still be written.
    let mut saved = 1;
    while try_send(&mut app, Command::Label(LabelCommand::Point(1))).is_empty() {
        saved += 1;
        assert!(saved < 1000);
    }
    for times in 2..=3 {
        let errors = try_send(&mut app, Command::Label(LabelCommand::Point(1)));
        assert!(errors[0].contains("could not save") && errors[0].contains("full"), "{errors:?}");
        assert_eq!(app.open.labeling.save_failed.as_ref().unwrap().times, times);
    }
    fs::remove_file(filler).unwrap();
    send(&mut app, Command::Label(LabelCommand::Point(2)));
    assert!(app.open.labeling.save_failed.is_none());
    assert_eq!(counts(&app), (saved + 1, 0));
}

#[test]
fn a_recording_that_is_being_opened_is_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(&folder.path().join("drive.mcap"));
    let mut app = app(&folder.path().join("home"));
    let errors = try_send(&mut app, Command::Label(LabelCommand::Point(0)));
    assert_eq!(errors, [NoRecording.to_string()]);
    app.dispatch(Command::Open(OpenCommand::Paths(vec![path])));
    let errors = try_send(&mut app, Command::Label(LabelCommand::Point(0)));
    assert!(errors[0].contains("still being opened"), "{errors:?}");
    send(&mut app, Command::Label(LabelCommand::Point(0)));
}

/// A model of the fixtures that the built-in runtime refuses by name, so that ONNX Runtime is the way out.
#[test]
fn a_refused_graph_leads_to_onnx_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(&folder.path().join("home"));
    drop(try_send(&mut app, Command::Model(ModelCommand::Load(model("unknown_operator")))));
    let failed = app.open.models.failed.clone().unwrap();
    assert!(failed.advice.is_some(), "{failed:?}");
}

/// A grid of millions of predictions waits for somebody who decides; its sample has no more predictions than it says.
#[test]
fn a_sweep_of_millions_is_priced_and_sampled() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lights");
    copied("traffic_lights", &project);
    let mut app = app(&folder.path().join("home"));
    assert!(open(&mut app, &project).is_empty());
    let stack = hardcase::transforms::stack::parse(
        &hardcase::transforms::catalog::BUILT_IN,
        "brightness:30,contrast:0.5",
        1,
    );
    send(&mut app, Command::Explore(ExploreCommand::Use(stack.unwrap())));
    let settings = SweepSettings { steps: 50, seeds: 20, every: 1, ..SweepSettings::default() };
    send(&mut app, Command::Findings(FindingsCommand::Settings(settings)));
    send(&mut app, Command::Price(PriceCommand::Ask(Work::Stack)));
    let offer = app.open.offer.expect("nothing starts before somebody has seen the price");
    assert_eq!((offer.work, offer.predictions), (Work::Stack, 80 * (50 * 50 * 20 + 1)));
    assert!(offer.rate > 0.0 && app.open.findings.found.is_none());
    assert!(offer.text().starts_with("4,000,080 predictions, about "), "{}", offer.text());
    send(&mut app, Command::Price(PriceCommand::Start { sample: true }));
    let found = app.open.findings.found.as_ref().unwrap();
    let predictions = found.inputs.len() * (found.variants.len() + 1);
    assert!((SAMPLE / 2..=SAMPLE).contains(&predictions), "{predictions}");
    assert_eq!((found.inputs.len(), found.done), (5, 5));
    assert!(app.open.offer.is_none());
    let errors = try_send(&mut app, Command::Price(PriceCommand::Start { sample: false }));
    assert_eq!(errors.len(), 1, "nothing waits any more");
}
