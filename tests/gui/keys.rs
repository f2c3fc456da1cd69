//! Keys and the bar on top: one table, one sheet, and words beside the icons where there is room.

use std::collections::BTreeMap;
use std::fs;

use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, kittest::NodeT as _};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::{Session, Theme};
use hardcase::app::table;
use hardcase::gui::shell::Shell;

use crate::common::copied;
use crate::{click, lights, send, settle};

#[test]
fn the_sheet_of_keys_lists_every_entry_once() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    // What the window behind the sheet says with the same words is not on it.
    let before: Vec<usize> = titles().map(|title| harness.query_all_by_label(title).count()).collect();
    harness.key_press(egui::Key::F1);
    harness.run_steps(3);
    for (title, before) in titles().zip(before) {
        assert_eq!(harness.query_all_by_label(title).count() - before, 1, "{title}");
    }
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert_eq!(harness.query_all_by_label("Remove the last point").count(), 0);
}

fn titles() -> impl Iterator<Item = &'static str> {
    table::sheet().into_iter().flat_map(|(_, below)| below).map(|entry| entry.title)
}

/// Backspace takes a point back while drawing, undoes in the operator mode, and brings real time back otherwise.
#[test]
fn one_key_means_one_thing_in_each_mode() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press(egui::Key::Plus);
    harness.run_steps(2);
    assert!(harness.state().app.open.playback.speed > 1.0);
    harness.key_press(egui::Key::Num1);
    harness.key_press(egui::Key::F9);
    harness.key_press(egui::Key::Backspace);
    harness.run_steps(3);
    let app = &harness.state().app;
    assert!(app.open.playback.speed > 1.0 && app.project().unwrap().tags.is_empty());
    harness.key_press(egui::Key::F9);
    harness.key_press(egui::Key::Backspace);
    harness.run_steps(3);
    assert!((harness.state().app.open.playback.speed - 1.0).abs() < 1e-9);
}

/// Commands of the window are found in the palette too.
#[test]
fn the_palette_runs_commands_of_the_window() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    assert!(harness.query_by_label("Filter the table").is_none());
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    harness.run_steps(3);
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Search commands").type_text("table of");
    harness.run_steps(3);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    settle(&mut harness);
    harness.get_by_label("Filter the table");
}

/// The names of the buttons in the bar on top, from left to right, with the places that they take.
fn bar(harness: &Harness<'_, Shell>) -> Vec<(String, egui::Rect)> {
    let mut found: Vec<(String, egui::Rect)> = harness
        .query_all_by_role(egui::accesskit::Role::Button)
        .filter_map(|node| Some((node.accesskit_node().label()?.clone(), node.rect())))
        .filter(|(_, rect)| rect.bottom() < 36.0)
        .collect();
    found.sort_by(|a, b| a.1.left().total_cmp(&b.1.left()));
    found
}

/// What does not fit into the bar at a large scale is in a menu behind it, with its whole name.
#[test]
fn tools_that_do_not_fit_are_in_a_menu() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    assert!(harness.query_by_label("More tools").is_none(), "all fit");
    harness.set_size(egui::vec2(512.0, 320.0));
    harness.run_steps(3);
    assert!(harness.query_by_label("Draw a polygon").is_none());
    click(&mut harness, "More tools");
    click(&mut harness, "Draw a polygon");
    assert!(harness.state().app.open.labeling.drawing);
    for tab in Workspace::ALL {
        click(&mut harness, tab.title());
        assert_eq!(harness.state().app.workspace, *tab);
    }
}

/// Icons of the bar on top, as they stand in the sources: each means one thing.
#[test]
fn no_icon_of_the_bar_stands_for_two_things() {
    let mut meanings: BTreeMap<String, String> = BTreeMap::new();
    let files = ["shell/bars", "panes/label/workspace", "panes/explore/workspace", "panes/findings/mod"];
    let files = files.into_iter().chain(["panes/suites/mod", "panes/evaluate/mod"]);
    let mut count = 0;
    for file in files {
        let path = crate::common::repo().join("src/gui").join(format!("{file}.rs"));
        let text = fs::read_to_string(path).unwrap();
        for start in ["Tool::run(icon::", "Tool::window(icon::", " icon: icon::", "            (icon::"] {
            for rest in text.split(start).skip(1) {
                let (name, rest) = rest.split_once(',').unwrap();
                let meaning = format!("{file}: {}", rest.lines().next().unwrap_or_default().trim());
                count += 1;
                if let Some(other) = meanings.insert(name.to_owned(), meaning.clone()) {
                    panic!("{name} stands for {other} and for {meaning}");
                }
            }
        }
    }
    assert!(count > 15, "{count} icons were found");
}

#[test]
fn the_bar_on_top_has_words_where_there_is_room_and_nothing_overlaps() {
    let home = tempfile::tempdir().unwrap();
    // The recording with the most tools: cameras, points and a name that is long.
    let project = home.path().join("street");
    copied("lidar", &project);
    let file = project.join("hardcase.toml");
    let text = fs::read_to_string(&file).unwrap();
    let long = "name = \"A street with a name of many words that goes on and on and on\"";
    fs::write(&file, text.replace("name = \"LIDAR street\"", long)).unwrap();
    let mut widths = Vec::new();
    for width in [1024.0, 1280.0, 1440.0, 1920.0] {
        let folder = home.path().join("home");
        let mut harness =
            Harness::builder().with_size([width, 800.0]).with_max_steps(30).wgpu().build_eframe(move |cc| {
                let session = Session::load_from(Some(folder));
                let format = cc.wgpu_render_state.as_ref().map(|state| state.target_format);
                Shell::new(&cc.egui_ctx, session, format)
            });
        harness.run_steps(2);
        send(&mut harness, Command::Open(OpenCommand::Paths(vec![project.clone()])));
        settle(&mut harness);
        let bar = bar(&harness);
        assert!(bar.len() > 15, "{bar:?}");
        for pair in bar.windows(2) {
            assert!(pair[0].1.right() <= pair[1].1.left() + 0.5, "at {width}: {pair:?}");
        }
        assert!(bar[0].1.left() >= 0.0 && bar[bar.len() - 1].1.right() <= width, "at {width}: {bar:?}");
        assert!(bar.iter().any(|(name, _)| name == "Add cuboid"), "{bar:?}");
        let undo = bar.iter().find(|(name, _)| name == "Undo").unwrap().1.width();
        widths.push(undo);
        if (width - 1024.0_f32).abs() < 0.5 {
            click(&mut harness, "Explore");
            assert_eq!(harness.state().app.workspace, Workspace::Explore);
        }
    }
    assert!(widths[0] < 40.0, "icons alone in a narrow window: {widths:?}");
    assert!(widths[3] > widths[0] + 10.0, "words in a wide one: {widths:?}");
}
