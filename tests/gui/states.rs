//! State lanes in the window: declared in the list of tags, switched by one key while the recording plays.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hardcase::app::command::Command;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Theme;

use crate::{in_both_themes, lights, send, settle, snapshot};

#[test]
fn states_are_declared_by_the_menu_of_a_tag_and_switched_by_its_key() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        for (kind, new) in [("dark", true), ("glare", false)] {
            harness.get_by_label(kind).click_secondary();
            harness.run_steps(4);
            if new {
                let field = (egui::accesskit::Role::TextInput, "State of a new lane");
                harness.get_by_role_and_label(field.0, field.1).focus();
                harness.run_steps(2);
                harness.get_by_role_and_label(field.0, field.1).type_text("light");
                harness.run_steps(2);
                harness.key_press(egui::Key::Enter);
            } else {
                harness.get_by_label("State of \"light\"").click();
            }
            harness.run_steps(4);
            settle(&mut harness);
            let lane = harness.state().app.project().unwrap().ontology.lane_of(kind).map(str::to_owned);
            assert_eq!(lane.as_deref(), Some("light"), "{kind}");
        }
        harness.key_press(egui::Key::Num5);
        settle(&mut harness);
        let middle = harness.state().app.open.playback.times.len() / 2;
        send(&mut harness, Command::Play(PlayCommand::SeekFrame(middle)));
        harness.key_press(egui::Key::Num4);
        settle(&mut harness);
        let project = harness.state().app.project().unwrap();
        let kinds: Vec<&str> = project.tags.iter().map(|tag| tag.kind.as_str()).collect();
        assert_eq!(kinds, ["dark", "glare"]);
        assert_eq!(project.tags[0].end, Some(project.tags[1].start), "no gap");
        assert!(harness.query_all_by_label_contains("State dark at").count() == 1);
        snapshot(&mut harness, &format!("states_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn the_running_state_is_marked_on_the_keys_of_the_operator() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    let command = hardcase::app::label::command::LabelCommand::SetLane {
        kind: "dark".to_owned(),
        lane: "light".to_owned(),
        moments: false,
    };
    send(&mut harness, Command::Label(command));
    harness.key_press(egui::Key::Num5);
    harness.key_press(egui::Key::F9);
    settle(&mut harness);
    let toggled = harness.get_by_label("State dark").accesskit_node().toggled();
    assert_eq!(toggled, Some(egui::accesskit::Toggled::True));
}
