//! The question box of the page of moments, by accessible name.

use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::findings::moments::MineCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::Theme;
use hardcase::mining::finding::Effort;

use crate::common::copied;
use crate::{click, send, settle, window};

#[test]
fn a_question_is_completed_asked_and_saved() {
    let home = tempfile::tempdir().unwrap();
    copied("tempe", &home.path().join("tempe"));
    let mut harness = window(home.path(), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![home.path().join("tempe")])));
    send(&mut harness, Command::Show(Workspace::Findings));
    send(&mut harness, Command::Mine(MineCommand::Page(true)));
    harness.get_by_label("Question").focus();
    harness.run_steps(2);
    harness.get_by_label("Question").type_text("any(tt");
    harness.run_steps(3);
    assert_eq!(harness.state().app.open.moments.question, "any(tt");
    harness.get_by_label_contains("Problem: the expression \"any(tt\" has an unclosed call of any at 1");
    click(&mut harness, "Complete with ttc(b)");
    assert_eq!(harness.state().app.open.moments.question, "any(ttc()");
    send(&mut harness, Command::Mine(MineCommand::Question("any(ttc(ego) < 1.5)".to_owned())));
    assert!(harness.query_by_label_contains("Problem:").is_none());
    click(&mut harness, "Ask");
    settle(&mut harness);
    let found = harness.state().app.open.moments.found.clone().unwrap();
    assert!(!found.is_empty() && found.iter().all(|finding| finding.finder == "ask"), "{found:?}");
    // The timeline has a lane of them.
    send(&mut harness, Command::Show(Workspace::Label));
    harness.run_steps(3);
    harness.get_by_label_contains("Lane of ask");
    send(&mut harness, Command::Show(Workspace::Findings));
    harness.run_steps(3);
    harness.get_by_label("Name of the question").focus();
    harness.run_steps(2);
    harness.get_by_label("Name of the question").type_text("close_call");
    harness.run_steps(3);
    click(&mut harness, "Save question");
    let questions = harness.state().app.project().unwrap().questions.clone();
    assert_eq!(questions["close_call"], "any(ttc(ego) < 1.5)");
}

#[test]
fn a_moment_becomes_a_case_by_one_key() {
    let home = tempfile::tempdir().unwrap();
    copied("tempe", &home.path().join("tempe"));
    let mut harness = window(home.path(), Theme::Light);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![home.path().join("tempe")])));
    send(&mut harness, Command::Show(Workspace::Findings));
    send(&mut harness, Command::Mine(MineCommand::Mine(Effort::Cheap)));
    settle(&mut harness);
    let found = harness.state().app.open.moments.found.clone().unwrap();
    let claims =
        |finder: &str| hardcase::mining::finders::kind(finder).is_some_and(|kind| kind.claim.is_some());
    let at = found.iter().position(|finding| claims(&finding.finder)).unwrap();
    send(&mut harness, Command::Mine(MineCommand::Select(at)));
    let before = harness.state().app.project().unwrap().cases.len();
    harness.key_press(egui::Key::P);
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(harness.state().app.project().unwrap().cases.len(), before + 1);
}
