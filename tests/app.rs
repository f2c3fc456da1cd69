//! The program driven by commands, as the window and scripts drive it.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use common::{Mounted, Storage, app, mcap_recording, repo, sample, send, try_send};
use hardcase::app::command::Command;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::findings::command::FindingsCommand;
use hardcase::app::findings::results::{SweepSettings, ViolationFilter};
use hardcase::app::label::command::LabelCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::app::{App, Workspace};
use hardcase::base::time::{Span, Time, TimeRange};
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::{Label, Value};
use hardcase::data::labels::tag::Tag;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
use hardcase::search::curve::Tipping;
use hardcase::search::sweep::slice::{Slice, SliceKind};
use hardcase::suites::bundle::ModelPlace;
use proptest::prelude::*;

fn recording(folder: &Path) -> PathBuf {
    let path = folder.join("drive.mcap");
    fs::write(&path, mcap_recording(50, Storage::ProtobufRaw, Some(mcap::Compression::Lz4))).unwrap();
    path
}

fn opened(folder: &Path) -> App {
    let path = recording(folder);
    let mut app = app(&folder.join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![path])));
    app
}

fn label(app: &mut App, command: LabelCommand) {
    send(app, Command::Label(command));
}

fn rect(x0: f32, y0: f32, x1: f32, y1: f32) -> Shape {
    Shape::Box(Box2 { x0, y0, x1, y1 })
}

fn only_box(app: &App) -> Box2 {
    app.project().unwrap().labels.iter().next().unwrap().shape.bounds().unwrap()
}

fn play(app: &mut App, command: PlayCommand) {
    send(app, Command::Play(command));
}

fn tags(app: &App) -> Vec<Tag> {
    app.project().unwrap().tags.clone()
}

#[test]
fn replay_steps_jumps_and_loops() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    let start = app.open.playback.range.start;
    play(&mut app, PlayCommand::Step(3));
    assert_eq!(app.open.playback.frame(), 3);
    play(&mut app, PlayCommand::Step(-9));
    assert_eq!(app.open.playback.frame(), 0);
    play(&mut app, PlayCommand::Jump(Span::SECOND));
    assert_eq!(app.open.playback.frame(), 10);
    play(&mut app, PlayCommand::End);
    assert_eq!(app.open.playback.frame(), 49);
    play(&mut app, PlayCommand::Start);
    app.dispatch(Command::Play(PlayCommand::Toggle));
    app.poll(Span::from_secs(0.55));
    assert_eq!(app.open.playback.frame(), 5);
    let range = TimeRange { start: start + Span::from_secs(0.5), end: start + Span::from_secs(1.0) };
    app.dispatch(Command::Play(PlayCommand::LoopRange(Some(range))));
    app.poll(Span::from_secs(0.6));
    assert!(range.contains(app.open.playback.playhead));
    app.settle(3);
    let camera = app.open.playback.camera.unwrap();
    let (frame, image) = app.open.frames.picture(camera).unwrap();
    assert_eq!(
        (frame, image.as_ref().unwrap()),
        (app.open.playback.frame(), &&common::numbered(app.open.playback.frame()))
    );
}

#[test]
fn tags_boxes_and_notes_come_back_with_undo_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = opened(folder.path());
    play(&mut first, PlayCommand::SeekFrame(10));
    label(&mut first, LabelCommand::Point(3));
    label(&mut first, LabelCommand::MarkIn);
    play(&mut first, PlayCommand::SeekFrame(20));
    label(&mut first, LabelCommand::MarkOut);
    let interval = tags(&first)[1].clone();
    assert_eq!(interval.end.unwrap() - interval.start, Span::from_secs(1.1));
    label(&mut first, LabelCommand::SetTag(Tag { note: "näher".to_owned(), ..interval }));
    label(&mut first, LabelCommand::Draw(rect(1.0, 2.0, 20.0, 15.0)));
    let id = first.open.labeling.object.unwrap();
    label(&mut first, LabelCommand::SetShape(id, rect(3.0, 2.0, 22.0, 15.0)));
    label(&mut first, LabelCommand::Class("car".to_owned()));
    let before = first.project().unwrap().clone();
    drop(first);

    let mut again = opened(folder.path());
    assert_eq!(again.project().unwrap(), &before);
    label(&mut again, LabelCommand::Undo);
    label(&mut again, LabelCommand::Undo);
    assert_eq!(only_box(&again).x0.to_bits(), 1.0_f32.to_bits());
    for _ in 0..5 {
        label(&mut again, LabelCommand::Undo);
    }
    assert!(tags(&again).is_empty() && again.project().unwrap().labels.is_empty());
    for _ in 0..9 {
        label(&mut again, LabelCommand::Redo);
    }
    assert_eq!(again.project().unwrap(), &before);
}

#[test]
fn a_note_is_saved_with_every_letter_and_undone_as_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Point(0));
    for note in ["w", "we", "wet"] {
        label(&mut app, LabelCommand::SetNote(1, note.to_owned()));
        let reader = ProjectEditor::open(&app.project().unwrap().folder).unwrap();
        assert_eq!(reader.project().tags[0].note, note);
    }
    label(&mut app, LabelCommand::Undo);
    assert_eq!(tags(&app)[0].note, "");
    label(&mut app, LabelCommand::Redo);
    assert_eq!(tags(&app)[0].note, "wet");
    label(&mut app, LabelCommand::Undo);
    label(&mut app, LabelCommand::Undo);
    assert!(tags(&app).is_empty());
}

#[test]
fn a_new_edit_forgets_what_was_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Point(0));
    label(&mut app, LabelCommand::Undo);
    label(&mut app, LabelCommand::Point(1));
    label(&mut app, LabelCommand::Redo);
    assert_eq!(tags(&app).iter().map(|tag| tag.kind.as_str()).collect::<Vec<_>>(), ["pedestrian"]);
}

#[test]
fn boxes_are_copied_to_the_next_picture_as_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Draw(rect(1.0, 1.0, 9.0, 9.0)));
    label(&mut app, LabelCommand::Draw(rect(11.0, 1.0, 19.0, 9.0)));
    label(&mut app, LabelCommand::Draw(rect(5.0, 5.0, 6.0, 6.0)));
    assert_eq!(app.project().unwrap().labels.len(), 2, "a slip of the mouse is no box");
    label(&mut app, LabelCommand::SelectObject(None));
    label(&mut app, LabelCommand::Propagate);
    assert_eq!((app.open.playback.frame(), app.project().unwrap().labels.len()), (1, 4));
    label(&mut app, LabelCommand::Undo);
    assert_eq!(app.project().unwrap().labels.len(), 2);
    play(&mut app, PlayCommand::SeekFrame(0));
    label(&mut app, LabelCommand::SelectObject(Some(1)));
    label(&mut app, LabelCommand::Delete);
    assert_eq!(app.project().unwrap().labels.len(), 1);
}

/// Run in a process of its own by the test below: tags as fast as it can and says each one that is saved.
#[test]
fn child_that_tags_until_it_is_killed() {
    let Ok(folder) = std::env::var("HARDCASE_TEST_KILL") else { return };
    let mut editor = ProjectEditor::create(Path::new(&folder), "killed").unwrap();
    for id in 1.. {
        let tag = Tag {
            id,
            clip: "c".to_owned(),
            kind: "debris".to_owned(),
            start: Time(id as i64),
            end: None,
            note: String::new(),
            attributes: hardcase::data::labels::label::Attributes::new(),
        };
        editor.commit("tag", Edit::AddTag(tag)).unwrap();
        println!("saved {id}");
    }
}

#[test]
fn killing_the_process_loses_nothing_that_was_saved() {
    for round in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["child_that_tags_until_it_is_killed", "--exact", "--nocapture", "--test-threads=1"])
            .env("HARDCASE_TEST_KILL", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut saved = 0;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines {
            if let Some(id) = line.unwrap().strip_prefix("saved ") {
                saved = id.parse().unwrap();
            }
            if saved == 20 + round * 13 {
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        let editor = ProjectEditor::open(folder.path()).unwrap();
        let found = editor.project().tags.len() as u64;
        assert!(saved > 0 && found >= saved, "{found} of {saved}");
        assert!(editor.project().tags.iter().enumerate().all(|(i, tag)| tag.id == i as u64 + 1));
    }
}

#[test]
fn the_whole_loop_from_a_recording_to_a_suite() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(folder.path());
    send(&mut app, Command::Open(OpenCommand::Sample("street".to_owned())));
    assert_eq!(app.open.models.loaded.as_ref().unwrap().card.name, "nanodet_coco");
    assert_eq!(tags(&app).len(), 4);
    send(&mut app, Command::Show(Workspace::Explore));
    play(&mut app, PlayCommand::SeekFrame(100));
    send(&mut app, Command::Explore(ExploreCommand::Add("fog".to_owned())));
    send(&mut app, Command::Explore(ExploreCommand::FindTipping));
    let Some(Tipping::Breaks { strength, holds, .. }) = app.open.explore.tipping.clone() else {
        panic!("{:?}", app.open.explore.tipping)
    };
    assert!(holds < strength && strength - holds <= 0.0011, "{holds} {strength}");
    let outcome = app.open.explore.outcome.as_ref().unwrap().as_ref().unwrap();
    assert!(outcome.verdict.failed(), "the slider stands at the tipping point");
    send(&mut app, Command::Suite(SuiteCommand::Active("mine".to_owned())));
    send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() }));
    let case = app.project().unwrap().cases_of("mine").next().unwrap().clone();
    assert_eq!(case.tags, ["crowd", "fog", "stranger"]);
    assert!(case.why.contains("missed"), "{}", case.why);
    send(&mut app, Command::Suite(SuiteCommand::Run("mine".to_owned())));
    assert!(app.open.suites.verdicts.values().all(|verdict| verdict.as_ref().unwrap().failed()));
    let out = folder.path().join("exported");
    send(
        &mut app,
        Command::Suite(SuiteCommand::Export {
            suite: "mine".to_owned(),
            folder: Some(out.clone()),
            model: ModelPlace::Named,
        }),
    );
    let suite = hardcase::suites::files::read(&out).unwrap();
    assert!(suite.problems().is_empty(), "{:?}", suite.problems());
    for entry in [out.join("suite.toml"), out.join("cases").join(format!("{}.toml", case.id))] {
        let text = fs::read_to_string(entry).unwrap();
        assert!(!text.contains(&folder.path().display().to_string()), "an absolute path is in {text}");
    }
    // Opening the case again brings everything back.
    let fresh = &mut common::app(&folder.path().join("other"));
    let model = Some(sample("street/models/nanodet_coco.onnx"));
    send(fresh, Command::Open(OpenCommand::SuiteCase { folder: out, case: Some(case.id.clone()), model }));
    assert_eq!((fresh.workspace, &fresh.open.explore.stack), (Workspace::Explore, &case.stack));
    assert!(fresh.open.explore.outcome.as_ref().unwrap().as_ref().unwrap().verdict.failed());
}

#[test]
fn the_curve_is_drawn_over_the_whole_range() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(folder.path());
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    send(&mut app, Command::Show(Workspace::Explore));
    send(&mut app, Command::Explore(ExploreCommand::Add("contrast".to_owned())));
    send(&mut app, Command::Explore(ExploreCommand::Curve));
    assert_eq!(app.open.explore.curve.len(), hardcase::search::curve::CURVE_POINTS);
    assert!(app.open.explore.curve.iter().all(|point| (0.0..=1.0).contains(&point.confidence.unwrap())));
    // Moving the same slider keeps the curve; another transform makes it void.
    send(
        &mut app,
        Command::Explore(ExploreCommand::Set { position: 0, param: "gain".to_owned(), value: 0.3 }),
    );
    assert!(!app.open.explore.curve.is_empty());
    send(&mut app, Command::Explore(ExploreCommand::Add("mirror".to_owned())));
    assert!(app.open.explore.curve.is_empty());
    let errors = try_send(&mut app, Command::Explore(ExploreCommand::FindTipping));
    assert!(errors[0].contains("no severity"), "{errors:?}");
}

#[test]
fn predictions_run_along_the_recording_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(folder.path());
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    send(&mut app, Command::Model(ModelCommand::PredictAll));
    let camera = app.open.playback.camera.unwrap();
    assert_eq!(app.open.models.num_answers(camera), 80);
    send(&mut app, Command::Model(ModelCommand::Unload));
    assert_eq!(app.open.models.num_answers(camera), 0);
    let errors = try_send(&mut app, Command::Model(ModelCommand::PredictAll));
    assert_eq!(errors, ["load a model first"]);
}

#[test]
fn a_wrong_object_becomes_a_claim_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(folder.path());
    send(&mut app, Command::Open(OpenCommand::Sample("street".to_owned())));
    send(&mut app, Command::Show(Workspace::Explore));
    play(&mut app, PlayCommand::SeekFrame(100));
    let claim = ClaimSpec { class: Some("bird".to_owned()), ..ClaimSpec::new("no_object") };
    send(&mut app, Command::Explore(ExploreCommand::Oracle(claim.clone())));
    assert!(app.open.explore.outcome.as_ref().unwrap().as_ref().unwrap().verdict.why().contains("bird"));
    // The claim moves with the picture.
    send(&mut app, Command::Explore(ExploreCommand::Add("mirror".to_owned())));
    let region = Some(Box2 { x0: 60.0, y0: 490.0, x1: 170.0, y1: 540.0 });
    send(&mut app, Command::Explore(ExploreCommand::Oracle(ClaimSpec { region, ..claim })));
    assert!(app.open.explore.outcome.as_ref().unwrap().is_ok());
}

#[test]
fn opening_nonsense_says_so_and_leaves_the_rest_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    let text = folder.path().join("notes.doc");
    fs::write(&text, "hello").unwrap();
    let errors = try_send(&mut app, Command::Open(OpenCommand::Paths(vec![text])));
    assert!(errors[0].contains("notes.doc"), "{errors:?}");
    let errors = try_send(&mut app, Command::Model(ModelCommand::Load(folder.path().join("gone.onnx"))));
    assert!(errors[0].contains("gone.onnx"), "{errors:?}");
    assert!(app.open.clip.is_some());
    label(&mut app, LabelCommand::Point(0));
}

#[test]
fn damaged_labels_are_named_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    drop(ProjectEditor::create(folder.path(), "p").unwrap());
    for left in ["labels.db-wal", "labels.db-shm"] {
        drop(fs::remove_file(folder.path().join(left)));
    }
    let garbage = vec![7_u8; 8192];
    fs::write(folder.path().join("labels.db"), &garbage).unwrap();
    let error = ProjectEditor::open(folder.path()).err().unwrap().to_string();
    assert!(error.contains("labels.db") && error.contains("damaged"), "{error}");
    assert_eq!(fs::read(folder.path().join("labels.db")).unwrap(), garbage);
    fs::write(folder.path().join("hardcase.toml"), "name = [").unwrap();
    assert!(ProjectEditor::open(folder.path()).err().unwrap().to_string().contains("hardcase.toml"));
}

#[test]
fn a_full_disk_refuses_the_edit_and_keeps_what_was_there() {
    let Some(disk) = Mounted::new("size=400k") else { return };
    let mut editor = ProjectEditor::create(disk.0.path(), "full").unwrap();
    let tag = |id: u64, note: String| Tag {
        id,
        clip: "c".to_owned(),
        kind: "k".to_owned(),
        start: Time(0),
        end: None,
        note,
        attributes: hardcase::data::labels::label::Attributes::new(),
    };
    let mut saved = 0;
    let error = loop {
        match editor.commit("tag", Edit::AddTag(tag(saved + 1, "x".repeat(2000)))) {
            Ok(()) => saved += 1,
            Err(err) => break err.to_string(),
        }
        assert!(saved < 1000);
    };
    assert!(saved > 5 && error.contains("could not save") && error.contains("full"), "{saved}: {error}");
    assert_eq!(editor.project().tags.len() as u64, saved, "the edit was taken back");
    disk.remount("size=4m");
    editor.commit("tag", Edit::AddTag(tag(saved + 1, String::new()))).unwrap();
    drop(editor);
    assert_eq!(ProjectEditor::open(disk.0.path()).unwrap().project().tags.len() as u64, saved + 1);
}

#[test]
fn a_read_only_folder_opens_and_says_that_nothing_can_be_changed() {
    let Some(disk) = Mounted::new("size=8m") else { return };
    let path = recording(disk.0.path());
    let home = tempfile::tempdir().unwrap();
    let mut first = app(home.path());
    send(&mut first, Command::Open(OpenCommand::Paths(vec![path.clone()])));
    label(&mut first, LabelCommand::Point(0));
    drop(first);
    let alone = disk.0.path().join("alone.mcap");
    fs::copy(&path, &alone).unwrap();
    disk.remount("ro");
    let mut project = app(home.path());
    send(&mut project, Command::Open(OpenCommand::Paths(vec![disk.0.path().join("drive.hardcase")])));
    assert_eq!(tags(&project).len(), 1);
    let errors = try_send(&mut project, Command::Label(LabelCommand::Point(1)));
    assert!(errors[0].contains("read-only"), "{errors:?}");
    // A recording without a project goes to one in the user's folder, where it can be labeled.
    fs::create_dir_all(home.path().join("second")).unwrap();
    let mut own = app(&home.path().join("second"));
    send(&mut own, Command::Open(OpenCommand::Paths(vec![alone])));
    label(&mut own, LabelCommand::Point(1));
    assert!(own.project().unwrap().folder.starts_with(home.path()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is edited: undoing all of it is where it began, redoing all of it where it ended, and a
    /// reader of the files sees the same.
    #[test]
    fn undo_and_redo_are_exact(steps in proptest::collection::vec((0_u8..6, 0_i64..1000, 0_u64..6), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut editor = ProjectEditor::create(folder.path(), "p").unwrap();
        let start = editor.project().clone();
        let mut made = 0;
        for (what, at, id) in steps {
            let tag = Tag { id, clip: "c".to_owned(), kind: "k".to_owned(), start: Time(at), end: (at % 2 == 0).then_some(Time(at + 5)), note: at.to_string(), attributes: [("gap".to_owned(), Value::Number(0.5))].into() };
            let bbox = Box2 { x0: at as f32, y0: 0.5, x1: at as f32 + 3.0, y1: 9.25 };
            let object = if at % 3 == 0 { 2 } else { id };
            let label = Label { object, ..Label::new(id, "c", "cam", at as usize, "car", Shape::Box(bbox)) };
            let edit = match what {
                0 => Edit::AddTag(tag),
                1 => Edit::SetTag(tag),
                2 => Edit::RemoveTag(id),
                3 => Edit::AddLabel(label),
                4 => Edit::RemoveLabel(id),
                _ => Edit::Group(vec![Edit::AddTag(tag), Edit::RemoveLabel(id)]),
            };
            let before = editor.project().clone();
            if editor.commit("step", edit).is_ok() {
                made += 1;
            } else {
                prop_assert_eq!(editor.project(), &before, "an error changes nothing");
            }
        }
        let end = editor.project().clone();
        drop(editor);
        let mut editor = ProjectEditor::open(folder.path()).unwrap();
        prop_assert_eq!(editor.project(), &end);
        for _ in 0..made {
            prop_assert!(editor.undo().unwrap().is_some());
        }
        prop_assert!(editor.undo().unwrap().is_none());
        prop_assert_eq!(editor.project(), &start);
        while editor.redo().unwrap().is_some() {}
        prop_assert_eq!(editor.project(), &end);
    }
}

/// Textures and answers are kept by this number; a second recording must never be shown as the first.
#[test]
fn a_recording_opened_after_closing_has_its_own_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    let first = app.open.clip.as_ref().unwrap().id;
    send(&mut app, Command::Open(OpenCommand::Close));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![recording(folder.path())])));
    assert_ne!(app.open.clip.as_ref().unwrap().id, first);
}

#[test]
fn a_project_opens_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = opened(folder.path());
    let project = first.project().unwrap().folder.clone();
    play(&mut first, PlayCommand::SeekFrame(7));
    send(&mut first, Command::Plot { signal: "/car.speed".to_owned(), shown: false });
    send(&mut first, Command::Show(Workspace::Suites));
    first.remember_place();
    let mut second = app(&folder.path().join("home"));
    send(&mut second, Command::Open(OpenCommand::Paths(vec![project])));
    assert_eq!((second.open.playback.frame(), second.workspace), (7, Workspace::Suites));
    let open = second.open.clip.as_ref().unwrap();
    let speed = open.info.channel_named("/car.speed").unwrap();
    assert!(!open.plotted().contains(&speed) && !open.plotted().is_empty());
}

#[test]
fn several_files_are_one_recording_whose_parts_can_be_moved_in_time_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = repo().join("tests/fixtures");
    let video = folder.path().join("front.mkv");
    fs::copy(fixtures.join("videos/h264.mkv"), &video).unwrap();
    let bag = folder.path().join("drive.mcap");
    fs::copy(fixtures.join("recordings/ros2.mcap"), &bag).unwrap();
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![bag.clone(), video.clone()])));
    let open = app.open.clip.as_ref().unwrap();
    assert_eq!((open.info.format, open.joined.parts().len()), ("joined", 2));
    let camera = open.info.channel_named("front/video").unwrap();
    let speed = open.info.channel_named("drive/imu.linear_acceleration.x");
    assert!(speed.is_some(), "{:#?}", open.info.channels);
    // The video has no clock of its own: it begins with the first file.
    let start = Time(1_700_000_000_000_000_000);
    assert_eq!(open.clip.times(camera)[0], start);
    let offset = |app: &App| app.open.clip.as_ref().unwrap().clip.times(camera)[0] - start;
    let move_to = |secs: f64, kept| {
        Command::Open(OpenCommand::Offset { part: 1, offset: start + Span::from_secs(secs) - Time(0), kept })
    };
    send(&mut app, move_to(0.25, false));
    assert_eq!(offset(&app), Span::from_secs(0.25), "seen while the mouse is down");
    send(&mut app, move_to(0.5, true));
    assert_eq!(offset(&app), Span::from_secs(0.5));
    assert_eq!(app.open.frames.shown(camera).map(|(frame, _)| frame), Some(0));
    send(&mut app, Command::Label(LabelCommand::Undo));
    assert_eq!(offset(&app), Span(0), "moving a file can be taken back");
    send(&mut app, Command::Label(LabelCommand::Redo));
    let project = app.project().unwrap().folder.clone();
    drop(app);
    let mut app = common::app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![project])));
    assert_eq!(offset(&app), Span::from_secs(0.5), "and is there after a restart");
    assert_eq!(app.project().unwrap().clips.len(), 1);
    // The same two files again are the same recording.
    send(&mut app, Command::Open(OpenCommand::Paths(vec![bag, video])));
    assert_eq!(app.project().unwrap().clips.len(), 1);
}

#[test]
fn a_channel_goes_by_the_time_in_its_headers_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let bag = folder.path().join("more.mcap");
    fs::copy(repo().join("tests/fixtures/recordings/more.mcap"), &bag).unwrap();
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![bag.clone()])));
    let times = |app: &App, name: &str| {
        let open = app.open.clip.as_ref().unwrap();
        open.clip.times(open.info.channel_named(name).unwrap())
    };
    let received = times(&app, "/radar")[3];
    let ask = |on| Command::Open(OpenCommand::HeaderTime { channel: "/radar".to_owned(), on });
    send(&mut app, ask(true));
    assert_eq!(received - times(&app, "/radar")[3], Span::from_secs(0.05));
    assert_eq!(times(&app, "/depth")[3], received, "other channels stay as they are");
    send(&mut app, Command::Label(LabelCommand::Undo));
    assert_eq!(times(&app, "/radar")[3], received);
    send(&mut app, Command::Label(LabelCommand::Redo));
    assert_eq!(received - times(&app, "/radar")[3], Span::from_secs(0.05));
    let project = app.project().unwrap().folder.clone();
    drop(app);
    let mut app = common::app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![project])));
    assert_eq!(received - times(&app, "/radar")[3], Span::from_secs(0.05));
    send(&mut app, ask(false));
    assert_eq!(times(&app, "/radar")[3], received);
    let errors = try_send(
        &mut app,
        Command::Open(OpenCommand::HeaderTime { channel: "/wheel.ticks".to_owned(), on: true }),
    );
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn small_pictures_come_without_disturbing_the_playhead() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("front.mp4");
    fs::copy(repo().join("tests/fixtures/videos/h264_b_frames.mp4"), &video).unwrap();
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![video])));
    let id = app.open.clip.as_ref().unwrap().id;
    let camera = app.open.playback.camera.unwrap();
    send(&mut app, Command::Thumbnails { camera, pictures: vec![0, 13, 29] });
    for (index, key_frame) in [(0, 0), (13, 12), (29, 24)] {
        let small = app.open.thumbnails.get((id, camera, index)).unwrap();
        let shade = usize::from(small.pixel(8, 8).unwrap()[1]);
        assert_eq!((shade + 4) / 8, key_frame, "the key frame before picture {index}");
    }
    assert_eq!(app.open.frames.shown(camera).unwrap().0, 0);
}

/// A sweep over a recording: what broke comes smallest change first, can be filtered, voted on and kept.
#[test]
fn a_sweep_finds_violations_that_can_be_kept() {
    let home = tempfile::tempdir().unwrap();
    let mut app = app(home.path());
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    assert!(!try_send(&mut app, Command::Findings(FindingsCommand::Sweep)).is_empty(), "nothing to sweep");
    send(&mut app, Command::Explore(ExploreCommand::Add("gaussian_noise".to_owned())));
    send(&mut app, Command::Explore(ExploreCommand::Add("mirror".to_owned())));
    let settings = SweepSettings { steps: 3, every: 10, seeds: 2, ..SweepSettings::default() };
    send(&mut app, Command::Findings(FindingsCommand::Settings(settings)));
    send(&mut app, Command::Findings(FindingsCommand::Sweep));
    assert_eq!(app.workspace, Workspace::Findings);
    let found = app.open.findings.found.as_ref().unwrap();
    assert_eq!((found.inputs.len(), found.variants.len(), found.done), (8, 3 * 2, 8));
    assert!(!found.violations.is_empty());
    assert!(found.violations.is_sorted_by(|a, b| a.change_rms <= b.change_rms));
    let total = found.summary.models[0].total();
    assert_eq!((total.failed, total.judged), (found.violations.len(), 8 * 6));
    assert!(found.variants.iter().all(|variant| variant.stack.transforms.len() == 2), "the mirror stays");

    let all = app.open.findings.shown().len();
    let class = found.violations[0].class.clone();
    let slice = Some(Slice { kind: SliceKind::Class, name: class.clone() });
    send(
        &mut app,
        Command::Findings(FindingsCommand::Filter(ViolationFilter { slice, ..ViolationFilter::default() })),
    );
    let found = app.open.findings.found.as_ref().unwrap();
    let of_class = found.violations.iter().filter(|violation| violation.class == class).count();
    assert_eq!(app.open.findings.shown().len(), of_class);
    let weakest = ViolationFilter { at: vec![(0, 0)], ..ViolationFilter::default() };
    send(&mut app, Command::Findings(FindingsCommand::Filter(weakest)));
    assert!(app.open.findings.shown().is_empty(), "no noise breaks nothing");
    send(&mut app, Command::Findings(FindingsCommand::Filter(ViolationFilter::default())));
    assert_eq!(app.open.findings.shown().len(), all);

    send(&mut app, Command::Findings(FindingsCommand::Step(1)));
    assert_eq!(app.open.findings.selected, Some(0));
    send(&mut app, Command::Findings(FindingsCommand::Vote(true)));
    // K keeps the violation here and not what Explore shows.
    send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() }));
    let project = app.project().unwrap();
    let case = project.cases_of("regressions").next().unwrap().clone();
    let (found, violation) = app.open.findings.current().unwrap();
    assert_eq!(case.stack, found.variants[violation.variant].stack);
    assert_eq!(case.frame, found.inputs[violation.input].frame);
    assert_eq!((case.why, case.terms.kept.valid), (violation.why.clone(), Some(true)));
    assert_eq!(case.terms.kept.model_sha256.len(), 64);
    assert!(case.terms.kept.on.is_some() && case.terms.kept.verdict == "fail");

    let (why, stack) = (violation.why.clone(), found.variants[violation.variant].stack.clone());
    send(&mut app, Command::Findings(FindingsCommand::Open));
    assert_eq!((app.workspace, &app.open.explore.stack), (Workspace::Explore, &stack));
    let Some(Ok(outcome)) = &app.open.explore.outcome else { panic!("it is evaluated again") };
    assert_eq!(outcome.verdict.why(), why, "and comes out the same");
    assert_eq!(app.open.explore.history.list().first().map(|tried| tried.verdict), Some("fail"));
}

/// A search finds by coverage and by chance, with the same budget for both; it goes on to where one search would have come.
#[test]
fn a_search_shows_what_it_found_beside_chance_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let mut app = app(home.path());
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    assert!(!try_send(&mut app, Command::Findings(FindingsCommand::SearchOn)).is_empty(), "none to continue");
    let settings = SweepSettings { every: 10, tries: 40, ..SweepSettings::default() };
    send(&mut app, Command::Findings(FindingsCommand::Settings(settings.clone())));
    send(&mut app, Command::Findings(FindingsCommand::Search));
    assert_eq!(app.workspace, Workspace::Findings);
    send(&mut app, Command::Findings(FindingsCommand::SearchOn));
    let (search, violations) = {
        let found = app.open.findings.found.as_ref().unwrap();
        (found.search.clone().unwrap(), found.violations.clone())
    };
    assert_eq!((search.budget, search.guided.tries, search.random.tries), (80, 80, 80));
    assert_eq!(search.guided.found.len() + search.random.found.len(), violations.len());
    assert!(!search.guided.found.is_empty() && search.guided.inputs > 0);
    assert!(
        search.guided.found.is_sorted() && search.guided.found.iter().all(|tried| (1..=80).contains(tried))
    );
    assert!(search.growth.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{:?}", search.growth);
    // The frames alone may cover all that few tries can.
    assert!(search.begun > 0.3 && search.growth.first().is_none_or(|(_, share)| *share > search.begun));
    assert!(violations.is_sorted_by(|a, b| a.change_rms <= b.change_rms));
    // Both halves at once come to the same.
    send(&mut app, Command::Findings(FindingsCommand::Settings(SweepSettings { tries: 80, ..settings })));
    send(&mut app, Command::Findings(FindingsCommand::Search));
    let whole = app.open.findings.found.as_ref().unwrap();
    let again = whole.search.as_ref().unwrap();
    assert_eq!(
        (&again.guided, &again.random, &again.growth),
        (&search.guided, &search.random, &search.growth)
    );
    // What was found is shown, opened and kept like the violations of a sweep.
    let stack = whole.variants[whole.violations[0].variant].stack.clone();
    let why = whole.violations[0].why.clone();
    send(&mut app, Command::Findings(FindingsCommand::Step(1)));
    send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() }));
    let case = app.project().unwrap().cases_of("regressions").next().unwrap().clone();
    assert_eq!((&case.stack, &case.why), (&stack, &why));
    send(&mut app, Command::Findings(FindingsCommand::Open));
    let Some(Ok(outcome)) = &app.open.explore.outcome else { panic!("it is evaluated again") };
    assert_eq!(outcome.verdict.why(), why, "and comes out the same");
}

/// A stack that was tried can be taken up again, and favorites are still there after a restart.
#[test]
fn surprises_and_favorites_come_back() {
    let home = tempfile::tempdir().unwrap();
    let mut app = app(home.path());
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    send(&mut app, Command::Show(Workspace::Explore));
    send(&mut app, Command::Explore(ExploreCommand::Surprise));
    let first = app.open.explore.stack.clone();
    send(&mut app, Command::Explore(ExploreCommand::Surprise));
    assert_ne!(app.open.explore.stack, first);
    assert_eq!(app.open.explore.history.list().len(), 2);
    send(&mut app, Command::Explore(ExploreCommand::Use(first.clone())));
    assert_eq!(app.open.explore.stack, first);
    send(&mut app, Command::Explore(ExploreCommand::Favorite(first.clone())));
    drop(app);
    let mut again = common::app(home.path());
    assert_eq!(again.session.favorites.iter().map(|f| &f.stack).collect::<Vec<_>>(), [&first]);
    send(&mut again, Command::Explore(ExploreCommand::Favorite(first)));
    assert!(again.session.favorites.is_empty());
}

/// The labels that a project comes with are taken in once, however many programs open it first.
#[test]
fn several_may_open_a_project_for_the_first_time_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lights");
    common::copied("traffic_lights", &project);
    let labels = sample("traffic_lights").join("labels.json");
    fs::copy(&labels, project.join("labels.json")).unwrap();
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let open = || {
            let editor = ProjectEditor::open(&project).unwrap();
            (editor.project().tags.len(), editor.project().cases.len())
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(counts[0].1 > 0 && counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}
