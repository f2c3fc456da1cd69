//! The window without a display: every pane in both themes, and clicks by accessible name.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
#[path = "../common/mod.rs"]
mod common;
mod explore;
mod fairness;
mod hand;
mod kept;
mod keys;
mod lab;
mod layout;
mod models;
mod numbers;
mod order;
mod questions;
mod sight;
mod states;
mod suites;
mod texts;
mod tour;
mod views;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{Storage, mcap_recording};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, HarnessBuilder, SnapshotResults};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::findings::command::FindingsCommand;
use hardcase::app::findings::results::SweepSettings;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::label::exchange::ExchangeCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::{Session, Theme};
use hardcase::app::suites::command::SuiteCommand;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::clip::ChannelId;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::Label;
use hardcase::gui::shell::Shell;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;
use hardcase::robustness::saliency::Kind;

fn window(home: &Path, theme: Theme) -> Harness<'static, Shell> {
    window_of(Harness::builder(), home, theme)
}

/// A window that draws boxes for letters that none of its own fonts has.
fn window_without_glyphs(home: &Path) -> Harness<'static, Shell> {
    window_of(Harness::builder().allow_missing_glyphs(), home, Theme::Dark)
}

fn window_of(builder: HarnessBuilder<Shell>, home: &Path, theme: Theme) -> Harness<'static, Shell> {
    hardcase::inference::isolated::set_program(env!("CARGO_BIN_EXE_hardcase").into());
    let home = home.to_owned();
    let mut harness = builder.with_size([1280.0, 800.0]).with_max_steps(30).wgpu().build_eframe(move |cc| {
        let mut session = Session::load_from(Some(home));
        session.theme = theme;
        Shell::new(&cc.egui_ctx, session, cc.wgpu_render_state.as_ref().map(|state| state.target_format))
    });
    harness.run_steps(2);
    harness
}

/// Lets background work finish and draws what came of it.
fn settle(harness: &mut Harness<'_, Shell>) {
    // Drawing asks for small pictures, which come from a thread.
    for _ in 0..50 {
        harness.state_mut().app.settle(3);
        harness.run_steps(3);
        if !harness.state().app.busy() {
            break;
        }
    }
}

/// Compares the whole window with the picture of it; messages that vanish by themselves are not a part of it.
fn snapshot(harness: &mut Harness<'_, Shell>, name: &str) {
    settle(harness);
    harness.state_mut().dismiss_toasts();
    harness.run_steps(2);
    harness.snapshot(name);
}

fn send(harness: &mut Harness<'_, Shell>, command: Command) {
    harness.state_mut().app.dispatch(command);
    settle(harness);
}

fn lights(home: &Path, theme: Theme) -> Harness<'static, Shell> {
    let mut harness = window(home, theme);
    send(&mut harness, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    assert!(harness.state().app.open.models.loaded.is_some());
    harness
}

fn in_both_themes(check: impl Fn(Theme, &str) -> SnapshotResults) {
    let mut results = check(Theme::Dark, "dark");
    results.extend(check(Theme::Light, "light"));
}

fn click(harness: &mut Harness<'_, Shell>, name: &str) {
    harness.get_by_label(name).click();
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn the_welcome_page() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = window(home.path(), theme);
        for button in
            ["Open files…", "Open folder…", "Open street camera", "Open traffic lights", "Open lidar street"]
        {
            harness.get_by_label(button);
        }
        snapshot(&mut harness, &format!("welcome_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn the_label_workspace() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Play(PlayCommand::SeekFrame(4)));
        harness.key_press(egui::Key::Num2);
        harness.run_steps(3);
        harness.get_by_label("Camera pictures");
        harness.get_by_label("Time ruler");
        harness.get_by_label("Play or pause");
        settle(&mut harness);
        snapshot(&mut harness, &format!("label_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn the_explore_workspace() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Show(Workspace::Explore));
        send(&mut harness, Command::Explore(ExploreCommand::Add("contrast".to_owned())));
        send(
            &mut harness,
            Command::Explore(ExploreCommand::Set { position: 0, param: "gain".to_owned(), value: 0.15 }),
        );
        send(&mut harness, Command::Explore(ExploreCommand::Curve));
        harness.get_by_label("Original frame");
        harness.get_by_label("Transformed frame");
        harness.get_by_label("Severity curve");
        harness.get_by_label("Verdict: Fail");
        settle(&mut harness);
        snapshot(&mut harness, &format!("explore_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn the_findings_workspace() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        click(&mut harness, "Findings");
        let settings = SweepSettings { every: 16, ..SweepSettings::default() };
        send(&mut harness, Command::Findings(FindingsCommand::Settings(settings)));
        click(&mut harness, "Sweep all transforms");
        // By strength and by picture: the worst transform first, the smallest change first.
        assert!(harness.query_all_by_label_contains("Failure ").count() > 3);
        let first = harness.get_all_by_label_contains("Failure 1: ").next().unwrap();
        first.click();
        harness.run_steps(3);
        settle(&mut harness);
        click(&mut harness, "Mark frame as valid");
        snapshot(&mut harness, &format!("findings_{name}"));
        let kept = harness.state().app.project().unwrap().cases.len();
        click(&mut harness, "Save as test case");
        assert_eq!(harness.state().app.project().unwrap().cases.len(), kept + 1);
        click(&mut harness, "Open in Explore");
        harness.get_by_label("Verdict: Fail");
        harness.take_snapshot_results()
    });
}

/// The search by coverage with the one by chance beside it.
#[test]
fn a_search_in_the_findings_workspace() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        click(&mut harness, "Findings");
        let settings = SweepSettings { every: 16, tries: 120, ..SweepSettings::default() };
        send(&mut harness, Command::Findings(FindingsCommand::Settings(settings)));
        click(&mut harness, "Coverage-guided search");
        harness.get_by_label_contains("Failures found: ");
        harness.get_by_label_contains("Random: ");
        harness.get_all_by_label_contains("Failure 1: ").next().unwrap().click();
        harness.run_steps(3);
        settle(&mut harness);
        snapshot(&mut harness, &format!("findings_search_{name}"));
        click(&mut harness, "Continue");
        let found = harness.state().app.open.findings.found.as_ref().unwrap();
        assert_eq!(found.search.as_ref().unwrap().guided.tries, 240);
        harness.take_snapshot_results()
    });
}

/// The four ways to compare both pictures, presets, and going back to what was tried.
#[test]
fn a_change_can_be_looked_at_in_four_ways() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    click(&mut harness, "Explore");
    click(&mut harness, "Presets");
    click(&mut harness, "CIFAR-C fog 5");
    assert_eq!(harness.state().app.open.explore.stack.transforms[0].transform, "fog");
    for (way, picture) in [("Swipe", "Transformed frame"), ("Difference", "Difference frame")] {
        click(&mut harness, way);
        harness.get_by_label(picture);
        snapshot(&mut harness, &format!("explore_{}", way.to_lowercase()));
    }
    click(&mut harness, "Side by side");
    click(&mut harness, "Random transform");
    assert_ne!(harness.state().app.open.explore.stack.transforms[0].params.0.get("amount"), Some(&0.5));
    harness.get_by_label("fog:0.5").scroll_to_me();
    harness.run_steps(5);
    click(&mut harness, "fog:0.5");
    assert_eq!(harness.state().app.open.explore.stack.transforms[0].transform, "fog");
}

#[test]
fn the_suites_workspace() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Show(Workspace::Suites));
        send(&mut harness, Command::Suite(SuiteCommand::Run("lights".to_owned())));
        harness.get_by_label("Run suite");
        harness.get_by_label("Export suite");
        harness.get_by_label("Open case mirror-frame-2");
        settle(&mut harness);
        snapshot(&mut harness, &format!("suites_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn the_dialogs() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        click(&mut harness, "Model settings");
        harness.get_by_label("Save and apply");
        snapshot(&mut harness, &format!("model_card_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn a_person_clicks_through_the_loop() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), Theme::Dark);
    click(&mut harness, "Open traffic lights");
    settle(&mut harness);
    assert_eq!(harness.state().app.project().unwrap().name, "Traffic lights");
    harness.key_press(egui::Key::ArrowRight);
    harness.key_press(egui::Key::Num1);
    harness.run_steps(3);
    let app = &harness.state().app;
    assert_eq!((app.open.playback.frame(), app.project().unwrap().tags.len()), (1, 1));
    click(&mut harness, "Undo");
    assert!(harness.state().app.project().unwrap().tags.is_empty());
    click(&mut harness, "Explore");
    click(&mut harness, "Fog");
    harness.get_by_label("Fog Amount");
    click(&mut harness, "Find the tipping point");
    assert!(harness.state().app.open.explore.tipping.is_some());
    let before = harness.state().app.project().unwrap().cases.len();
    click(&mut harness, "Save as test case");
    assert_eq!(harness.state().app.project().unwrap().cases.len(), before + 1);
    click(&mut harness, "Suites");
    click(&mut harness, "Export suite");
    let exported = harness.state().app.open.suites.exported.clone().unwrap();
    assert!(hardcase::suites::files::read(&exported).unwrap().problems().is_empty());
}

#[test]
fn keys_pressed_between_two_frames_count_in_their_order() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    for key in [
        egui::Key::Num1,
        egui::Key::ArrowRight,
        egui::Key::Num2,
        egui::Key::ArrowRight,
        egui::Key::ArrowRight,
        egui::Key::Num3,
    ] {
        harness.key_press(key);
    }
    harness.run_steps(2);
    let app = &harness.state().app;
    let starts: Vec<f64> = app.project().unwrap().tags.iter().map(|tag| tag.start.secs()).collect();
    assert_eq!(starts, [0.0, 0.5, 1.5]);
}

#[test]
fn keys_belong_to_a_text_while_it_is_edited() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    click(&mut harness, "Explore");
    harness.get_by_label("Why").focus();
    harness.run_steps(2);
    harness.get_by_label("Why").type_text("k1 t");
    harness.key_press(egui::Key::Num1);
    harness.run_steps(3);
    let app = &harness.state().app;
    assert!(app.project().unwrap().tags.is_empty());
    assert_eq!(app.project().unwrap().cases_of("regressions").count(), 0);
}

#[test]
fn a_box_is_drawn_with_the_mouse() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press(egui::Key::R);
    harness.run_steps(2);
    assert!(harness.state().app.open.labeling.drawing);
    let middle = harness.get_by_label("Camera pictures").rect().center();
    let (from, to) = (middle - egui::vec2(40.0, 60.0), middle + egui::vec2(30.0, 50.0));
    harness.drag_at(from);
    harness.run_steps(2);
    harness.hover_at(to);
    harness.run_steps(2);
    harness.drop_at(to);
    harness.run_steps(3);
    let project = harness.state().app.project().unwrap();
    assert_eq!(project.labels.len(), 1, "one drag is one box");
    assert!(project.labels.iter().all(|label| label.shape.valid()));
}

#[test]
fn an_mcap_with_signals_is_shown_while_its_index_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.mcap");
    fs::write(&path, mcap_recording(120, Storage::CdrRaw, Some(mcap::Compression::Zstd))).unwrap();
    let mut harness = window(&folder.path().join("home"), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    let app = &harness.state().app;
    assert!(app.open.clip.as_ref().unwrap().info.indexed);
    assert_eq!(app.open.playback.times.len(), 120);
    harness.get_by_label("Camera /camera");
}

#[test]
fn a_broken_file_is_a_message_and_not_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.mcap");
    fs::write(&path, b"nothing of the kind").unwrap();
    let mut harness = window(&folder.path().join("home"), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    click(&mut harness, "Notifications, 1 warning");
    let told = harness.query_all_by_label_contains("does not start like one").count();
    assert!(told >= 1);
    harness.get_by_label("Open street camera");
}

#[test]
fn the_palette_finds_and_runs_commands() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    harness.run_steps(3);
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Search commands").type_text("show expl");
    harness.run_steps(3);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().app.workspace, Workspace::Explore);
}

fn drive(home: &Path, theme: Theme) -> Harness<'static, Shell> {
    let mut harness = window(home, theme);
    let path = home.join("drive.mcap");
    fs::copy(common::repo().join("tests/fixtures/recordings/ros2.mcap"), &path).unwrap();
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    send(&mut harness, Command::Play(PlayCommand::SeekFrame(0)));
    harness
}

#[test]
fn points_map_and_log_of_a_drive() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = drive(home.path(), theme);
        assert!(harness.query_by_label_contains("Point cloud").is_some());
        harness.get_by_label("Log").click();
        harness.run_steps(3);
        assert!(harness.query_by_label_contains("step 3").is_some(), "a line of the log");
        harness.get_by_label("Map").click();
        harness.run_steps(3);
        harness.get_by_label("Track of the vehicle");
        snapshot(&mut harness, &format!("drive_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn a_click_on_a_log_line_goes_there() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path(), Theme::Dark);
    harness.get_by_label("Log").click();
    harness.run_steps(3);
    harness.get_by_label_contains("step 2").click();
    harness.run_steps(3);
    let playback = &harness.state().app.open.playback;
    assert_eq!(playback.clip_time().to_string(), "0:00.200");
}

#[test]
fn scans_are_changed_and_looked_at_from_above() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = window(home.path(), theme);
        click(&mut harness, "Open lidar street");
        assert!(harness.state().app.open.models.loaded.is_some());
        click(&mut harness, "Explore");
        assert!(harness.query_by_label("Fog").is_none(), "only what changes points is offered");
        click(&mut harness, "Scattered points");
        for (param, value) in [("count", 4000.0), ("ahead", 20.0), ("aside", 6.0), ("reach", 32.0)] {
            let param = param.to_owned();
            send(&mut harness, Command::Explore(ExploreCommand::Set { position: 0, param, value }));
        }
        harness.get_by_label("Verdict: Fail");
        snapshot(&mut harness, &format!("explore_lidar_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn a_fault_is_injected_seen_and_taken_out() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), Theme::Dark);
    click(&mut harness, "Open lidar street");
    let fault = "points=black@0.5..1.5";
    send(&mut harness, Command::Open(OpenCommand::AddFault(fault.to_owned())));
    harness.get_by_label("Injected faults");
    send(&mut harness, Command::Play(PlayCommand::SeekFrame(10)));
    assert!(harness.query_by_label_contains("Point cloud").is_some());
    let count = |harness: &Harness<'_, Shell>| {
        let app = &harness.state().app;
        let (_, input) = app.open.frames.input(app.open.playback.camera.unwrap()).unwrap();
        let hardcase::data::input::Input::Points(cloud) = input.unwrap() else { panic!("a scan is points") };
        cloud.positions.len()
    };
    assert_eq!(count(&harness), 0);
    send(&mut harness, Command::Open(OpenCommand::AddFault("points=fog:1".to_owned())));
    let app = &harness.state().app;
    let told = app.notices.list().iter().any(|notice| notice.text.contains("\"fog\" needs images"));
    assert!(told && app.open.clip.as_ref().unwrap().faults.len() == 1, "a sentence, and no fault");
    click(&mut harness, &format!("Remove {fault}"));
    assert!(harness.query_by_label("Injected faults").is_none());
    assert!(count(&harness) > 1000);
    // It was an edit like any other.
    send(&mut harness, Command::Label(LabelCommand::Undo));
    harness.run_steps(3);
    settle(&mut harness);
    let open = harness.state().app.open.clip.as_ref().unwrap();
    assert_eq!(open.faults, [fault]);
    assert_eq!(count(&harness), 0);
}

#[test]
fn errors_against_the_human_are_shown_as_a_map() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = window(home.path(), theme);
        let drive = home.path().join("drive");
        common::copy_folder(&common::repo().join("tests/fixtures/data_sets/donkeycar"), &drive);
        let keeper = home.path().join("lane_keeper.onnx");
        fs::copy(common::model("lane_keeper"), &keeper).unwrap();
        send(&mut harness, Command::Open(OpenCommand::Paths(vec![drive, keeper])));
        // Nobody wrote a card, so it is asked for.
        click(&mut harness, "Save and apply");
        send(&mut harness, Command::Show(Workspace::Explore));
        let claim = ClaimSpec { class: Some("steering".to_owned()), ..ClaimSpec::new("deep_test") };
        send(&mut harness, Command::Explore(ExploreCommand::Oracle(claim)));
        send(&mut harness, Command::Explore(ExploreCommand::Add("brightness".to_owned())));
        click(&mut harness, "Findings");
        let human = Some("user/angle".to_owned());
        let settings = SweepSettings { every: 1, human, ..SweepSettings::default() };
        send(&mut harness, Command::Findings(FindingsCommand::Settings(settings)));
        harness.get_by_label("Human driver signal");
        send(&mut harness, Command::Findings(FindingsCommand::Sweep));
        click(&mut harness, "Lambda and epsilon");
        assert!(harness.query_by_label_contains("epsilon 0.03, lambda 5").is_some());
        snapshot(&mut harness, &format!("findings_errors_{name}"));
        harness.take_snapshot_results()
    });
}

/// A drag from one place to another on the camera, in points from its middle.
fn drag(harness: &mut Harness<'_, Shell>, from: (f32, f32), to: (f32, f32)) {
    let middle = harness.get_by_label_contains("Camera ").rect().center();
    let at = |(x, y): (f32, f32)| middle + egui::vec2(x, y);
    harness.drag_at(at(from));
    harness.run_steps(2);
    harness.hover_at(at(to));
    harness.run_steps(2);
    harness.drop_at(at(to));
    harness.run_steps(3);
}

fn press_at(harness: &mut Harness<'_, Shell>, place: (f32, f32)) {
    let at = harness.get_by_label("Camera pictures").rect().center() + egui::vec2(place.0, place.1);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    harness.run_steps(2);
}

/// An object is drawn, dragged on another picture, and stands between both; its handles, lane and numbers are there.
#[test]
fn an_object_is_followed_by_dragging_its_outline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.mcap");
    fs::write(&path, mcap_recording(30, Storage::ProtobufRaw, None)).unwrap();
    let mut harness = window(&folder.path().join("home"), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    harness.key_press(egui::Key::R);
    harness.run_steps(2);
    drag(&mut harness, (-250.0, -120.0), (-50.0, 120.0));
    for _ in 0..4 {
        harness.key_press(egui::Key::ArrowRight);
    }
    settle(&mut harness);
    assert!(harness.state().app.open.selected_object().is_none(), "it is not there yet");
    drag(&mut harness, (-150.0, 0.0), (100.0, 20.0));
    let app = &harness.state().app;
    assert_eq!(app.project().unwrap().labels.len(), 2);
    assert!(app.open.selected_object().unwrap().keyframe);
    for _ in 0..2 {
        harness.key_press(egui::Key::ArrowLeft);
    }
    settle(&mut harness);
    let between = harness.state().app.open.selected_object().unwrap();
    assert!(!between.keyframe);
    harness.get_by_label("Class of the object");
    harness.key_press(egui::Key::Q);
    settle(&mut harness);
    let shown = harness.state().app.open.selected_object().unwrap();
    assert_eq!((shown.keyframe, shown.label.state), (true, hardcase::data::labels::label::State::Occluded));
    snapshot(&mut harness, "label_track");
}

/// Outlines are clicked and end with Enter; a point is taken back with Backspace; nothing is left after Escape.
#[test]
fn an_outline_is_clicked_point_by_point() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press(egui::Key::P);
    harness.run_steps(2);
    for place in [(-50.0, -50.0), (50.0, -50.0), (60.0, 60.0), (0.0, 0.0)] {
        press_at(&mut harness, place);
    }
    harness.key_press(egui::Key::Backspace);
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    let labels: Vec<Shape> =
        harness.state().app.project().unwrap().labels.iter().map(|label| label.shape.clone()).collect();
    assert!(matches!(labels.as_slice(), [Shape::Polygon(points)] if points.len() == 3), "{labels:?}");
    harness.key_press(egui::Key::P);
    harness.run_steps(2);
    press_at(&mut harness, (-80.0, 20.0));
    harness.key_press(egui::Key::Escape);
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().app.open.labeling.drawing);
    assert_eq!(harness.state().app.project().unwrap().labels.len(), 1);
}

/// The seat of the car: keys of a hand's width, the last tag in letters that are read from the side, undo on one key.
#[test]
fn operator_mode_tags_and_takes_back() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        harness.key_press(egui::Key::F9);
        harness.run_steps(3);
        let key = harness.get_by_label("Tag red").rect();
        assert!(key.width() > 90.0 && key.height() > 80.0, "{key:?}");
        click(&mut harness, "Tag red");
        harness.key_press(egui::Key::Num2);
        harness.run_steps(3);
        assert_eq!(harness.state().app.project().unwrap().tags.len(), 2);
        harness.key_press(egui::Key::Backspace);
        harness.run_steps(3);
        assert_eq!(harness.state().app.project().unwrap().tags.len(), 1);
        snapshot(&mut harness, &format!("operator_{name}"));
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
        harness.get_by_label("Explore");
        harness.take_snapshot_results()
    });
}

#[test]
fn the_table_selects_and_changes_in_bulk_and_holds_the_domain() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        for key in [egui::Key::Num1, egui::Key::Num2, egui::Key::Num1] {
            harness.key_press(key);
            harness.key_press(egui::Key::ArrowRight);
        }
        harness.key_press(egui::Key::F8);
        settle(&mut harness);
        click(&mut harness, "Select all 3");
        snapshot(&mut harness, &format!("table_{name}"));
        click(&mut harness, "Merge");
        assert!(harness.state().app.notices.list().iter().any(|notice| notice.text.contains("one type")));
        click(&mut harness, "Delete");
        assert!(harness.state().app.project().unwrap().tags.is_empty());
        click(&mut harness, "ODD");
        harness.get_by_label("Filter the table").focus();
        harness.run_steps(2);
        harness.get_by_label("Filter the table").type_text("wet");
        harness.run_steps(3);
        click(&mut harness, "wet no");
        let tags = &harness.state().app.project().unwrap().tags;
        assert_eq!(tags[0].kind, "ODD SurfaceConditionWet");
        click(&mut harness, "wet unknown");
        assert!(harness.state().app.project().unwrap().tags.is_empty());
        harness.take_snapshot_results()
    });
}

/// One filter for the timeline, the table and the keys that go from tag to tag; another's labels are compared in the window.
#[test]
fn tags_are_filtered_and_labelers_compared() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    for key in [egui::Key::Num1, egui::Key::Num2, egui::Key::Num1] {
        harness.key_press(key);
        for _ in 0..3 {
            harness.key_press(egui::Key::ArrowRight);
        }
        harness.run_steps(2);
    }
    harness.key_press(egui::Key::Home);
    harness.run_steps(2);
    let (first, second) = {
        let words = &harness.state().app.project().unwrap().ontology.tags;
        (words[0].name.clone(), words[1].name.clone())
    };
    assert_eq!(harness.query_all_by_label_contains(&format!("Tag {first} at")).count(), 2);
    harness.get_by_label("Filter tags on the timeline").focus();
    harness.run_steps(2);
    harness.get_by_label("Filter tags on the timeline").type_text(&second.to_uppercase());
    harness.run_steps(3);
    assert_eq!(harness.query_all_by_label_contains(&format!("Tag {first} at")).count(), 0);
    assert_eq!(harness.query_all_by_label_contains(&format!("Tag {second} at")).count(), 1);
    harness.state_mut().app.dispatch(Command::Play(PlayCommand::Event { forward: true }));
    harness.run_steps(2);
    let app = &harness.state().app;
    let tag = app.project().unwrap().tags.iter().find(|tag| tag.kind == second).unwrap();
    assert_eq!(app.open.playback.playhead, tag.start, "the keys go to what is shown");
    harness.state_mut().app.dispatch(Command::Label(LabelCommand::Filter(String::new())));

    // The other annotator has one object more.
    let other = home.path().join("theirs");
    let mut theirs = ProjectEditor::create(&other, "theirs").unwrap();
    let (clip, channel) = harness.state().app.open.current_camera().unwrap();
    let mine = harness.state().app.project().unwrap().clone();
    theirs.commit("clips", Edit::SetClips(mine.clips.clone())).unwrap();
    let shape = Shape::Box(Box2 { x0: 10.0, y0: 10.0, x1: 60.0, y1: 60.0 });
    theirs.commit("box", Edit::AddLabel(Label::new(900, clip, channel, 2, "car", shape))).unwrap();
    drop(theirs);
    harness.key_press(egui::Key::F8);
    settle(&mut harness);
    click(&mut harness, "Agreement");
    harness.state_mut().app.dispatch(Command::Exchange(ExchangeCommand::Compare(other)));
    settle(&mut harness);
    harness.run_steps(3);
    harness.get_by_label_contains("1 difference");
    harness.get_by_label_contains("car by the second only").click();
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(harness.state().app.open.playback.frame(), 2);
    snapshot(&mut harness, "agreement_dark");
}

/// A model is measured on labels, a cell of the confusion matrix shows its pictures, and a double click goes there.
#[test]
fn a_model_is_measured_and_its_mistakes_looked_at() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Show(Workspace::Evaluate));
        harness.get_by_label_contains("Evaluate traffic_light_state");
        snapshot(&mut harness, &format!("evaluate_start_{name}"));
        // Recorded is what each light shows; one picture is said to show another.
        let signal = EvaluateCommand::Signal { number: "class".to_owned(), signal: Some("state".to_owned()) };
        send(&mut harness, Command::Play(PlayCommand::SeekFrame(6)));
        send(&mut harness, Command::Label(LabelCommand::Class("yellow".to_owned())));
        send(&mut harness, Command::Label(LabelCommand::Draw(Shape::Whole)));
        send(&mut harness, Command::Evaluate(signal));
        harness.run_steps(3);
        let result = harness.state().app.open.evaluate.result.clone().unwrap();
        assert_eq!((result.evaluation.samples.len(), result.unlabeled), (80, 0));
        let mistakes: Vec<usize> = harness
            .state()
            .app
            .open
            .evaluate
            .shown
            .iter()
            .map(|at| result.evaluation.items[*at].sample)
            .collect();
        assert_eq!(mistakes, [6]);
        snapshot(&mut harness, &format!("evaluate_{name}"));
        click(&mut harness, "red predicted as red: 39");
        assert_eq!(harness.state().app.open.evaluate.shown.len(), 39);
        click(&mut harness, "All errors");
        // All of it becomes tags in one step, and one step takes them back.
        send(&mut harness, Command::Evaluate(EvaluateCommand::Tag("model wrong".to_owned())));
        assert_eq!(harness.state().app.project().unwrap().tags.len(), 1);
        send(&mut harness, Command::Label(LabelCommand::Undo));
        assert!(harness.state().app.project().unwrap().tags.is_empty());
        let at = harness.state().app.open.evaluate.shown[0];
        send(&mut harness, Command::Evaluate(EvaluateCommand::Open(at)));
        let app = &harness.state().app;
        assert_eq!((app.workspace, app.open.playback.frame()), (Workspace::Label, 6));
        // What was agreed on is there after a restart.
        let folder = app.project().unwrap().folder.clone();
        let session = Session::load_from(Some(home.path().to_owned()));
        assert_eq!(session.terms[&folder].signals["class"], "state");
        harness.take_snapshot_results()
    });
}

/// An evaluation is queried, embedded, drawn as curves and compared with another model.
#[test]
fn what_was_measured_is_asked_mapped_and_compared() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        let signal = EvaluateCommand::Signal { number: "class".to_owned(), signal: Some("state".to_owned()) };
        for frame in [6, 20, 41] {
            send(&mut harness, Command::Play(PlayCommand::SeekFrame(frame)));
            send(&mut harness, Command::Label(LabelCommand::Class("yellow".to_owned())));
            send(&mut harness, Command::Label(LabelCommand::Draw(Shape::Whole)));
        }
        send(&mut harness, Command::Show(Workspace::Evaluate));
        send(&mut harness, Command::Evaluate(signal));
        harness.run_steps(3);
        // A question, completed while it is written.
        harness.get_by_label("Query").click();
        harness.run_steps(2);
        harness.get_by_label("Query").type_text("frame > 10 and outco");
        harness.run_steps(3);
        click(&mut harness, "outcome");
        harness.get_by_label("Query").click();
        harness.run_steps(2);
        harness.get_by_label("Query").type_text(" != \"right\"");
        harness.run_steps(2);
        harness.key_press(egui::Key::Enter);
        harness.run_steps(4);
        settle(&mut harness);
        assert_eq!(harness.state().app.open.evaluate.filter.query, "frame > 10 and outcome != \"right\"");
        assert_eq!(harness.state().app.open.evaluate.shown.len(), 2);
        let at = harness.state().app.open.evaluate.shown[0];
        send(&mut harness, Command::Evaluate(EvaluateCommand::Select(at)));
        harness.run_steps(2);
        snapshot(&mut harness, &format!("evaluate_asked_{name}"));
        click(&mut harness, "Embeddings");
        click(&mut harness, "Compute embedding map");
        settle(&mut harness);
        harness.run_steps(3);
        assert_eq!(harness.state().app.open.evaluate.map.result.as_ref().unwrap().items.len(), 80);
        // UMAP turns the last digits of embeddings, which depend on the processor, into other places; PCA does not.
        click(&mut harness, "PCA");
        settle(&mut harness);
        harness.run_steps(3);
        assert_eq!(harness.state().app.open.evaluate.map.result.as_ref().unwrap().items.len(), 80);
        snapshot(&mut harness, &format!("evaluate_map_{name}"));
        click(&mut harness, "Curves");
        snapshot(&mut harness, &format!("evaluate_curves_{name}"));
        click(&mut harness, "Compare");
        let result = harness.state().app.open.evaluate.result.clone().unwrap();
        let mut text = "frame,class,score\n".to_owned();
        for item in &result.evaluation.items {
            let sample = &result.evaluation.samples[item.sample];
            let said = if (30..40).contains(&sample.frame) { "green" } else { item.truth.as_str() };
            writeln!(text, "{},{said},1", sample.frame).unwrap();
        }
        let others = home.path().join("others.csv");
        fs::write(&others, text).unwrap();
        send(&mut harness, Command::Evaluate(EvaluateCommand::Compare(others)));
        harness.run_steps(3);
        snapshot(&mut harness, &format!("evaluate_models_{name}"));
        harness.get_by_label_contains("traffic_light_state is correct more often");
        // Along the recording, too.
        send(&mut harness, Command::Show(Workspace::Label));
        harness.run_steps(3);
        harness.get_by_label("Differences between traffic_light_state and others");
        snapshot(&mut harness, &format!("evaluate_lane_{name}"));
        harness.take_snapshot_results()
    });
}

/// The saliency map of a prediction is laid over the frame, by occlusion and by the gradient.
#[test]
fn where_the_model_looks_is_shown() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Play(PlayCommand::SeekFrame(2)));
        send(&mut harness, Command::Model(ModelCommand::PredictAll));
        let answer = harness.state().app.open.models.answer(ChannelId(0), 2).unwrap().clone();
        let class = answer.best().unwrap().0.to_owned();
        harness.run_steps(2);
        click(&mut harness, &format!("Explain {class}"));
        settle(&mut harness);
        harness.run_steps(2);
        assert_eq!(harness.state().app.open.models.saliency.as_ref().unwrap().class, class);
        snapshot(&mut harness, &format!("attention_{name}"));
        click(&mut harness, "gradient");
        settle(&mut harness);
        assert_eq!(harness.state().app.open.models.saliency.as_ref().unwrap().kind, Kind::Gradient);
        click(&mut harness, "Hide saliency map");
        assert!(harness.state().app.open.models.saliency.is_none());
        harness.take_snapshot_results()
    });
}

/// Labels of others are looked at first; what is there is kept or replaced as somebody says, and undone as one step.
#[test]
fn labels_are_taken_in_after_a_look() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press(egui::Key::R);
    harness.run_steps(2);
    drag(&mut harness, (-60.0, -60.0), (-10.0, 30.0));
    let app = &harness.state().app;
    let name = app.open.clip.as_ref().unwrap().clip.file(app.open.playback.camera.unwrap(), 3).unwrap();
    let name = name.file_name().unwrap().to_string_lossy().into_owned();
    let file = home.path().join("theirs.json");
    let coco = serde_json::json!({ "images": [{ "id": 7, "file_name": name, "width": 32, "height": 32 }, { "id": 8, "file_name": "gone.png" }], "categories": [{ "id": 1, "name": "lamp" }], "annotations": [{ "id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 10, 12] }, { "id": 2, "image_id": 8, "category_id": 1, "bbox": [1, 2, 10, 12] }], });
    fs::write(&file, coco.to_string()).unwrap();
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![file])));
    settle(&mut harness);
    let preview = harness.state().app.open.exchange.preview.clone().unwrap();
    assert_eq!((preview.added, preview.words), (1, 1));
    assert!(preview.warnings[0].contains("gone.png"), "{:?}", preview.warnings);
    snapshot(&mut harness, "import_labels");
    assert_eq!(
        harness.state().app.project().unwrap().labels.len(),
        1,
        "nothing happens before somebody says so"
    );
    click(&mut harness, "Merge");
    settle(&mut harness);
    let labels = &harness.state().app.project().unwrap().labels;
    assert_eq!(
        labels.iter().map(|label| (label.frame, label.class.to_string())).collect::<Vec<_>>()[1],
        (3, "lamp".to_owned())
    );
    send(&mut harness, Command::Label(LabelCommand::Undo));
    assert_eq!(harness.state().app.project().unwrap().labels.len(), 1);
}

/// A click on a car in space puts a box around it, which is turned and moved by keys.
#[test]
fn a_box_is_put_into_space_by_one_click() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("lidar");
    common::copied("lidar", &project);
    let mut harness = window(home.path(), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![project])));
    settle(&mut harness);
    harness.key_press(egui::Key::U);
    harness.run_steps(2);
    let scene = harness.get_by_label("Point cloud, frame lidar").rect();
    // The car ahead of the first scan, from behind and above.
    let at = scene.min + egui::vec2(scene.width() * 0.5248, scene.height() * 0.533);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    settle(&mut harness);
    let block = |harness: &Harness<'_, Shell>| {
        let shown = harness.state().app.open.selected_object().unwrap();
        if let Shape::Cuboid(block) = &*shown.shape { **block } else { unreachable!("{shown:?}") }
    };
    let before = block(&harness);
    assert!(
        (before.center[0] - 8.4).abs() < 1.0 && before.size[0] > 3.5 && before.size[1] < 2.2,
        "{before:?}"
    );
    harness.key_press_modifiers(egui::Modifiers::ALT, egui::Key::W);
    settle(&mut harness);
    let after = block(&harness);
    let moved = (0..3).map(|i| (after.center[i] - before.center[i]).powi(2)).sum::<f64>().sqrt();
    assert!((moved - 0.1).abs() < 1e-6, "{moved}");
    harness.get_by_label("Cuboid, side view");
    snapshot(&mut harness, "label_cuboid");
}
