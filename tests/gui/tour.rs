//! The tour, taken step by step by its real commands, and what can be done in each workspace.

use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::tour::STEPS;

use crate::{click, in_both_themes, send, settle, snapshot, window};

#[test]
fn the_tour_is_taken_by_its_real_commands_skipped_and_taken_again() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = window(home.path(), theme);
        click(&mut harness, "Take the tour");
        for (at, step) in STEPS.iter().enumerate() {
            let step_of = format!("Tour, step {} of {}", at + 1, STEPS.len());
            assert!(harness.query_by_label(&step_of).is_some(), "{step_of}");
            assert!(!(step.done)(&harness.state().app), "{} is still to do", step.title);
            click(&mut harness, "Show me");
            settle(&mut harness);
            assert!((step.done)(&harness.state().app), "{}", step.title);
            if at == 2 {
                snapshot(&mut harness, &format!("tour_{name}"));
            }
            let next = if at + 1 < STEPS.len() { "Next step" } else { "Finish the tour" };
            click(&mut harness, next);
        }
        assert!(harness.state().app.tour.is_none());
        let project = harness.state().app.project().unwrap();
        let case = project.cases.last().unwrap();
        assert_eq!(
            (case.why.as_str(), case.stack.transforms[0].transform.as_str()),
            ("seen in the tour", "brightness")
        );
        let verdict = &harness.state().app.open.suites.verdicts[&(case.suite.clone(), case.id.clone())];
        assert!(verdict.as_ref().unwrap().failed(), "the bright light has another name: {verdict:?}");
        harness.state_mut().app.dispatch(Command::Tour(hardcase::app::tour::command::TourCommand::Start));
        harness.run_steps(3);
        harness.get_by_label_contains("Skip the tour").click();
        harness.run_steps(3);
        assert!(harness.state().app.tour.is_none());
        harness.take_snapshot_results()
    });
}

#[test]
fn what_can_be_done_here_is_listed_for_every_workspace() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = crate::lights(home.path(), hardcase::app::session::Theme::Dark);
    for workspace in Workspace::ALL {
        send(&mut harness, Command::Show(*workspace));
        harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::F1);
        harness.run_steps(3);
        assert!(!hardcase::app::tour::possible(*workspace).is_empty(), "{workspace:?}");
        for (what, how) in hardcase::app::tour::possible(*workspace) {
            assert!(harness.query_all_by_label(what).count() == 1, "{what}");
            assert!(harness.query_all_by_label(how).count() >= 1, "{how}");
        }
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
        assert!(harness.query_by_label("What can I do here?").is_none());
    }
}
