//! The robustness lab in the window: an attack as a step of Explore, the human check, validity of inputs.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, kittest::by};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::explore::attack::{AttackState, AttackStep};
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::explore::glance::{GlanceCommand, Stage};
use hardcase::app::findings::command::FindingsCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Theme;
use hardcase::gui::shell::Shell;
use hardcase::robustness::attacks::kind;

use crate::{click, in_both_themes, lights, send, settle, snapshot};

/// Chooses an entry of a box to choose from.
fn choose(harness: &mut Harness<'_, Shell>, name: &str, entry: &str) {
    click(harness, name);
    click(harness, entry);
}

/// Clicks something that may have scrolled out of sight.
fn reach(harness: &mut Harness<'_, Shell>, name: &str) {
    harness.get_by_label(name).scroll_to_me();
    harness.run_steps(4);
    click(harness, name);
}

#[test]
fn an_attack_is_chosen_from_the_menu_set_and_saved() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Show(Workspace::Explore));
        click(&mut harness, "Add transform");
        harness.get_by_label("Attacks by gradients");
        harness.get_by_label("Attacks by scores");
        // Sizes are known once the reason for gradients is.
        settle(&mut harness);
        harness.get_by_label("Projected gradient descent").scroll_to_me();
        harness.run_steps(4);
        snapshot(&mut harness, &format!("attack_menu_{name}"));
        click(&mut harness, "Projected gradient descent");
        assert!(matches!(harness.state().app.attack_state(), AttackState::Done(_)));
        harness.get_by_label("Projected gradient descent Epsilon as a number");
        harness.get_by_label_contains("Attack: ");
        // Another norm has another unit.
        choose(&mut harness, "Attack norm", "L2");
        let step = harness.state().app.open.explore.attack.step.clone().unwrap();
        assert!((step.eps() - 1.0).abs() < 1e-9);
        choose(&mut harness, "Attack norm", "L-infinity");
        click(&mut harness, "Attack goal");
        // The class stands among the predictions as well.
        harness.get(by().label("green").predicate(|node| node.role() != Role::Label)).click();
        harness.run_steps(3);
        settle(&mut harness);
        let step = harness.state().app.open.explore.attack.step.clone().unwrap();
        assert!(step.target.is_some());
        choose(&mut harness, "Attack goal", "another class");
        click(&mut harness, "Difference");
        harness.get_by_label("Difference, amplified 10×");
        snapshot(&mut harness, &format!("attack_difference_{name}"));
        click(&mut harness, "Side by side");
        reach(&mut harness, "Curve");
        assert_eq!(harness.state().app.open.explore.curve.len(), 11);
        snapshot(&mut harness, &format!("attack_explore_{name}"));
        click(&mut harness, "Save as test case");
        let cases = &harness.state().app.project().unwrap().cases;
        assert_eq!(cases.iter().filter(|case| case.attack.is_some()).count(), 1);
        reach(&mut harness, "Projected gradient descent enabled");
        assert!(matches!(harness.state().app.attack_state(), AttackState::None));
        reach(&mut harness, "Remove Projected gradient descent");
        assert!(harness.state().app.open.explore.attack.step.is_none());
        harness.take_snapshot_results()
    });
}

#[test]
fn a_person_judges_the_attacked_frame_by_keyboard() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Explore));
    send(&mut harness, Command::Play(PlayCommand::SeekFrame(5)));
    let step = AttackStep::new(kind("fgsm").unwrap());
    send(&mut harness, Command::Explore(ExploreCommand::Attack(Some(step))));
    click(&mut harness, "Human check");
    harness.get_by_label("Image, not shown yet");
    let count = harness.state().app.open.explore.glance.check.as_ref().unwrap().count();
    for image in 0..count {
        // Space does not play the recording here.
        harness.key_press(egui::Key::Space);
        harness.run_steps(1);
        let stage = harness.state().app.open.explore.glance.check.as_ref().unwrap().stage;
        assert_ne!(stage, Stage::Ready);
        // Half a second passes by itself; here nobody waits for it.
        harness.state_mut().app.dispatch(Command::Explore(ExploreCommand::Glance(GlanceCommand::Cover)));
        harness.run_steps(2);
        harness.get_by_label("Image, covered");
        harness.get_by_label("What was it?");
        if image == 0 {
            harness.snapshot("human_check_dark");
        }
        harness.key_press(egui::Key::Num1);
        harness.run_steps(2);
    }
    assert!(!harness.state().app.open.playback.playing);
    assert!(harness.state().app.open.explore.glance.check.is_none());
    assert!(harness.state().app.glance().is_some());
    settle(&mut harness);
    harness.get_by_label_contains("saw ");
    // Escape ends a check without a judgment.
    click(&mut harness, "Human check");
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert!(harness.state().app.open.explore.glance.check.is_none());
    drop(harness.take_snapshot_results());
}

#[test]
fn failures_carry_a_chip_that_says_whether_their_input_is_valid() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Explore(ExploreCommand::Add("brightness".to_owned())));
        send(&mut harness, Command::Findings(FindingsCommand::Sweep));
        choose(&mut harness, "Reference set", "this recording");
        settle(&mut harness);
        let field = harness.get_by_label("Name of a valid input");
        field.focus();
        field.type_text("a traffic light");
        harness.run_steps(3);
        let (fault, invalid) = harness.state().app.open.findings.found.as_ref().unwrap().faults();
        assert!(invalid > 0, "{fault} {invalid}");
        click(&mut harness, &format!("No longer valid {invalid}"));
        assert_eq!(harness.state().app.open.findings.shown().len(), invalid);
        let first = harness.state().app.open.findings.shown()[0];
        let why = harness.state().app.open.findings.found.as_ref().unwrap().violations[first].why.clone();
        let card = harness.get_all_by_label_contains(&why).next().unwrap();
        card.click();
        harness.run_steps(3);
        settle(&mut harness);
        assert!(harness.query_all_by_label_contains("probably no longer a traffic light (").count() > 0);
        snapshot(&mut harness, &format!("validity_findings_{name}"));
        click(&mut harness, "Open in Explore");
        settle(&mut harness);
        harness.get_by_label_contains("probably no longer a traffic light (");
        snapshot(&mut harness, &format!("validity_explore_{name}"));
        harness.take_snapshot_results()
    });
}

#[test]
fn surprise_is_seen_along_the_recording_and_finds_mistakes() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Evaluate));
    send(&mut harness, Command::Evaluate(EvaluateCommand::Run));
    click(&mut harness, "Curves");
    harness.get_by_label("Reference set").scroll_to_me();
    harness.run_steps(4);
    choose(&mut harness, "Reference set", "this recording");
    settle(&mut harness);
    click(&mut harness, "Score the recording");
    assert!(harness.state().app.open.lane_scores().is_some());
    harness.snapshot("surprise_curves_dark");
    send(&mut harness, Command::Show(Workspace::Explore));
    harness.get_by_label("Surprise along the recording");
    harness.snapshot("surprise_lane_dark");
    drop(harness.take_snapshot_results());
}
