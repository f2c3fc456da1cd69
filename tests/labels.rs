//! Labeling as the window and scripts do it: tracks, states, tags in bulk, words, and what happens when things go wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use common::{Storage, app, mcap_recording, send, try_send};
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::base::time::{Span, Time};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::{Shape, ShapeKind};
use hardcase::data::labels::label::{Attributes, Label, State, Value};
use hardcase::data::labels::tag::Tag;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
use hardcase::quality::{self, Seen};

fn opened(folder: &Path) -> App {
    let path = folder.join("drive.mcap");
    fs::write(&path, mcap_recording(50, Storage::ProtobufRaw, Some(mcap::Compression::Lz4))).unwrap();
    let mut app = app(&folder.join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![path])));
    app
}

fn label(app: &mut App, command: LabelCommand) {
    send(app, Command::Label(command));
}

fn to(app: &mut App, frame: usize) {
    send(app, Command::Play(PlayCommand::SeekFrame(frame)));
}

fn rect(x: f32) -> Shape {
    Shape::Box(Box2 { x0: x, y0: 2.0, x1: x + 10.0, y1: 15.0 })
}

/// Left edge of the selected object on a picture, if it is there.
fn x_on(app: &App, frame: usize) -> Option<f32> {
    let (clip, channel) = app.open.current_camera().unwrap();
    let shown = app.project().unwrap().labels.object_on(&clip, &channel, app.open.labeling.object?, frame)?;
    shown.label.state.present().then(|| shown.shape.bounds().unwrap().x0)
}

#[test]
fn two_drags_follow_an_object_and_every_picture_between_is_labeled() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Draw(rect(0.0)));
    let object = app.open.labeling.object.unwrap();
    to(&mut app, 20);
    label(&mut app, LabelCommand::SetShape(object, rect(40.0)));
    assert_eq!(
        [0, 10, 15, 20, 21].map(|frame| x_on(&app, frame)),
        [Some(0.0), Some(20.0), Some(30.0), Some(40.0), None]
    );
    // Bent in the middle, then hidden for a while, then gone.
    to(&mut app, 10);
    label(&mut app, LabelCommand::SetShape(object, rect(0.0)));
    assert_eq!(x_on(&app, 15), Some(20.0));
    to(&mut app, 12);
    label(&mut app, LabelCommand::State(State::Outside));
    assert_eq!([11, 12, 19, 20].map(|frame| x_on(&app, frame)), [Some(4.0), None, None, Some(40.0)]);
    label(&mut app, LabelCommand::State(State::Outside));
    assert_eq!(x_on(&app, 12), Some(8.0), "said twice it is visible again");
    // One class and one number over time; deleting a keyframe leaves the rest.
    label(&mut app, LabelCommand::Class("bus".to_owned()));
    let labels = &app.project().unwrap().labels;
    assert!(labels.of_object(object).iter().all(|label| label.class == "bus"));
    let before = labels.len();
    label(&mut app, LabelCommand::Delete);
    assert_eq!(app.project().unwrap().labels.len(), before - 1);
    to(&mut app, 15);
    assert!(try_send(&mut app, Command::Label(LabelCommand::Delete)).join(" ").contains("Shift+Delete"));
    label(&mut app, LabelCommand::DeleteObject);
    assert!(app.project().unwrap().labels.is_empty());
    for _ in 0..3 {
        label(&mut app, LabelCommand::Undo);
    }
    assert_eq!(app.project().unwrap().labels.len(), before);
}

#[test]
fn a_track_is_split_and_joined_without_moving_anything() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Draw(rect(0.0)));
    let object = app.open.labeling.object.unwrap();
    to(&mut app, 20);
    label(&mut app, LabelCommand::SetShape(object, rect(40.0)));
    let whole: Vec<Option<f32>> = (0..22).map(|frame| x_on(&app, frame)).collect();
    to(&mut app, 10);
    label(&mut app, LabelCommand::SplitTrack);
    let second = app.open.labeling.object.unwrap();
    assert_ne!(second, object);
    let after = (0..22).map(|frame| if frame < 10 { None } else { whole[frame] });
    assert_eq!((0..22).map(|frame| x_on(&app, frame)).collect::<Vec<_>>(), after.collect::<Vec<_>>());
    label(&mut app, LabelCommand::SelectObject(Some(object)));
    assert_eq!(x_on(&app, 9), whole[9]);
    assert_eq!(x_on(&app, 10), None);
    label(&mut app, LabelCommand::JoinTracks(second));
    assert_eq!((0..22).map(|frame| x_on(&app, frame)).collect::<Vec<_>>(), whole);
    // Two on one picture are two.
    label(&mut app, LabelCommand::Draw(rect(70.0)));
    let third = app.open.labeling.object.unwrap();
    to(&mut app, 0);
    label(&mut app, LabelCommand::SetShape(third, rect(70.0)));
    let error = try_send(&mut app, Command::Label(LabelCommand::JoinTracks(object))).join(" ");
    assert!(error.contains("so they cannot be one"), "{error}");
}

#[test]
fn tags_are_split_merged_and_changed_in_bulk_as_one_step_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::MarkIn);
    to(&mut app, 20);
    label(&mut app, LabelCommand::MarkOut);
    to(&mut app, 10);
    label(&mut app, LabelCommand::SplitTag);
    let tags = app.project().unwrap().tags.clone();
    assert_eq!(
        (tags.len(), tags[0].end, tags[1].start),
        (2, Some(app.open.playback.playhead), app.open.playback.playhead)
    );
    let error = try_send(&mut app, Command::Label(LabelCommand::MergeTags)).join(" ");
    assert!(error.contains("two or more"), "{error}");
    label(&mut app, LabelCommand::SelectTags(tags.iter().map(|tag| tag.id).collect()));
    label(&mut app, LabelCommand::SetAttribute { name: "gap".to_owned(), value: Some(Value::Number(2.5)) });
    label(&mut app, LabelCommand::SetKind("rain".to_owned()));
    assert!(
        app.project()
            .unwrap()
            .tags
            .iter()
            .all(|tag| tag.kind == "rain" && tag.attributes["gap"] == Value::Number(2.5))
    );
    label(&mut app, LabelCommand::MergeTags);
    let merged = &app.project().unwrap().tags;
    assert_eq!((merged.len(), merged[0].start, merged[0].end), (1, tags[0].start, tags[1].end));
    for _ in 0..4 {
        label(&mut app, LabelCommand::Undo);
    }
    assert_eq!(app.project().unwrap().tags.len(), 1);
    label(&mut app, LabelCommand::Redo);
    assert_eq!(app.project().unwrap().tags, tags);
}

/// Tags are said one after the other, the next cuts the one before it short, and nobody waits for either.
#[test]
fn what_is_tagged_is_said_aloud() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (program, said) = (folder.path().join("speaker"), folder.path().join("said"));
    // "long" would take a minute to say.
    let script = format!(
        "#!/bin/sh\necho \"$1\" >> {0}\n[ \"$1\" = long ] && exec sleep 60\necho \"end of $1\" >> {0}\n",
        said.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let voice = hardcase::app::label::voice::Voice::of(program).unwrap();
    let text = || fs::read_to_string(&said).unwrap_or_default();
    let wait_for = |wanted: &str| {
        for _ in 0..2_000 {
            if text() == wanted {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(text(), wanted);
    };
    voice.say("long");
    wait_for("long\n");
    voice.say("debris");
    wait_for("long\ndebris\nend of debris\n");
    // A tag is never an option of the program, and one that cannot be said is passed over.
    voice.say("--");
    voice.say("-wvictim");
    wait_for("long\ndebris\nend of debris\nwvictim\nend of wvictim\n");
}

#[test]
fn a_word_is_renamed_or_joined_with_all_its_labels_and_taken_back_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Class("car".to_owned()));
    label(&mut app, LabelCommand::Draw(rect(0.0)));
    label(&mut app, LabelCommand::SelectObject(None));
    label(&mut app, LabelCommand::Class("truck".to_owned()));
    label(&mut app, LabelCommand::Draw(rect(30.0)));
    let before = app.project().unwrap().clone();
    let rename =
        |from: &str, to: &str| LabelCommand::Rename { tag: false, from: from.to_owned(), to: to.to_owned() };
    label(&mut app, rename("truck", "car"));
    let project = app.project().unwrap();
    assert!(project.labels.iter().all(|label| label.class == "car"));
    assert_eq!(
        (project.ontology.class("truck"), project.ontology.classes.len()),
        (None, before.ontology.classes.len() - 1)
    );
    label(&mut app, LabelCommand::Undo);
    assert_eq!(*app.project().unwrap(), before);
    label(&mut app, rename("car", "vehicle"));
    assert_eq!(app.project().unwrap().ontology.classes[2].name, "vehicle");
    drop(app);
    let written = fs::read_to_string(before.folder.join("hardcase.toml")).unwrap();
    assert!(written.contains("\"vehicle\"") && !written.contains("\"car\""), "{written}");
}

/// Shapes of every kind survive the database and its text snapshot, number by number.
#[test]
fn every_shape_is_kept_exactly() {
    use hardcase::data::geometry::shape::{Block, Keypoint, Mask, Part, TurnedBox};
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    let shapes = [
        rect(0.1),
        Shape::TurnedBox(TurnedBox { center: [5.5, 1.0 / 3.0], size: [7.0, 4.0], angle: 0.7 }),
        Shape::Polygon(vec![[0.1, 0.2], [5.0, 0.0], [4.0, 9.9]]),
        Shape::Polyline(vec![[0.0, 0.0], [1e-3, 7.0]]),
        Shape::Keypoints(vec![Keypoint { x: 1.5, y: 2.5, seen: 2 }, Keypoint { x: 0.0, y: 0.0, seen: 0 }]),
        Shape::Mask(Box::new(Mask { size: [4, 3], runs: vec![2, 5, 5] })),
        Shape::Cuboid(Box::new(Block::upright([1.0, 2.0, 0.1], [4.2, 1.8, 1.5], 0.3))),
        Shape::Whole,
        Shape::Parts(vec![
            rect(0.3).into(),
            Part { name: "head".to_owned(), ..rect(2.0).into() },
            Part { hole: true, ..Shape::Polygon(vec![[1.0, 2.0], [3.0, 2.0], [3.0, 4.5]]).into() },
        ]),
    ];
    for shape in &shapes {
        label(&mut app, LabelCommand::Draw(shape.clone()));
        label(
            &mut app,
            LabelCommand::SetAttribute { name: "wet".to_owned(), value: Some(Value::Flag(true)) },
        );
    }
    label(&mut app, LabelCommand::Snapshot);
    let project = app.project().unwrap().clone();
    assert_eq!(project.labels.iter().map(|label| label.shape.clone()).collect::<Vec<_>>(), shapes);
    assert_eq!(shapes.iter().map(Shape::kind).collect::<Vec<_>>(), ShapeKind::ALL);
    drop(app);
    assert_eq!(*ProjectEditor::open(&project.folder).unwrap().project(), project);
    for left in ["labels.db", "labels.db-wal", "labels.db-shm"] {
        drop(fs::remove_file(project.folder.join(left)));
    }
    assert_eq!(ProjectEditor::open(&project.folder).unwrap().project().labels, project.labels);
}

/// Ctrl+S keeps what there is under a name; dropped on the window it is there again, and that too can be undone.
#[test]
fn a_snapshot_is_gone_back_to_and_that_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Draw(rect(3.0)));
    label(&mut app, LabelCommand::Point(0));
    let then = app.project().unwrap().clone();
    label(&mut app, LabelCommand::Snapshot);
    label(&mut app, LabelCommand::Snapshot);
    let mut named: Vec<PathBuf> =
        fs::read_dir(then.folder.join("snapshots")).unwrap().map(|entry| entry.unwrap().path()).collect();
    named.sort();
    assert_eq!(named.len(), 2, "none is written over another");
    label(&mut app, LabelCommand::Draw(rect(30.0)));
    label(&mut app, LabelCommand::Delete);
    label(&mut app, LabelCommand::Point(1));
    let now = app.project().unwrap().clone();
    send(&mut app, Command::Open(OpenCommand::Paths(vec![named[0].clone()])));
    assert_eq!((&app.project().unwrap().labels, &app.project().unwrap().tags), (&then.labels, &then.tags));
    label(&mut app, LabelCommand::Undo);
    assert_eq!((&app.project().unwrap().labels, &app.project().unwrap().tags), (&now.labels, &now.tags));
    fs::write(&named[1], "{").unwrap();
    let errors = try_send(&mut app, Command::Open(OpenCommand::Paths(vec![named[1].clone()])));
    assert!(errors[0].contains("the labels cannot be read"), "{errors:?}");
}

/// Version 0.1 kept boxes in a table of their own; they become labels, and what was done can still be undone.
#[test]
fn labels_of_the_first_version_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hardcase.toml"), "name = \"old\"\n").unwrap();
    let db = rusqlite::Connection::open(folder.path().join("labels.db")).unwrap();
    db.execute_batch(
        r#"
        create table tags (id integer primary key, clip text not null, kind text not null,
            start_ns integer not null, end_ns integer, note text not null);
        create table boxes (id integer primary key, clip text not null, channel text not null, frame integer not null,
            class text not null, x0 real not null, y0 real not null, x1 real not null, y1 real not null);
        create table cases (suite text not null, id text not null, json text not null, primary key (suite, id));
        create table history (seq integer primary key autoincrement, label text not null, edit text not null,
            inverse text not null, undone integer not null default 0);
        insert into tags values (1, 'drive', 'rain', 5, null, 'wet');
        insert into boxes values (2, 'drive', 'front', 7, 'car', 1.5, 2, 30, 40);
        insert into history (label, edit, inverse) values ('Draw "car"',
            '{"add_box":{"id":2,"clip":"drive","channel":"front","frame":7,"class":"car","x0":1.5,"y0":2.0,"x1":30.0,"y1":40.0}}',
            '{"remove_box":2}');
        "#,
    )
    .unwrap();
    drop(db);
    let mut editor = ProjectEditor::open(folder.path()).unwrap();
    let box_ = Shape::Box(Box2 { x0: 1.5, y0: 2.0, x1: 30.0, y1: 40.0 });
    let expected = Label::new(2, "drive", "front", 7, "car", box_);
    assert_eq!(editor.project().labels.iter().collect::<Vec<_>>(), [&expected]);
    assert_eq!(editor.project().tags[0].note, "wet");
    assert_eq!(editor.undo().unwrap().unwrap(), "Draw \"car\"");
    assert!(editor.project().labels.is_empty());
    editor.redo().unwrap();
    assert_eq!(editor.project().labels.get(2), Some(&expected));
}

/// A window sees the edits of another before its own; nothing is overwritten.
#[test]
fn two_windows_on_one_project_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = opened(folder.path());
    let project = one.project().unwrap().folder.clone();
    let mut two = app(&folder.path().join("home2"));
    send(&mut two, Command::Open(OpenCommand::Paths(vec![project.clone()])));
    label(&mut one, LabelCommand::Point(0));
    to(&mut two, 5);
    label(&mut two, LabelCommand::Point(1));
    label(&mut one, LabelCommand::Draw(rect(3.0)));
    two.settle(3);
    for app in [&one, &two] {
        let project = app.project().unwrap();
        let words: Vec<&str> = project.tags.iter().map(|tag| tag.kind.as_str()).collect();
        assert_eq!((words, project.labels.len()), (vec!["interesting", "pedestrian"], 1));
    }
    // Undo takes back what was done last, whoever did it.
    label(&mut two, LabelCommand::Undo);
    assert!(two.project().unwrap().labels.is_empty());
    // Below the window: an edit that was made on what is no longer so changes nothing and says so.
    let mut first = ProjectEditor::open(&project).unwrap();
    let mut second = ProjectEditor::open(&project).unwrap();
    let tag = |id| {
        Edit::AddTag(Tag {
            id,
            clip: "drive.mcap".to_owned(),
            kind: "x".to_owned(),
            start: Time(1),
            end: None,
            note: String::new(),
            attributes: Attributes::new(),
        })
    };
    let id = first.project().fresh_id();
    first.commit("a", tag(id)).unwrap();
    let before = second.project().clone();
    let error = second.commit("b", tag(id)).unwrap_err().to_string();
    assert!(error.contains("at the same moment"), "{error}");
    assert_eq!(*second.project(), before);
    assert!(second.refresh().unwrap());
    second.commit("b", tag(second.project().fresh_id())).unwrap();
    assert!(first.refresh().unwrap() && !first.refresh().unwrap());
    assert_eq!(first.project().tags.len(), 4);
}

/// A power cut leaves the end of the log unwritten, or written wrong: the database opens with every edit up to there.
#[test]
fn a_power_cut_loses_at_most_what_was_being_written() {
    const EDITS: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let mut editor = ProjectEditor::create(folder.path(), "p").unwrap();
    let mut ends = Vec::new();
    let wal = folder.path().join("labels.db-wal");
    for id in 1..=EDITS as u64 {
        let label = Label::new(id, "c", "cam", id as usize, "car", rect(id as f32));
        editor.commit("draw", Edit::AddLabel(label)).unwrap();
        ends.push(fs::metadata(&wal).unwrap().len());
    }
    let (db, log) = (fs::read(folder.path().join("labels.db")).unwrap(), fs::read(&wal).unwrap());
    let count = |log: &[u8]| {
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join("hardcase.toml"), "name = \"p\"\n").unwrap();
        fs::write(copy.path().join("labels.db"), &db).unwrap();
        fs::write(copy.path().join("labels.db-wal"), log).unwrap();
        let mut editor = ProjectEditor::open(copy.path()).unwrap();
        let labels: Vec<u64> = editor.project().labels.iter().map(|label| label.id).collect();
        assert_eq!(labels, (1..=labels.len() as u64).collect::<Vec<_>>(), "edits are lost from the end only");
        let label = Label::new(99, "c", "cam", 0, "car", rect(0.0));
        editor.commit("go on", Edit::AddLabel(label)).unwrap();
        labels.len()
    };
    assert_eq!(count(&log), EDITS);
    let saved = |length: u64| ends.iter().filter(|end| **end <= length).count();
    for cut in (0..log.len()).step_by(1777).chain(ends.iter().map(|end| *end as usize - 1)) {
        assert!(count(&log[..cut]) >= saved(cut as u64), "cut at {cut}");
        // A page that was being written holds anything.
        let mut torn = log.clone();
        for byte in torn.iter_mut().skip(cut).take(600) {
            *byte = !*byte;
        }
        assert!(count(&torn) >= saved(cut as u64), "torn at {cut}");
    }
}

/// Run in a process of its own by the test below, where files cannot grow beyond a limit.
#[test]
fn tags_until_the_disk_is_full() {
    let Some(folder) = std::env::var_os("HARDCASE_FULL_DISK") else { return };
    let mut editor = ProjectEditor::open(&PathBuf::from(folder)).unwrap();
    for id in 1..100_000_u64 {
        let shape = Shape::Polygon((0..200).map(|i| [i as f32, (i * i % 97) as f32]).collect());
        let label = Label::new(id, "c", "cam", id as usize, "car", shape);
        if let Err(err) = editor.commit("draw", Edit::AddLabel(label)) {
            assert!(editor.project().labels.get(id).is_none(), "what was not saved is not shown");
            println!("FULL {} {err}", id - 1);
            return;
        }
    }
    unreachable!("the limit was never reached");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(ProjectEditor::create(folder.path(), "p").unwrap());
    // Without the signal, writing beyond the limit is an error as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$0\" --exact tags_until_the_disk_is_full --nocapture";
    let output = Process::new("bash")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("HARDCASE_FULL_DISK", folder.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line =
        text.lines().find_map(|line| line.split_once("FULL ")).unwrap_or_else(|| unreachable!("{text}")).1;
    let (count, why) = line.split_once(' ').unwrap();
    assert!(why.contains("could not save, the edit was not made") && why.contains("labels.db"), "{why}");
    let editor = ProjectEditor::open(folder.path()).unwrap();
    assert_eq!(editor.project().labels.len(), count.parse::<usize>().unwrap());
    assert!(editor.project().labels.len() > 5);
}

#[test]
fn what_looks_wrong_is_found_and_what_is_right_is_not() {
    let key = |id: u64, object: u64, frame: usize, class: &str, x: f32| {
        let shape = Shape::Box(Box2 { x0: x, y0: 10.0, x1: x + 20.0, y1: 40.0 });
        Label { object, ..Label::new(id, "c", "cam", frame, class, shape) }
    };
    let mut labels: Vec<Label> = (0..8).map(|i| key(1 + i, 1, i as usize, "car", 2.0 * i as f32)).collect();
    let fine = |labels: &[Label]| {
        let labels = labels.iter().cloned().collect();
        quality::issues(&Seen { clip: "c", channel: "cam", size: Some((100, 100)), labels: &labels })
    };
    assert_eq!(fine(&labels), []);
    labels[5].class = "truck".into();
    labels.push(key(20, 20, 3, "car", 6.5));
    labels.push(Label {
        shape: Shape::Box(Box2 { x0: 95.0, y0: 5.0, x1: 120.0, y1: 30.0 }),
        ..key(21, 21, 0, "bus", 0.0)
    });
    labels.push(Label {
        shape: Shape::Box(Box2 { x0: 5.0, y0: 5.0, x1: 6.0, y1: 30.0 }),
        ..key(22, 22, 0, "bus", 0.0)
    });
    labels[7].shape = Shape::Box(Box2 { x0: 80.0, y0: 60.0, x1: 99.0, y1: 90.0 });
    let found: Vec<(&str, usize, u64)> =
        fine(&labels).iter().map(|issue| (issue.kind, issue.frame, issue.object)).collect();
    assert_eq!(
        found,
        [
            ("outside_picture", 0, 21),
            ("too_small", 0, 22),
            ("duplicate", 3, 20),
            ("flipped_class", 5, 1),
            ("flipped_class", 6, 1),
            ("speed_jump", 7, 1)
        ]
    );
}

#[test]
fn two_labelers_are_compared() {
    use hardcase::base::time::TimeRange;
    use hardcase::quality::agreement;
    let tag = |from: i64, to: i64| Tag {
        id: 1,
        clip: "c".to_owned(),
        kind: "rain".to_owned(),
        start: Time(from),
        end: Some(Time(to)),
        note: String::new(),
        attributes: Attributes::new(),
    };
    let range = TimeRange { start: Time(0), end: Time(1000) };
    let kappa = |a: &[Tag], b: &[Tag]| agreement::kappa(a, b, "c", "rain", range, Span(10));
    assert_eq!(kappa(&[tag(0, 500)], &[tag(0, 500)]), Some(1.0));
    assert_eq!(kappa(&[tag(0, 500)], &[tag(500, 1000)]), Some(-1.0));
    assert_eq!(kappa(&[], &[]), None);
    let first =
        [Label::new(1, "c", "cam", 0, "car", rect(0.0)), Label::new(2, "c", "cam", 0, "bus", rect(50.0))];
    let second = [
        Label::new(1, "c", "cam", 0, "car", rect(1.0)),
        Label::new(2, "c", "cam", 0, "car", rect(50.0)),
        Label::new(3, "c", "cam", 4, "car", rect(0.0)),
    ];
    let side =
        |labels: Vec<Label>| agreement::Side { labels: labels.into_iter().collect(), tags: Vec::new() };
    let compared = agreement::compare(&side(first.to_vec()), &side(second.to_vec()), 0.5);
    let places: Vec<(usize, Option<u64>)> =
        compared.differences.iter().map(|d| (d.frame, d.object)).collect();
    assert_eq!(places, [(0, Some(2)), (4, None)], "each place where they differ");
    let found = compared.classes;
    assert_eq!((found["car"].both, found["car"].second_only, found["bus"].other_class), (1, 1, 1));
    assert!((found["car"].mean_iou - 9.0 / 11.0).abs() < 1e-6);
}

fn hardcase(arguments: &[&str]) -> (i32, String, String) {
    let output = Process::new(env!("CARGO_BIN_EXE_hardcase")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The command line: what is lost is refused, what is there is never written over without a word, a second import adds
/// nothing, and one undo takes an import back.
#[test]
fn labels_go_out_and_in_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Class("car".to_owned()));
    label(&mut app, LabelCommand::Draw(rect(2.0)));
    let object = app.open.labeling.object.unwrap();
    to(&mut app, 10);
    label(&mut app, LabelCommand::SetShape(object, rect(12.0)));
    label(&mut app, LabelCommand::Point(0));
    let project = app.project().unwrap().clone();
    drop(app);
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let home = project.folder.to_string_lossy().into_owned();

    let (code, _, said) = hardcase(&["labels", "export", &home, "--format", "yolo", "-o", &path("yolo")]);
    assert_eq!(code, 3);
    assert!(said.contains("lost: 1 track would lose its IDs") && said.contains("--allow-lossy"), "{said}");
    assert!(!folder.path().join("yolo").exists(), "nothing was written");
    let (code, out, _) = hardcase(&[
        "labels",
        "export",
        &home,
        "--format",
        "yolo",
        "-o",
        &path("yolo"),
        "--allow-lossy",
        "--images",
    ]);
    assert_eq!(code, 0, "{out}");
    let lines = fs::read_to_string(folder.path().join("yolo/labels/train/000005.txt")).unwrap();
    assert_eq!(lines.split_whitespace().next(), Some("2"), "the class keeps its place: {lines}");
    assert!(folder.path().join("yolo/images/train/000005.jpg").is_file());

    let file = path("all.openlabel.json");
    let (code, _, said) = hardcase(&["labels", "export", &home, "--format", "openlabel", "-o", &file]);
    assert_eq!((code, said.as_str()), (0, ""));
    let (code, out, said) = hardcase(&["labels", "import", &home, &file]);
    assert_eq!(code, 3, "{out}{said}");
    assert!(out.contains("0 labels and 0 tags to add") && said.contains("--replace"), "{out}{said}");
    let (code, out, _) = hardcase(&["labels", "import", &home, &file, "--replace"]);
    assert_eq!(code, 0);
    assert!(out.contains("2 labels and 1 tag to add") && out.contains("3 to remove"), "{out}");
    let mut editor = ProjectEditor::open(&project.folder).unwrap();
    let place = |project: &hardcase::project::Project| -> Vec<(usize, Shape, String)> {
        project.labels.iter().map(|l| (l.frame, l.shape.clone(), l.class.to_string())).collect()
    };
    assert_eq!(place(editor.project()), place(&project));
    assert_eq!(editor.project().tags[0].start, project.tags[0].start);
    assert!(editor.undo().unwrap().unwrap().starts_with("Import"));
    assert_eq!(editor.project().labels, project.labels);
    drop(editor);

    // By pictures' numbers into another format, and back from there.
    let (code, _, said) =
        hardcase(&["labels", "convert", &file, "--to", "mot", "-o", &path("mot"), "--allow-lossy"]);
    assert_eq!(code, 0, "{said}");
    let rows = fs::read_to_string(folder.path().join("mot/gt/gt.txt")).unwrap();
    assert_eq!(rows.lines().count(), 11);
    assert!(rows.starts_with("1,1,3,3,10,13,1,"), "MOT counts from one: {rows}");
    let (code, out, _) = hardcase(&["labels", "compare", &home, &home, "--json"]);
    assert_eq!(code, 0);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (json["objects"][0]["both"].as_u64(), json["objects"][0]["f1"].as_f64()),
        (Some(11), Some(1.0))
    );
    // Tags of several recordings: those of others are not of this one. Of one recording under another name, they are.
    let clip = project.clips[0].name.clone();
    let table = |others: &str| {
        let rows = format!("tag,{clip},1.5,Brake\ntag,{others},1.6,Brake\ntag,{others},1.7,Brake\n");
        fs::write(path("tags.csv"), format!("what,clip,time_s,name\n{rows}")).unwrap();
        hardcase(&["labels", "import", &home, &path("tags.csv"), "--format", "csv", "--dry-run"])
    };
    let (code, out, said) = table("elsewhere");
    assert!(code == 0 && out.contains("0 labels and 1 tag to add"), "{code} {out}{said}");
    assert!(format!("{out}{said}").contains("2 tags are of the recording \"elsewhere\""), "{out}{said}");
    assert!(table(&clip).1.contains("0 labels and 3 tags to add"));
    assert_eq!(hardcase(&["labels", "check", &home]).0, 0);
    assert_eq!(hardcase(&["labels", "export", &home, "--format", "nonsense", "-o", &path("x")]).0, 2);
    let (code, _, said) = hardcase(&["labels", "import", &home, &path("drive.mcap"), "--format", "coco"]);
    assert_eq!(code, 3);
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    let (_, out, _) = hardcase(&["labels", "formats"]);
    assert_eq!(out.lines().count(), hardcase::exchange::KINDS.len());
}

#[test]
fn label_issues_are_found_on_a_thread_and_lead_to_the_object() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    label(&mut app, LabelCommand::Draw(Shape::Box(Box2 { x0: 1.0, y0: 1.0, x1: 4.5, y1: 9.0 })));
    let object = app.open.labeling.object.unwrap();
    label(&mut app, LabelCommand::Check);
    let issues = app.open.labeling.issues.clone().unwrap();
    assert_eq!(
        issues.iter().map(|issue| (issue.kind, issue.object)).collect::<Vec<_>>(),
        [("too_small", object)]
    );
    let before = app.open.editor.as_ref().unwrap().revision();
    label(&mut app, LabelCommand::SetShape(object, rect(3.0)));
    assert_ne!(app.open.editor.as_ref().unwrap().revision(), before);
    label(&mut app, LabelCommand::Check);
    assert_eq!(app.open.labeling.issues, Some(Vec::new()));
}
