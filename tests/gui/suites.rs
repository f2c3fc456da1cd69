//! The Suites page: a case looked at, cases selected and run, verdicts of the runs before.

use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::suites::history;

use crate::{click, in_both_themes, lights, send, snapshot};

#[test]
fn a_case_is_looked_at_run_alone_and_compared_with_the_runs_before() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Show(Workspace::Suites));
        let ids: Vec<String> = {
            let project = harness.state().app.project().unwrap();
            project.cases_of("lights").map(|case| case.id.clone()).collect()
        };
        assert!(ids.len() > 2, "{ids:?}");
        let runs = |harness: &egui_kittest::Harness<'_, _>| -> Vec<history::SuiteRun> {
            let shell: &hardcase::gui::shell::Shell = harness.state();
            history::read(&shell.app.project().unwrap().folder)
        };
        click(&mut harness, "Run suite");
        assert_eq!(runs(&harness).last().unwrap().verdicts.len(), ids.len());
        click(&mut harness, &format!("Select case {}", ids[0]));
        click(&mut harness, "Run 1 selected");
        assert_eq!(runs(&harness).last().unwrap().verdicts.len(), 1);
        // Cases of a tag: the filter finds tags, and those that it shows are run.
        send(
            &mut harness,
            Command::Suite(SuiteCommand::Tick { suite: "lights".to_owned(), ids: ids.clone(), on: false }),
        );
        harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Filter cases").focus();
        harness.run_steps(2);
        harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Filter cases").type_text(&ids[1]);
        harness.run_steps(3);
        click(&mut harness, "Run 1 shown");
        assert_eq!(runs(&harness).last().unwrap().verdicts.keys().collect::<Vec<_>>(), [&ids[1]]);
        harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Filter cases").focus();
        harness.run_steps(2);
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.key_press(egui::Key::Delete);
        harness.run_steps(3);
        click(&mut harness, &format!("Look at case {}", ids[0]));
        let seen = harness.state().app.open.suites.preview.as_ref().unwrap().seen.as_ref().unwrap();
        let seen = seen.as_ref().unwrap();
        assert!(!seen.expected.is_empty() && !seen.found.is_empty());
        assert!(harness.query_by_label("Original image of the case").is_some());
        assert!(harness.query_by_label("Transformed image of the case").is_some());
        // A mark for each run that judged it, with what it said.
        let marks = harness.query_all_by_label_contains(", traffic_light_state").count();
        assert_eq!(marks, 2, "the first run and the one of the selected case");
        snapshot(&mut harness, &format!("suite_case_{name}"));
        harness.take_snapshot_results()
    });
}
