//! Views that a person opens: plots of signals and formulas, messages as recorded, the list of topics, layouts; and the clock.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hardcase::app::command::Command;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::replay::tiles::TileCommand;
use hardcase::app::session::Theme;
use hardcase::gui::shell::Shell;

use crate::{click, in_both_themes, send, settle, snapshot, window};

/// The reconstruction of Tempe: messages, signals, boxes and plans.
fn tempe(home: &std::path::Path, theme: Theme) -> Harness<'static, Shell> {
    let mut harness = window(home, theme);
    send(&mut harness, Command::Open(OpenCommand::Sample("tempe".to_owned())));
    harness
}

fn enter(harness: &mut Harness<'_, Shell>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn a_plot_shows_signals_and_formulas_by_two_axes_with_their_values() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = tempe(home.path(), theme);
        let signal = {
            let open = harness.state().app.open.clip.as_ref().unwrap();
            let first = open.plotted()[0];
            open.info.channel(first).unwrap().name.clone()
        };
        click(&mut harness, "Open a plot of signals");
        let plots = |harness: &Harness<'_, Shell>| {
            harness.state().app.open.clip.as_ref().unwrap().opened.plots.clone()
        };
        assert_eq!(plots(&harness)[0].left, std::slice::from_ref(&signal));
        let formula = format!("derivative(signal(\"{signal}\")) * 3.6");
        enter(&mut harness, "Signal or formula", &formula);
        assert_eq!(plots(&harness)[0].left, [signal.clone(), formula.clone()]);
        click(&mut harness, &format!("Move {formula} to the axis on the right"));
        assert_eq!(plots(&harness)[0].right, std::slice::from_ref(&formula));
        enter(&mut harness, "Signal or formula", "sped + 1");
        let problem = "the recording has no signal \"sped\"";
        assert!(harness.query_all_by_label_contains(problem).count() == 1, "said where its value would be");
        click(&mut harness, "Remove sped + 1");
        // A click in the chart goes to that moment.
        let before = harness.state().app.open.playback.playhead;
        harness.get_by_label("Chart of plot 1").click();
        harness.run_steps(4);
        assert!(harness.state().app.open.playback.playhead > before);
        send(&mut harness, Command::Play(PlayCommand::Jump(hardcase::base::time::Span::from_secs(-1.0))));
        snapshot(&mut harness, &format!("plot_{name}"));
        // It is there again when the project is opened again, and closes alone.
        harness.state_mut().app.remember_place();
        send(&mut harness, Command::Open(OpenCommand::Close));
        send(&mut harness, Command::Open(OpenCommand::Sample("tempe".to_owned())));
        assert_eq!(plots(&harness)[0].right, [formula]);
        send(&mut harness, Command::Tiles(TileCommand::ClosePlot(1)));
        assert!(plots(&harness).is_empty() && harness.query_by_label("Chart of plot 1").is_none());
        harness.take_snapshot_results()
    });
}

#[test]
fn topics_are_listed_and_their_messages_read_field_by_field() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = tempe(home.path(), theme);
        click(&mut harness, "List of topics");
        let topics = {
            let open = harness.state().app.open.clip.as_ref().unwrap();
            hardcase::clips::Clip::raw(&*open.joined).unwrap().topics()
        };
        for topic in topics.iter().take(4) {
            assert!(
                harness.query_all_by_label(&format!("Read {}", topic.name)).count() == 1,
                "{}",
                topic.name
            );
        }
        enter(&mut harness, "Filter topics", "no such topic");
        assert!(harness.query_by_label("No topic matches the filter").is_some());
        let field = harness.get_by_role_and_label(Role::TextInput, "Filter topics");
        field.focus();
        harness.run_steps(2);
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.key_press(egui::Key::Delete);
        harness.run_steps(3);
        let plain =
            topics.iter().find(|topic| topic.name.contains("control") || topic.name.contains("speed"));
        let topic = plain.unwrap_or(&topics[0]).clone();
        send(&mut harness, Command::Tiles(TileCommand::Messages(topic.name.clone())));
        let counted = |harness: &Harness<'_, Shell>, index: usize| {
            harness.query_by_label(&format!("{index} of {}", topic.times.len())).is_some()
        };
        assert!(counted(&harness, 1), "the first message of {}", topic.name);
        click(&mut harness, "Next message");
        assert!(counted(&harness, 2));
        let open = harness.state().app.open.clip.as_ref().unwrap();
        let (index, lines) = open.messages.shown(&topic.name).unwrap();
        let lines = (**lines).as_ref().unwrap();
        assert!(*index == 1 && !lines.is_empty());
        let first = lines.iter().find(|line| !line.value.is_empty()).unwrap().name.clone();
        assert!(harness.query_all_by_label(&first).count() >= 1, "{first}");
        snapshot(&mut harness, &format!("messages_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn a_layout_is_saved_restored_and_reset() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = tempe(home.path(), Theme::Dark);
    click(&mut harness, "Open a plot of signals");
    click(&mut harness, "Layouts: save, restore");
    enter(&mut harness, "Name of the layout", "with a plot");
    assert_eq!(harness.state().app.session.layouts.len(), 1);
    click(&mut harness, "Reset the layout");
    let plots = |harness: &Harness<'_, Shell>| harness.query_all_by_label("Chart of plot 1").count();
    assert_eq!(plots(&harness), 0);
    click(&mut harness, "with a plot");
    assert_eq!(plots(&harness), 1);
    click(&mut harness, "Remove layout with a plot");
    assert!(harness.state().app.session.layouts.is_empty() && plots(&harness) == 1);
}

#[test]
fn a_time_is_copied_and_typed_by_both_clocks() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = tempe(home.path(), Theme::Dark);
    let start = harness.state().app.open.playback.range.start;
    let label = format!("Time {}", harness.state().app.open.playback.clip_time());
    click(&mut harness, &label);
    assert!(
        harness.query_by_label("Copy clip time").is_some() && harness.query_by_label("Copy stamp").is_some()
    );
    enter(&mut harness, "Go to time", "0:02.5");
    let after = |harness: &Harness<'_, Shell>| (harness.state().app.open.playback.playhead - start).secs();
    assert!((after(&harness) - 2.5).abs() < 1e-9, "{}", after(&harness));
    click(&mut harness, "Time 0:02.500");
    enter(&mut harness, "Go to time", &(start + hardcase::base::time::Span::from_secs(4.0)).wall_clock());
    assert!((after(&harness) - 4.0).abs() < 1e-3, "{}", after(&harness));
    click(&mut harness, "Time 0:04.000");
    enter(&mut harness, "Go to time", "tomorrow");
    assert!(harness.query_all_by_label_contains("is no time").count() == 1);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Go to time").accesskit_node().value().is_some());
}
