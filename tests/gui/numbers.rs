//! Models that give numbers in the window: the worst moments, the limit, cases, the lane of the timeline.

use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::ItemFilter;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::Theme;

use crate::common::steering::{WRONG, drive};
use crate::{click, send, snapshot, window};

#[test]
fn the_worst_moments_of_numbers() {
    let home = tempfile::tempdir().unwrap();
    let (place, model, signal) = drive(home.path());
    let mut harness = window(home.path(), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![place])));
    send(&mut harness, Command::Model(ModelCommand::Load(model)));
    send(&mut harness, Command::Show(Workspace::Evaluate));
    let signal = EvaluateCommand::Signal { number: "steering".to_owned(), signal: Some(signal) };
    send(&mut harness, Command::Evaluate(signal));
    send(&mut harness, Command::Evaluate(EvaluateCommand::Show(ItemFilter::default())));
    harness.get_by_label("Largest errors that count as right");
    harness.get_by_label("Limit of steering");
    harness.get_by_label("large error");
    let cards = harness.query_all_by_label_contains("steering: error -1.5000").count();
    assert_eq!(cards, WRONG.len(), "a card for each of the worst moments");
    snapshot(&mut harness, "evaluate_numbers");
    click(&mut harness, "Save as test cases");
    assert_eq!(harness.state().app.project().unwrap().cases.len(), WRONG.len());
    // A double-click goes to the frame, under which the lane shows recorded and predicted values.
    let worst = harness.state().app.open.evaluate.shown[0];
    send(&mut harness, Command::Evaluate(EvaluateCommand::Open(worst)));
    harness.get_by_label("steering: recorded and predicted by lane_keeper");
    snapshot(&mut harness, "label_numbers");
}
