//! The pages *Fairness* and *Model card* by accessible name, on a table and a project with known faults.

use std::fs;
use std::process::Command as Process;

use egui_kittest::kittest::Queryable as _;
use hardcase::app::command::Command;
use hardcase::app::evaluate::card::command::CardCommand;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::evaluate::fairness::command::FairnessCommand;
use hardcase::app::evaluate::page::EvaluatePage;
use hardcase::app::session::Theme;
use hardcase::evaluation::model_card::statements::Statements;
use hardcase::metrics::fairness::thresholds::Strategy;
use serde_json::Value;

use crate::{click, in_both_themes, lights, send, settle, snapshot, window};

fn fairness(command: FairnessCommand) -> Command {
    Command::Evaluate(EvaluateCommand::Fairness(command))
}

#[test]
fn the_group_that_a_score_is_unfair_to_is_the_worst_one() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), Theme::Dark);
    click(&mut harness, "Fairness of a table");
    click(&mut harness, "Try the example: loans");
    click(&mut harness, "sex × age");
    let result = harness.state().app.open.evaluate.fairness.result.clone().unwrap();
    let crossed = result.report.attributes.last().unwrap();
    assert_eq!(crossed.worst["true_positive_rate"].0, "female × 50 and more");
    assert_eq!(crossed.worst["accuracy"].0, "female × 50 and more");
    harness.get_by_label_contains("True positives of female × 50 and more: ");
    // One threshold for all is unfair, thresholds by group are not: the planted 0.2 comes out.
    harness.get_by_label("Cost by threshold");
    click(&mut harness, "Equal opportunity");
    let explored = &result.explored[2];
    let equal = explored.strategies.iter().find(|one| one.strategy == Strategy::EqualOpportunity).unwrap();
    assert!(equal.gap.unwrap() <= 0.02, "{equal:?}");
    let at = |name: &str| {
        let group = explored.groups.iter().position(|group| group == name).unwrap();
        equal.groups[group].threshold.unwrap()
    };
    let apart = at("male × 50 and more") - at("female × 50 and more");
    assert!((0.1..0.3).contains(&apart), "{apart}");
    harness.get_by_label(&format!("Threshold of female × 50 and more: {:.3}", at("female × 50 and more")));
    // The rates are those of the command line.
    let (table, here, there) =
        (home.path().join("loans.csv"), home.path().join("a.json"), home.path().join("b.json"));
    fs::write(&table, include_str!("../../assets/examples/loans.csv")).unwrap();
    send(&mut harness, fairness(FairnessCommand::Export(here.clone())));
    let output = Process::new(env!("CARGO_BIN_EXE_hardcase"))
        .arg("fairness")
        .arg(&table)
        .args(["--label", "repaid", "--score", "score", "--group", "sex", "--group", "age", "--json"])
        .arg(&there)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = |path| -> Value { serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let (own, theirs) = (json(&here), json(&there));
    for part in ["rows", "overall", "attributes", "auc"] {
        assert_eq!(own[part], theirs[part], "{part}");
    }
    assert_eq!(own["thresholds"]["attribute"], "sex × age");
    let page = home.path().join("a.html");
    send(&mut harness, fairness(FairnessCommand::Export(page.clone())));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("female × 50 and more") && page.contains("Equal opportunity"));
    // A group fewer, and back.
    click(&mut harness, "age (3)");
    assert_eq!(
        harness.state().app.open.evaluate.fairness.result.as_ref().unwrap().report.attributes.len(),
        1
    );
    click(&mut harness, "Undo the choice");
    assert_eq!(
        harness.state().app.open.evaluate.fairness.result.as_ref().unwrap().report.attributes.len(),
        3
    );
}

#[test]
fn a_column_that_is_no_truth_is_refused_until_its_positive_value_is_chosen() {
    let home = tempfile::tempdir().unwrap();
    let table = home.path().join("granted.csv");
    let rows: Vec<String> = (0..80)
        .map(|at| format!("{},{},{}", ["a", "b"][at % 2], ["Granted", "Denied"][at / 2 % 2], at % 9))
        .collect();
    fs::write(&table, format!("group,outcome,answer\n{}\n", rows.join("\n"))).unwrap();
    let mut harness = window(home.path(), Theme::Light);
    send(&mut harness, fairness(FairnessCommand::Open(table)));
    let mut choice = harness.state().app.open.evaluate.fairness.choice.clone();
    assert_eq!(
        (choice.columns.truth.as_str(), choice.columns.positive.as_deref()),
        ("outcome", Some("Denied"))
    );
    choice.columns.prediction = Some("outcome".to_owned());
    choice.columns.positive = None;
    choice.columns.groups = vec!["group".to_owned()];
    send(&mut harness, fairness(FairnessCommand::Choose(Box::new(choice.clone()))));
    harness.get_by_label_contains(
        "Problem: line 2 has \"Granted\" in column \"outcome\", expected 0 or 1; choose",
    );
    choice.columns.positive = Some("Granted".to_owned());
    send(&mut harness, fairness(FairnessCommand::Choose(Box::new(choice))));
    harness.get_by_label("Accuracy of a: 100.0 %");
    harness.get_by_label("Thresholds need scores: choose a column of scores on the left");
}

#[test]
fn groups_come_from_the_project_and_the_card_tells_its_biases() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    click(&mut harness, "Evaluate");
    click(&mut harness, "Page Model card");
    harness.get_by_label("No model was evaluated on this project yet, so nothing is known");
    click(&mut harness, "Go to the evaluation");
    send(&mut harness, Command::Evaluate(EvaluateCommand::Run));
    click(&mut harness, "Page Fairness");
    click(&mut harness, "Groups of this project");
    let source = harness.state().app.open.evaluate.fairness.source.clone().unwrap();
    assert!(source.columns().any(|name| name == "ground truth") && source.sheet.lines.len() == 80);
    click(&mut harness, "Page Model card");
    settle(&mut harness);
    harness.get_by_label_contains("Representation bias: evaluated, not stated");
    harness.get_by_label_contains("Deployment bias: nothing evaluated, not stated");
    harness.get_by_label("Statement: Historical").focus();
    harness.run_steps(2);
    harness.get_by_label("Statement: Historical").type_text("Only German lights");
    harness.run_steps(3);
    settle(&mut harness);
    click(&mut harness, "Save statements");
    let folder = harness.state().app.project().unwrap().folder.clone();
    let stated = Statements::read(&folder).unwrap();
    assert_eq!(stated.get("bias", "historical"), Some("Only German lights"));
    for ending in ["html", "md"] {
        let file = home.path().join(format!("card.{ending}"));
        send(&mut harness, Command::Evaluate(EvaluateCommand::Card(CardCommand::Export(file.clone()))));
        let page = fs::read_to_string(file).unwrap();
        assert!(page.contains("Only German lights") && page.contains("Representation bias"), "{page}");
    }
}

#[test]
fn the_fairness_page_and_the_model_card() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, fairness(FairnessCommand::Example));
        snapshot(&mut harness, &format!("evaluate_fairness_{name}"));
        send(&mut harness, Command::Evaluate(EvaluateCommand::Run));
        send(&mut harness, Command::Evaluate(EvaluateCommand::Page(EvaluatePage::Card)));
        snapshot(&mut harness, &format!("evaluate_card_{name}"));
        harness.take_snapshot_results()
    });
}
