//! Pages of Evaluate beside the metrics: suites of texts, fairness, and the model card.

use crate::app::App;
use crate::app::command::Command;
use crate::app::evaluate::card::command::CardCommand;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::fairness::command::FairnessCommand;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::evaluate::texts::command::{TextCommand, TextLook};
use crate::app::table::entry::{Entry, entries};

fn page(page: EvaluatePage) -> Command {
    Command::Evaluate(EvaluateCommand::Page(page))
}

fn text(command: TextCommand) -> Command {
    Command::Evaluate(EvaluateCommand::Texts(command))
}

fn fairness(command: FairnessCommand) -> Command {
    Command::Evaluate(EvaluateCommand::Fairness(command))
}

/// A command about the suite of texts that is open, on its page.
fn of_suite(app: &App, command: TextCommand) -> Option<Command> {
    let texts = &app.open.evaluate.texts;
    (texts.suite().is_some() && app.open.evaluate.page == EvaluatePage::Texts).then(|| text(command))
}

pub(super) static ENTRIES: &[Entry] = entries! { "Texts, fairness, model card"
    "Metrics of the model", NO_PALETTE, [], run(page(EvaluatePage::Metrics));
    "Text: behavioral suites", NO_PALETTE, [], run(page(EvaluatePage::Texts));
    "Open a suite of texts", NO_PALETTE, [], window(Ask(AskFor::TextFolder));
    "Import a suite of CheckList", NO_PALETTE, [], window(Ask(AskFor::TextImport));
    "Example suite of texts", NO_PALETTE, [], run(text(TextCommand::Example));
    "New suite of texts", NO_PALETTE, [], run(text(TextCommand::New));
    "Run a model on the suite of texts", NO_PALETTE, [], window(Ask(AskFor::TextModel));
    "Run the loaded model on the suite of texts", NO_PALETTE, [], run(text(TextCommand::AddLoaded));
    "Open predictions of the suite of texts", NO_PALETTE, [], window(Ask(AskFor::TextPredictions));
    "Stop the run of the suite of texts", NO_PALETTE, [], run(text(TextCommand::Stop));
    "Results of the suite of texts", NO_PALETTE, [], with(|app| of_suite(app, TextCommand::Editor(false)));
    "Template editor", NO_PALETTE, [], with(|app| of_suite(app, TextCommand::Editor(true)));
    "Add the test to the suite of texts", NO_PALETTE, [], with(|app| of_suite(app, TextCommand::AddTest));
    "Next failing sentence", NO_PALETTE, [], with(|app| of_suite(app, TextCommand::Look(TextLook::Step(1))));
    "Previous failing sentence", NO_PALETTE, [], with(|app| of_suite(app, TextCommand::Look(TextLook::Step(-1))));
    "Undo the change of the suite of texts", NO_PALETTE, [], with(|app| of_suite(app, TextCommand::Undo));
    "Save the suite of texts", NO_PALETTE, [], run(text(TextCommand::Save(None)));
    "Save the suite of texts in another folder", NO_PALETTE, [], window(Ask(AskFor::TextSave));
    "Export the report of the suite of texts", NO_PALETTE, [], window(Ask(AskFor::TextExport));
    "Fairness: rates by group", NO_PALETTE, [], run(page(EvaluatePage::Fairness));
    "Open a table of predictions with groups", NO_PALETTE, [], window(Ask(AskFor::FairnessTable));
    "Example table of fairness", NO_PALETTE, [], run(fairness(FairnessCommand::Example));
    "Groups of the evaluated samples", NO_PALETTE, [], run(fairness(FairnessCommand::Evaluated));
    "Undo the choice of columns", NO_PALETTE, [], run(fairness(FairnessCommand::Undo));
    "Export the report of fairness", NO_PALETTE, [], window(Ask(AskFor::FairnessExport));
    "Model card: biases and statements", NO_PALETTE, [], run(page(EvaluatePage::Card));
    "Save the statements of the model card", NO_PALETTE, [], run(Command::Evaluate(EvaluateCommand::Card(CardCommand::Save)));
    "Undo the statement of the model card", NO_PALETTE, [], run(Command::Evaluate(EvaluateCommand::Card(CardCommand::Undo)));
    "Add test results to the model card", NO_PALETTE, [], window(Ask(AskFor::CardResults));
    "Write the model card", NO_PALETTE, [], window(Ask(AskFor::CardExport));
};
