//! State lanes: one key switches the state that holds, and tag types become states and plain tags again.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;

use common::{Storage, app, mcap_recording, send, try_send};
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::base::time::Span;
use hardcase::data::labels::ontology::{Ontology, Word};
use hardcase::data::labels::tag::Tag;

/// A recording of 50 frames at 10 Hz with the states dry, rain and fog of the lane weather.
fn opened(folder: &Path) -> App {
    let path = folder.join("drive.mcap");
    fs::write(&path, mcap_recording(50, Storage::ProtobufRaw, Some(mcap::Compression::Lz4))).unwrap();
    let mut app = app(&folder.join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![path])));
    let state = |name: &str| Word { lane: "weather".to_owned(), ..Word::from(name) };
    let tags = vec![state("dry"), state("rain"), state("fog"), Word::from("odd")];
    label(&mut app, LabelCommand::SetOntology(Ontology { tags, classes: Vec::new() }));
    app
}

fn label(app: &mut App, command: LabelCommand) {
    send(app, Command::Label(command));
}

fn at(app: &mut App, frame: usize, command: LabelCommand) {
    send(app, Command::Play(PlayCommand::SeekFrame(frame)));
    label(app, command);
}

/// The states in frames, in order of time; the end of the recording is 50.
fn states(app: &App) -> String {
    let times = &app.open.playback.times;
    let mut tags: Vec<&Tag> = app.project().unwrap().tags.iter().collect();
    tags.sort_by_key(|tag| (tag.start, tag.id));
    let frame = |time| times.partition_point(|own| *own < time);
    let text = |tag: &&Tag| match tag.end {
        Some(end) => format!("{} {}-{}", tag.kind, frame(tag.start), frame(end)),
        None => format!("{} {}", tag.kind, frame(tag.start)),
    };
    tags.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn one_key_switches_the_running_state_without_a_gap_and_one_undo_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    at(&mut app, 0, LabelCommand::Point(0));
    assert_eq!(states(&app), "dry 0-50", "a state covers the last frame");
    at(&mut app, 20, LabelCommand::Point(1));
    at(&mut app, 30, LabelCommand::Point(0));
    assert_eq!(states(&app), "dry 0-20, rain 20-30, dry 30-50");
    at(&mut app, 35, LabelCommand::Point(0));
    assert_eq!(states(&app), "dry 0-20, rain 20-30, dry 30-50", "it holds already");
    label(&mut app, LabelCommand::Undo);
    assert_eq!(states(&app), "dry 0-20, rain 20-50");
    label(&mut app, LabelCommand::Redo);
    // Earlier than the rain: what lies between is fog, and the rain stays.
    at(&mut app, 10, LabelCommand::Point(2));
    assert_eq!(states(&app), "dry 0-10, fog 10-20, rain 20-30, dry 30-50");
    // The same moment again with another key replaces it; states of one type that then touch become one.
    at(&mut app, 10, LabelCommand::Point(1));
    assert_eq!(states(&app), "dry 0-10, rain 10-30, dry 30-50");
    at(&mut app, 10, LabelCommand::Point(0));
    assert_eq!(states(&app), "dry 0-50");
    for _ in 0..2 {
        label(&mut app, LabelCommand::Undo);
    }
    assert_eq!(states(&app), "dry 0-10, fog 10-20, rain 20-30, dry 30-50");
}

#[test]
fn intervals_drags_and_deletions_leave_neither_gap_nor_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    at(&mut app, 0, LabelCommand::Point(0));
    label(&mut app, LabelCommand::ActiveKind(1));
    at(&mut app, 20, LabelCommand::MarkIn);
    at(&mut app, 29, LabelCommand::MarkOut);
    assert_eq!(states(&app), "dry 0-20, rain 20-30, dry 30-50", "an interval cuts what was there");
    let tag = app.project().unwrap().tags.iter().find(|tag| tag.kind == "rain").unwrap().clone();
    let shorter = Tag { end: Some(tag.end.unwrap() - Span::from_secs(0.5)), ..tag.clone() };
    label(&mut app, LabelCommand::SetTag(shorter));
    assert_eq!(states(&app), "dry 0-20, rain 20-25, dry 25-50", "its neighbor follows the end");
    label(&mut app, LabelCommand::SetTag(Tag { end: tag.end.map(|end| end + Span::from_secs(1.0)), ..tag }));
    assert_eq!(states(&app), "dry 0-20, rain 20-40, dry 40-50");
    at(&mut app, 22, LabelCommand::Delete);
    assert_eq!(states(&app), "dry 0-50".replace("0-50", "0-40, dry 40-50"), "the state before goes on");
    label(&mut app, LabelCommand::Undo);
    // Plain tags are not touched by any of it.
    at(&mut app, 20, LabelCommand::Point(3));
    assert_eq!(states(&app), "dry 0-20, rain 20-40, odd 20, dry 40-50");
}

#[test]
fn a_state_ends_only_where_that_leaves_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    assert!(try_send(&mut app, Command::Label(LabelCommand::EndStates))[0].contains("no state holds here"));
    at(&mut app, 0, LabelCommand::Point(0));
    at(&mut app, 20, LabelCommand::Point(1));
    at(&mut app, 40, LabelCommand::EndStates);
    assert_eq!(states(&app), "dry 0-20, rain 20-40");
    send(&mut app, Command::Play(PlayCommand::SeekFrame(10)));
    assert!(try_send(&mut app, Command::Label(LabelCommand::EndStates))[0].contains("another state follows"));
    assert_eq!(states(&app), "dry 0-20, rain 20-40");
}

#[test]
fn tags_become_states_and_plain_tags_again_as_one_step_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    let plain = vec![Word::from("dry"), Word::from("rain"), Word::from("odd")];
    label(&mut app, LabelCommand::SetOntology(Ontology { tags: plain, classes: Vec::new() }));
    at(&mut app, 5, LabelCommand::Point(0));
    at(&mut app, 25, LabelCommand::Point(1));
    at(&mut app, 35, LabelCommand::Point(2));
    let lane = |kind: &str, lane: &str, moments| {
        let (kind, lane) = (kind.to_owned(), lane.to_owned());
        LabelCommand::SetLane { kind, lane, moments }
    };
    label(&mut app, lane("dry", "weather", false));
    assert_eq!(states(&app), "dry 5-50, rain 25, odd 35");
    label(&mut app, lane("rain", "weather", false));
    assert_eq!(states(&app), "dry 5-25, rain 25-50, odd 35");
    let manifest = fs::read_to_string(app.project().unwrap().folder.join("hardcase.toml")).unwrap();
    assert!(manifest.contains("lane = \"weather\""), "{manifest}");
    label(&mut app, lane("rain", "", true));
    assert_eq!(states(&app), "dry 5-25, rain 25, odd 35");
    label(&mut app, LabelCommand::Undo);
    label(&mut app, lane("rain", "", false));
    assert_eq!(states(&app), "dry 5-25, rain 25-50, odd 35");
    assert_eq!(app.project().unwrap().ontology.lane_of("rain"), None);
    let unknown = try_send(&mut app, Command::Label(lane("hail", "weather", false)));
    assert!(unknown[0].contains("no tag type \"hail\""), "{unknown:?}");
}

#[test]
fn overlapping_intervals_that_become_states_keep_what_began_last_on_top() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = opened(folder.path());
    let plain = vec![Word::from("dry"), Word::from("rain")];
    label(&mut app, LabelCommand::SetOntology(Ontology { tags: plain, classes: Vec::new() }));
    let times = app.open.playback.times.clone();
    for (kind, from, to) in [("dry", 0, 40), ("rain", 10, 20)] {
        let (start, end) = (times[from], Some(times[to]));
        label(&mut app, LabelCommand::AddTag { kind: kind.to_owned(), start, end, note: "seen".to_owned() });
    }
    let state = |name: &str| Word { lane: "weather".to_owned(), ..Word::from(name) };
    let tags = vec![state("dry"), state("rain")];
    label(&mut app, LabelCommand::SetOntology(Ontology { tags, classes: Vec::new() }));
    assert_eq!(states(&app), "dry 0-10, rain 10-20, dry 20-40");
    assert!(app.project().unwrap().tags.iter().all(|tag| tag.note == "seen"));
    label(&mut app, LabelCommand::Undo);
    assert_eq!(states(&app), "dry 0-40, rain 10-20");
}
