//! Everything is found: by a name for screen readers, in the palette and in the menu; and every window closes with one key.

use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::findings::command::FindingsCommand;
use hardcase::app::findings::results::SweepSettings;
use hardcase::app::session::{Session, SessionCommand, Theme, WindowPlace};
use hardcase::app::table::choices;
use hardcase::app::table::search::rank;
use hardcase::gui::shell::Shell;

use crate::{click, drive, lights, send, settle, window, window_without_glyphs};

const CONTROLS: [Role; 9] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::MultilineTextInput,
    Role::RadioButton,
    Role::SpinButton,
    Role::TextInput,
    Role::Slider,
    Role::Link,
];

/// Checks that every control on screen has a name, and says which have none.
fn named(harness: &Harness<'_, Shell>, what: &str) {
    let mut count = 0;
    let mut nameless = Vec::new();
    for node in harness.query_all(by().predicate(|node| CONTROLS.contains(&node.role()))) {
        count += 1;
        let inner = node.accesskit_node();
        // The names of private use are icons.
        let name = inner.label().unwrap_or_default();
        if !name
            .chars()
            .any(|letter| letter.is_alphanumeric() && !('\u{e000}'..='\u{f8ff}').contains(&letter))
        {
            nameless.push((inner.role(), name, inner.value(), node.rect()));
        }
    }
    assert!(count > 4, "{what}: {count} controls");
    assert!(nameless.is_empty(), "{what}: {nameless:#?}");
}

/// Opens the palette, types, and runs the first hit.
fn find_and_run(harness: &mut Harness<'_, Shell>, query: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::TextInput, "Search commands").type_text(query);
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn every_control_of_every_page_has_a_name() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), Theme::Dark);
    named(&harness, "the welcome page");
    click(&mut harness, "Open traffic lights");
    for key in [Key::Num1, Key::Num2] {
        harness.key_press(key);
        harness.key_press(Key::ArrowRight);
    }
    settle(&mut harness);
    named(&harness, "Label");
    for page in ["list of tags", "list of objects", "odd", "label issues", "agreement"] {
        find_and_run(&mut harness, page);
        named(&harness, page);
    }
    send(&mut harness, Command::Explore(ExploreCommand::Add("fog".to_owned())));
    for page in ["side by side", "swipe", "difference of", "blink"] {
        find_and_run(&mut harness, page);
        assert_eq!(harness.state().app.workspace, Workspace::Explore, "{page}");
        named(&harness, page);
    }
    click(&mut harness, "Add transform");
    named(&harness, "the menu of transforms");
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    send(&mut harness, Command::Show(Workspace::Findings));
    named(&harness, "Findings before a sweep");
    let settings = SweepSettings { every: 16, ..SweepSettings::default() };
    send(&mut harness, Command::Findings(FindingsCommand::Settings(settings)));
    send(&mut harness, Command::Findings(FindingsCommand::Sweep));
    named(&harness, "Findings");
    send(&mut harness, Command::Show(Workspace::Suites));
    named(&harness, "Suites");
    send(&mut harness, Command::Show(Workspace::Evaluate));
    named(&harness, "Evaluate before a run");
    send(&mut harness, Command::Evaluate(EvaluateCommand::Run));
    for page in ["samples and errors", "embedding map", "curves", "compare models"] {
        find_and_run(&mut harness, page);
        named(&harness, page);
    }
    for page in ["model card", "backend settings", "metadata", "run the model once", "differential"] {
        find_and_run(&mut harness, page);
        named(&harness, page);
    }
    harness.key_press(Key::F9);
    harness.run_steps(3);
    named(&harness, "operator mode");
}

#[test]
fn every_control_of_a_drive_has_a_name() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path(), Theme::Dark);
    for tile in ["Log", "Map"] {
        harness.get_by_label(tile).click();
        harness.run_steps(3);
        named(&harness, tile);
    }
}

#[test]
fn every_window_closes_with_escape() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.key_press(Key::R);
    harness.run_steps(2);
    for (query, title) in [
        ("model card", "Model"),
        ("notifications", "Notifications"),
        ("export labels", "Export labels"),
        ("all keys", "Keys"),
    ] {
        find_and_run(&mut harness, query);
        let shown =
            |harness: &Harness<'_, Shell>| {
                harness
                    .query_all(by().predicate(|node| {
                        node.role() == Role::Window && node.label().as_deref() == Some(title)
                    }))
                    .count()
            };
        assert_eq!(shown(&harness), 1, "{title} is open");
        harness.key_press(Key::Escape);
        harness.run_steps(3);
        assert_eq!(shown(&harness), 0, "{title} is closed");
        assert!(harness.state().app.open.labeling.drawing, "the key only closed {title}");
    }
    // With the cursor in a text, once too.
    click(&mut harness, "Edit ontology");
    harness.get_by_role_and_label(Role::MultilineTextInput, "Tags").focus();
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::MultilineTextInput, "Tags").is_none());
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().app.open.labeling.drawing, "with no window open it stops drawing");
}

#[test]
fn everything_is_in_the_palette_under_the_words_that_people_use() {
    let home = tempfile::tempdir().unwrap();
    let harness = lights(home.path(), Theme::Dark);
    let app = &harness.state().app;
    let all = choices::all(app);
    let hits = |query: &str| -> BTreeSet<String> {
        let fits =
            |choice: &&choices::Choice| rank(query, (choice.group, &choice.title, choice.about)).is_some();
        all.iter().filter(fits).map(|choice| choice.title.clone()).collect()
    };
    for (query, title) in [
        ("operator", "Operator mode"),
        ("in-car", "Operator mode"),
        ("export", "Export labels"),
        ("theme", "Light or dark"),
        ("table", "Table of tags and objects"),
        ("fog", "Fog"),
        ("haze", "Fog"),
        ("confusion", "Confusion matrix"),
        ("saliency", "Saliency map by occlusion"),
        ("heatmap", "Saliency map by gradient"),
        ("compare", "Compare models"),
        ("diff", "Compare side by side"),
        ("mirror", "Vertical flip"),
        ("flip", "Horizontal mirror"),
        ("labels", "Check labels"),
        ("annotations", "Import labels"),
        ("screen", "Full screen"),
        ("spreadsheet", "Guard formulas in tables for spreadsheets, or no longer"),
        ("onnxruntime", "Run the model with ONNX Runtime"),
        ("xfail", "Save as test case"),
    ] {
        let found = hits(query);
        let titles: Vec<&String> = found.iter().take(12).collect();
        assert!(found.contains(title), "{query}: {titles:?}");
    }
    let medium = app.open.medium();
    for kind in app.open.models.catalog.kinds().filter(|kind| kind.medium() == medium) {
        assert!(hits(kind.title).contains(kind.title), "{}", kind.title);
    }
    for word in &app.project().unwrap().ontology.tags {
        assert!(hits(&word.name).contains(&format!("Tag {}", word.name)), "{}", word.name);
    }
    assert!(hits("qqqq").is_empty());
}

#[test]
fn the_palette_adds_a_transform_and_explains_a_prediction() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    find_and_run(&mut harness, "heatmap");
    assert!(harness.state().app.open.models.saliency.is_some());
    find_and_run(&mut harness, "fog");
    let app = &harness.state().app;
    assert_eq!(app.workspace, Workspace::Explore);
    assert_eq!(app.open.explore.stack.transforms[0].transform, "fog");
}

/// A filter applies while it is typed, and says when nothing matches; what cannot be run yet changes nothing.
#[test]
fn filters_apply_while_typing() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Evaluate));
    let signal = EvaluateCommand::Signal { number: "class".to_owned(), signal: Some("state".to_owned()) };
    send(&mut harness, Command::Evaluate(signal));
    send(&mut harness, Command::Evaluate(EvaluateCommand::Run));
    let query = |harness: &Harness<'_, Shell>| harness.state().app.open.evaluate.filter.query.clone();
    harness.get_by_role_and_label(Role::TextInput, "Query").focus();
    harness.run_steps(2);
    for (typed, applied) in [("score", ""), (" > ", ""), ("2", "score > 2")] {
        harness.get_by_role_and_label(Role::TextInput, "Query").type_text(typed);
        harness.run_steps(3);
        settle(&mut harness);
        assert_eq!(query(&harness), applied, "after {typed:?}");
    }
    harness.get_by_label("No sample matches the filter");
    send(&mut harness, Command::Show(Workspace::Suites));
    harness.get_by_role_and_label(Role::TextInput, "Filter cases").focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "Filter cases").type_text("nothing is called so");
    harness.run_steps(3);
    harness.get_by_label("No case matches the filter");
}

/// The menu is the command table, and the keys stay those of the recording.
#[test]
fn the_menu_runs_commands() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.get_by_role_and_label(Role::Button, "Menu").click();
    harness.run_steps(4);
    for group in ["Replay", "Label", "Files", "Pages", "Settings", "Window"] {
        assert!(harness.query_all_by_label_contains(group).count() > 0, "{group}");
    }
    harness.get_by_role_and_label(Role::Button, "Settings").click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, "Light theme").click();
    harness.run_steps(4);
    assert_eq!(harness.state().app.session.theme, Theme::Light);
    // The key that closes windows closes the menu too.
    harness.get_by_role_and_label(Role::Button, "Menu").click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, "Settings");
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(harness.query_by_role_and_label(Role::Button, "Settings").is_none());
    let frame = harness.state().app.open.playback.frame();
    harness.key_press(Key::ArrowRight);
    harness.run_steps(3);
    assert_eq!(harness.state().app.open.playback.frame(), frame + 1);
}

#[test]
fn the_window_remembers_its_size_place_and_scale() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(Session::load_from(Some(home.path().to_owned())).theme, Theme::System);
    let mut harness = window(home.path(), Theme::System);
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
        harness.run_steps(3);
    }
    let zoom = harness.state().app.session.zoom();
    assert!((1.15..1.3).contains(&zoom), "{zoom}");
    let place = WindowPlace { size: [1100.0, 700.0], corner: Some([40.0, 30.0]), maximized: false };
    send(&mut harness, Command::Session(SessionCommand::Window(place)));
    let again = Session::load_from(Some(home.path().to_owned()));
    assert_eq!(again.window, Some(place));
    assert!((again.zoom() - zoom).abs() < 1e-6);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Minus);
    harness.run_steps(3);
    assert!(harness.state().app.session.zoom() < zoom);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    harness.run_steps(3);
    assert!((harness.state().app.session.zoom() - 1.0).abs() < 1e-6);
    assert!(place.usable());
    assert!(!WindowPlace { corner: Some([9e9, 0.0]), ..place }.usable());
    assert!(!WindowPlace { size: [0.0, f32::NAN], ..place }.usable());
}

/// Letters of a script that no font has are told of once, with the package.
#[test]
fn a_missing_font_is_told_of_once() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window_without_glyphs(home.path());
    click(&mut harness, "Open traffic lights");
    let told = |harness: &Harness<'_, Shell>| {
        let list = harness.state().app.notices.list();
        list.iter().filter(|notice| notice.text.contains("fonts-noto-cjk")).count()
    };
    assert_eq!(told(&harness), 0);
    for name in ["行人", "歩行者 行人"] {
        let mut ontology = harness.state().app.project().unwrap().ontology.clone();
        ontology.tags[0].name = name.to_owned();
        send(
            &mut harness,
            Command::Label(hardcase::app::label::command::LabelCommand::SetOntology(ontology)),
        );
        harness.run_steps(4);
    }
    // Without the fonts of the system, which this window does not look for.
    assert_eq!(told(&harness), 1, "{:?}", harness.state().app.notices.list());
}
