//! Layout: nothing moves because a result arrived, and names of any length and script push nothing out of its place.

use std::collections::BTreeMap;
use std::path::Path;

use egui::accesskit::Role;
use egui::{Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, kittest::by};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Theme;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::base::rng::Rng;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::ontology::{Ontology, Word};
use hardcase::gui::shell::Shell;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

use crate::{click, lights, send, settle, window_without_glyphs};

/// Something that can be clicked, typed in or dragged.
#[derive(Clone, Debug)]
struct Control {
    role: Role,
    name: String,
    /// Its place, and the part of it that is in sight.
    rect: Rect,
    seen: Rect,
}

const CONTROLS: [Role; 9] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::MultilineTextInput,
    Role::RadioButton,
    Role::SpinButton,
    Role::TextInput,
    Role::Slider,
    Role::Image,
];

/// The controls of the window in their order.
fn controls(harness: &Harness<'_, Shell>) -> Vec<Control> {
    let mut places: BTreeMap<egui::accesskit::NodeId, (Rect, Rect)> = BTreeMap::new();
    harness.ctx.viewport(|viewport| {
        for (_, widgets) in viewport.prev_pass.widgets.layers() {
            places.extend(widgets.iter().map(|w| (w.id.accesskit_id(), (w.rect, w.interact_rect))));
        }
    });
    let nodes = harness.query_all(by().predicate(|node| CONTROLS.contains(&node.role())));
    nodes
        .filter_map(|node| {
            let node = node.accesskit_node();
            let (rect, seen) = *places.get(&node.locate().0)?;
            let name = node.label().or_else(|| node.value()).unwrap_or_default();
            Some(Control { role: node.role(), name, rect, seen })
        })
        .collect()
}

/// Checks that what is the same before and after stands where it stood.
fn same_places(before: &[Control], after: &[Control], what: &str) {
    let mut compared = 0;
    // Messages come and go over the window.
    let stays = |control: &&Control| control.seen.is_positive() && control.name != "Close the message";
    for old in before.iter().filter(stays) {
        let of = |all: &[Control]| all.iter().filter(|one| one.name == old.name).count();
        if of(before) != 1 || of(after) != 1 {
            continue;
        }
        let new = after.iter().find(|one| one.name == old.name).unwrap();
        let moved = (new.rect.min - old.rect.min).length();
        assert!(moved < 0.5, "{what}: {:?} moved from {:?} to {:?}", old.name, old.rect, new.rect);
        compared += 1;
    }
    assert!(compared > 15, "{what}: only {compared} controls are in both");
}

fn set(harness: &mut Harness<'_, Shell>, param: &str, value: f64) {
    let param = param.to_owned();
    send(harness, Command::Explore(ExploreCommand::Set { position: 0, param, value }));
}

#[test]
fn nothing_moves_in_explore_because_a_result_arrived() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Explore));
    send(&mut harness, Command::Explore(ExploreCommand::Add("contrast".to_owned())));
    set(&mut harness, "gain", 1.0);
    harness.get_by_label("Verdict: Pass");
    let passed = controls(&harness);
    // A verdict with a reason of several lines.
    set(&mut harness, "gain", 0.15);
    harness.get_by_label("Verdict: Fail");
    let failed = controls(&harness);
    same_places(&passed, &failed, "a failure");
    // While the next one is awaited, and when it is there.
    let param = "gain".to_owned();
    let wish = ExploreCommand::Set { position: 0, param, value: 0.9 };
    harness.state_mut().app.dispatch(Command::Explore(wish));
    harness.run_steps(2);
    same_places(&failed, &controls(&harness), "a verdict that is awaited");
    settle(&mut harness);
    set(&mut harness, "gain", 0.15);
    for (command, what) in [
        (ExploreCommand::Curve, "the curve"),
        (ExploreCommand::Minimize, "the minimized stack"),
        (ExploreCommand::FindTipping, "the tipping point"),
    ] {
        let before = controls(&harness);
        send(&mut harness, Command::Explore(command));
        same_places(&before, &controls(&harness), what);
    }
    // A message comes and goes over the window.
    let before = controls(&harness);
    harness.state_mut().app.notices.error("a long problem ".repeat(40));
    harness.run_steps(2);
    same_places(&before, &controls(&harness), "a message");
}

#[test]
fn nothing_moves_in_label_and_suites_because_a_result_arrived() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    let before = controls(&harness);
    click(&mut harness, "Explain red");
    harness.run_steps(3);
    harness.get_by_label("Hide saliency map");
    same_places(&before, &controls(&harness), "a saliency map");
    send(&mut harness, Command::Show(Workspace::Suites));
    let before = controls(&harness);
    send(&mut harness, Command::Suite(SuiteCommand::Run("lights".to_owned())));
    same_places(&before, &controls(&harness), "a run");
    click(&mut harness, "Export suite");
    same_places(&before, &controls(&harness), "an export");
}

#[test]
fn the_window_of_the_model_keeps_its_size() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    click(&mut harness, "Model settings");
    let tabs = ["Card", "Backend", "File", "Single run", "Differential test"];
    let places = |harness: &Harness<'_, Shell>| {
        tabs.map(|tab| harness.get_by_role_and_label(Role::Button, tab).rect())
    };
    let before = places(&harness);
    for tab in tabs {
        harness.get_by_role_and_label(Role::Button, tab).click();
        harness.run_steps(4);
        settle(&mut harness);
        assert_eq!(places(&harness), before, "after {tab}");
    }
    click(&mut harness, "Run differential test");
    assert_eq!(places(&harness), before, "after a test");
}

/// Lists are in sight up to here; the time axis and what is drawn over frames are pictures of their own.
fn checked(control: &Control) -> bool {
    control.seen.is_positive() && control.role != Role::Image && !control.name.starts_with("Tag ")
        || control.name.starts_with("Tag type")
}

/// Finds controls that lie outside of the window, behind an edge or over each other, and frames that get less than a third.
fn misplaced(harness: &Harness<'_, Shell>, size: egui::Vec2, what: &str) -> Vec<String> {
    let all = controls(harness);
    let screen = Rect::from_min_size(egui::Pos2::ZERO, size).expand(0.5);
    let shown: Vec<&Control> = all.iter().filter(|control| checked(control)).collect();
    assert!(shown.len() > 6, "{what}: {} controls", shown.len());
    let name =
        |control: &Control| format!("{:?} {:?} {:?}", control.role, short(&control.name), control.rect);
    let mut problems = Vec::new();
    for control in &shown {
        let ends = [control.rect.left(), control.rect.right()];
        // What is half behind the edge of its panel cannot be clicked there.
        let hidden = control.rect.width() - control.seen.width();
        if !ends.iter().all(|end| screen.x_range().contains(*end)) {
            problems.push(format!("{what}: {} lies outside", name(control)));
        } else if hidden > 3.0 {
            problems.push(format!("{what}: {} is cut by {hidden}", name(control)));
        }
    }
    for (i, a) in shown.iter().enumerate() {
        for b in &shown[i + 1..] {
            let common = a.seen.intersect(b.seen);
            let overlap = common.is_positive() && common.width() > 1.5 && common.height() > 1.5;
            let within = a.rect.contains_rect(b.rect) || b.rect.contains_rect(a.rect);
            if overlap && !(within && a.role != b.role) {
                problems.push(format!("{what}: {} overlaps {}", name(a), name(b)));
            }
        }
    }
    let is_frame = |control: &&Control| {
        control.role == Role::Image
            && (control.name.ends_with(" frame") || control.name.starts_with("Camera "))
    };
    let frames: f32 = all.iter().filter(is_frame).map(|control| control.seen.width()).sum();
    if frames > 0.0 && frames < size.x / 3.0 - 8.0 {
        problems.push(format!("{what}: the frame has {frames} of {}", size.x));
    }
    problems
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// A name of up to 300 characters in one of several scripts.
fn name(rng: &mut Rng, length: usize) -> String {
    const SCRIPTS: [&str; 7] = [
        "abcdefghijklmnopqrstuvwxyz",
        "WMQ@#%&",
        "the quick brown fox jumps over ",
        "行人自転車横断歩道信号機",
        "אבגדהוזחטי ",
        "ابجدهوزحطي ",
        "नमस्ते सड़क ",
    ];
    let letters: Vec<char> = SCRIPTS[(rng.bits() % SCRIPTS.len() as u64) as usize].chars().collect();
    (0..length)
        .map(|_| letters[(rng.bits() % letters.len() as u64) as usize])
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A project whose tags, classes, recordings, signals, suites and cases have such names.
fn named_project(folder: &Path, rng: &mut Rng) {
    crate::common::copied("traffic_lights", folder);
    let mut editor = ProjectEditor::open(folder).unwrap();
    let mut word = |least: usize| {
        let length = least + (rng.bits() % 300) as usize;
        let text = name(rng, length.min(300));
        if text.is_empty() { "x".to_owned() } else { text }
    };
    let mut ontology = Ontology::default();
    for _ in 0..5 {
        ontology.tags.push(Word { name: word(1), ..Word::default() });
        ontology.classes.push(Word { name: word(1), ..Word::default() });
    }
    ontology.tags.dedup_by(|a, b| a.name == b.name);
    ontology.classes.dedup_by(|a, b| a.name == b.name);
    let project = editor.project().clone();
    let (suite, case) = (word(1), word(1));
    let mut cases = project.cases.clone();
    for (number, kept) in cases.iter_mut().enumerate() {
        kept.suite.clone_from(&suite);
        kept.id = format!("{case}{number}");
        kept.why = word(0);
    }
    for case in project.cases.clone() {
        editor.commit("case", Edit::RemoveCase { suite: case.suite, id: case.id }).unwrap();
    }
    for case in cases {
        editor.commit("case", Edit::AddCase(case)).unwrap();
    }
    editor.commit("words", Edit::SetOntology(ontology)).unwrap();
    drop(editor);
    // The names of the project, its recording and its model are in files.
    let mut replace = |file: &str, old: &str| {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        let new = word(1).replace(['"', '\\'], "x");
        std::fs::write(path, text.replace(old, &format!("name = \"{new}\""))).unwrap();
    };
    replace("hardcase.toml", "name = \"Traffic lights\"");
    replace("models/traffic_light_state.card.toml", "name = \"traffic_light_state\"");
}

/// Every page at both sizes of a window and several scales, with names from nothing to 300 letters.
#[test]
fn names_of_any_length_and_script_push_nothing_out() {
    let mut problems = Vec::new();
    for seed in 0..3 {
        let mut rng = Rng::split(seed, 21);
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("project");
        named_project(&folder, &mut rng);
        let mut harness = window_without_glyphs(&home.path().join("home"));
        send(&mut harness, Command::Open(OpenCommand::Paths(vec![folder])));
        settle(&mut harness);
        assert!(harness.state().app.project().is_some());
        for key in [egui::Key::Num1, egui::Key::I] {
            harness.key_press(key);
        }
        harness.run_steps(2);
        let shape = Shape::Box(Box2 { x0: 2.0, y0: 3.0, x1: 14.0, y1: 16.0 });
        send(&mut harness, Command::Label(LabelCommand::Draw(shape)));
        send(&mut harness, Command::Play(PlayCommand::SeekFrame(0)));
        for screen in [vec2(1024.0, 640.0), vec2(1440.0, 900.0)] {
            for scale in [0.75, 1.0, 1.5, 2.0] {
                let size = screen / scale;
                harness.set_size(size);
                for workspace in Workspace::ALL {
                    send(&mut harness, Command::Show(*workspace));
                    if *workspace == Workspace::Explore
                        && harness.state().app.open.explore.stack.transforms.is_empty()
                    {
                        send(&mut harness, Command::Explore(ExploreCommand::Add("fog".to_owned())));
                    }
                    if *workspace == Workspace::Evaluate && harness.state().app.open.evaluate.result.is_none()
                    {
                        send(&mut harness, Command::Evaluate(EvaluateCommand::Run));
                    }
                    harness.state_mut().dismiss_toasts();
                    harness.run_steps(3);
                    let what = format!("seed {seed}, {}, {screen} at {scale}", workspace.title());
                    problems.extend(misplaced(&harness, size, &what));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Signals and recordings with such names, in a table that is opened as it is.
#[test]
fn names_of_signals_push_nothing_out() {
    let mut rng = Rng::split(7, 21);
    let home = tempfile::tempdir().unwrap();
    let names: Vec<String> =
        [3, 40, 120, 300].iter().map(|length| name(&mut rng, *length).replace(',', "")).collect();
    let rows: Vec<String> = (0..40).map(|row| format!("{row}.0,{row},1,2,{}", row * 2)).collect();
    let rows = rows.join("\n");
    let table = home.path().join(format!("{}.csv", "long ".repeat(40)));
    std::fs::write(&table, format!("t [s],{}\n{rows}", names.join(","))).unwrap();
    let mut harness = window_without_glyphs(&home.path().join("home"));
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![table])));
    settle(&mut harness);
    assert!(harness.state().app.open.clip.is_some());
    let mut problems = Vec::new();
    for screen in [vec2(1024.0, 640.0), vec2(1440.0, 900.0)] {
        for scale in [0.75, 1.0, 2.0] {
            harness.set_size(screen / scale);
            for workspace in Workspace::ALL {
                send(&mut harness, Command::Show(*workspace));
                harness.state_mut().dismiss_toasts();
                harness.run_steps(3);
                let what = format!("{}, {screen} at {scale}", workspace.title());
                problems.extend(misplaced(&harness, screen / scale, &what));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The table of tags beside the two other panels of Label leaves a third of the window to the frame.
#[test]
fn the_table_leaves_room_for_the_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press(egui::Key::F8);
    let mut problems = Vec::new();
    for size in [vec2(1024.0, 640.0), vec2(720.0, 450.0), vec2(1440.0, 900.0)] {
        harness.set_size(size);
        harness.run_steps(3);
        problems.extend(misplaced(&harness, size, &format!("the table at {size}")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
