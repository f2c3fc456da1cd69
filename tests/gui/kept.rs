//! What is lost, hidden or a dead end: messages, failed saves, missing files, failed models, prices.

use std::fs;
use std::path::Path;
use std::time::Duration;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::label::alarm::Alarm;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::price::{Offer, PriceCommand, SAMPLE, Work};
use hardcase::app::session::Theme;
use hardcase::gui::shell::Shell;

use crate::common::{Mounted, Storage, copied, mcap_recording, model};
use crate::{click, lights, send, settle, window};

fn count_of(harness: &Harness<'_, Shell>, text: &str) -> usize {
    harness.query_all_by_label_contains(text).count()
}

fn recording(folder: &Path) -> std::path::PathBuf {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("drive.mcap");
    fs::write(&path, mcap_recording(10, Storage::ProtobufRaw, None)).unwrap();
    path
}

#[test]
fn equal_messages_are_one_and_long_ones_begin_at_their_beginning() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), Theme::Dark);
    let long = format!("the beginning of a long message {}", "and more of it ".repeat(60));
    for _ in 0..12 {
        harness.state_mut().app.notices.error(long.clone());
    }
    harness.run_steps(3);
    assert_eq!(count_of(&harness, "the beginning of a long message"), 1);
    harness.get_by_label_contains("12 × the beginning");
    let shown = harness.get_by_label_contains("12 × the beginning").rect();
    let all = harness.ctx.content_rect();
    assert!(all.contains_rect(shown) && shown.height() < all.height() / 3.0, "{shown:?} in {all:?}");
    for number in 0..9 {
        harness.state_mut().app.notices.done(format!("done with number {number}"));
    }
    harness.run_steps(3);
    assert!(count_of(&harness, "done with number") <= 2, "few at a time");
    assert_eq!(count_of(&harness, "12 × the beginning"), 1, "what did not work stays");
    click(&mut harness, "7 more in the list");
    harness.get_by_label("Notifications");
    assert_eq!(harness.state().app.notices.list().len(), 21, "the list has them all");
}

#[test]
fn a_failed_save_is_loud_in_operator_mode_and_never_called_saved() {
    let Some(disk) = Mounted::new("size=16m") else { return };
    let home = tempfile::tempdir().unwrap();
    let path = recording(disk.0.path());
    let mut harness = window(home.path(), Theme::Light);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    send(&mut harness, Command::Label(LabelCommand::Point(0)));
    harness.get_by_label_contains("saved: Tag");
    // A program that notes that it was told to sound.
    let heard = home.path().join("heard");
    let player = home.path().join("player");
    fs::write(&player, format!("#!/bin/sh\nhead -c 4 \"$1\" >> '{}'\n", heard.display())).unwrap();
    assert!(std::process::Command::new("chmod").arg("+x").arg(&player).status().unwrap().success());
    harness.state_mut().alarm = Alarm::of(player);
    let filler = disk.fill();
    for _ in 0..1000 {
        send(&mut harness, Command::Label(LabelCommand::Point(1)));
        if harness.state().app.open.labeling.save_failed.is_some() {
            break;
        }
    }
    harness.get_by_label_contains("NOT SAVED: Tag");
    assert_eq!(count_of(&harness, "saved: Tag"), 0);
    assert!(!heard.exists(), "people who look at the window need no sound");
    harness.key_press(egui::Key::F9);
    harness.run_steps(3);
    for _ in 0..4 {
        harness.key_press(egui::Key::Num2);
        harness.run_steps(3);
    }
    let loud = harness.get_by_label_contains("NOT SAVED (5 ×)").rect();
    assert!(loud.height() >= 28.0 && loud.top() < 72.0, "{loud:?}");
    for _ in 0..200 {
        if fs::read(&heard).is_ok_and(|bytes| bytes.starts_with(b"RIFF")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(fs::read(&heard).unwrap().starts_with(b"RIFF"), "a WAV file was played");
    // No message lies on the keys.
    let message = harness.get_by_label_contains("× could not save").rect();
    for key in harness.query_all_by_label_contains("Tag ") {
        assert!(!key.rect().intersects(message), "{message:?} lies on {:?}", key.rect());
    }
    fs::remove_file(filler).unwrap();
    harness.key_press(egui::Key::Num1);
    harness.run_steps(3);
    assert_eq!(count_of(&harness, "NOT SAVED"), 0);
}

#[test]
fn a_read_only_project_says_so_and_offers_a_copy() {
    let Some(disk) = Mounted::new("size=16m") else { return };
    let home = tempfile::tempdir().unwrap();
    let path = recording(disk.0.path());
    let mut harness = window(home.path(), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path.clone()])));
    send(&mut harness, Command::Label(LabelCommand::Point(0)));
    send(&mut harness, Command::Open(OpenCommand::Close));
    disk.remount("ro");
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    assert!(count_of(&harness, "read-only") >= 2, "in the header and in the status line");
    harness.query_all_by_label("read-only").next().unwrap().click();
    harness.run_steps(3);
    click(&mut harness, "Make a writable copy in your own data folder");
    settle(&mut harness);
    let app = &harness.state().app;
    assert!(!app.open.is_read_only() && app.project().unwrap().tags.len() == 1);
    harness.state_mut().dismiss_toasts();
    harness.run_steps(3);
    assert_eq!(count_of(&harness, "read-only"), 0);
}

#[test]
fn a_project_without_its_recording_shows_what_it_has_and_finds_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("work");
    let path = recording(&folder);
    let mut harness = window(&home.path().join("home"), Theme::Light);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path.clone()])));
    send(&mut harness, Command::Label(LabelCommand::Point(0)));
    send(&mut harness, Command::Open(OpenCommand::Close));
    let moved = home.path().join("elsewhere/drive.mcap");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::rename(&path, &moved).unwrap();
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![folder.join("drive.hardcase")])));
    harness.get_by_label_contains("1 tag, 0 labels and 0 test cases");
    harness.get_by_label("Locate drive.mcap");
    harness.get_by_label("Search a folder…");
    send(&mut harness, Command::Open(OpenCommand::SearchFolder(home.path().to_owned())));
    settle(&mut harness);
    harness.get_by_label("Time ruler");
    harness.state_mut().dismiss_toasts();
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("is missing").next().is_none());
}

#[test]
fn a_failed_model_is_told_wherever_its_predictions_would_be() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Model(ModelCommand::Unload));
    send(&mut harness, Command::Model(ModelCommand::Load(model("unknown_operator"))));
    harness.state_mut().dismiss_toasts();
    for workspace in
        [Workspace::Label, Workspace::Explore, Workspace::Findings, Workspace::Evaluate, Workspace::Suites]
    {
        send(&mut harness, Command::Show(workspace));
        harness.state_mut().dismiss_toasts();
        harness.run_steps(3);
        assert!(count_of(&harness, "unknown_operator.onnx failed") > 0, "{workspace:?}");
    }
    send(&mut harness, Command::Show(Workspace::Label));
    let advice = count_of(&harness, "ONNX Runtime");
    assert!(advice > 0, "the way out is told");
    assert!(count_of(&harness, "No model is loaded") == 0 && count_of(&harness, "No prediction") == 0);
    let net = hardcase::app::samples::find("traffic_lights").unwrap();
    let net = net.join("models/traffic_light_state.onnx");
    send(&mut harness, Command::Model(ModelCommand::Load(net)));
    harness.state_mut().dismiss_toasts();
    harness.run_steps(3);
    assert_eq!(count_of(&harness, "failed"), 0);
}

#[test]
fn a_missing_model_is_located() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("lights");
    copied("traffic_lights", &project);
    let (old, new) = (project.join("models"), home.path().join("nets"));
    fs::rename(&old, &new).unwrap();
    let mut harness = window(&home.path().join("home"), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![project])));
    assert!(count_of(&harness, "Locate traffic_light_state") > 0);
    let file = "traffic_light_state.onnx";
    send(&mut harness, Command::Open(OpenCommand::Locate { from: old.join(file), to: new.join(file) }));
    settle(&mut harness);
    assert!(harness.state().app.open.models.loaded.is_some());
    harness.state_mut().dismiss_toasts();
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("is missing").next().is_none());
}

#[test]
fn long_work_shows_its_price_and_offers_a_sample() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Light);
    send(&mut harness, Command::Show(Workspace::Evaluate));
    let offer = Offer { work: Work::Evaluation, predictions: 22_900, rate: 2.1 };
    harness.state_mut().app.open.offer = Some(offer);
    harness.run_steps(3);
    harness.get_by_label("22,900 predictions, about 3.1 h at 2.1/s");
    click(&mut harness, "Cancel");
    assert!(harness.state().app.open.offer.is_none() && harness.state().app.open.evaluate.result.is_none());
    harness.state_mut().app.open.offer = Some(offer);
    harness.run_steps(3);
    click(&mut harness, &format!("Try {SAMPLE} first"));
    settle(&mut harness);
    assert!(harness.state().app.open.evaluate.result.is_some());
}

#[test]
fn work_that_is_short_starts_at_once() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Light);
    send(&mut harness, Command::Price(PriceCommand::Ask(Work::Evaluation)));
    settle(&mut harness);
    let app = &harness.state().app;
    let result = app.open.evaluate.result.clone().unwrap();
    assert!(app.open.offer.is_none());
    assert!(!result.evaluation.samples.is_empty(), "the sample opens ready to be evaluated");
    send(&mut harness, Command::Evaluate(EvaluateCommand::RunSample(7)));
    settle(&mut harness);
    let app = &harness.state().app;
    let sampled = app.open.evaluate.result.clone().unwrap().evaluation.samples.len();
    assert!((1..=7).contains(&sampled), "{sampled}");
}
