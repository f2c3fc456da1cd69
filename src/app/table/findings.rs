//! Sweeps, searches and the failures they found.

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::evaluate::texts::command::{TextCommand, TextLook};
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::moments::MineCommand;
use crate::app::price::{PriceCommand, Work};
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{key, shift};
use crate::app::{App, Workspace};
use crate::mining::finding::Effort;

/// Goes on in the list of failures that is shown.
#[expect(clippy::unnecessary_wraps, reason = "the table takes commands that are not always there")]
fn step(app: &App, by: i64) -> Option<Command> {
    let texts = app.workspace == Workspace::Evaluate && app.open.evaluate.page == EvaluatePage::Texts;
    Some(if texts {
        Command::Evaluate(EvaluateCommand::Texts(TextCommand::Look(TextLook::Step(by as isize))))
    } else {
        Command::Findings(FindingsCommand::Step(by))
    })
}

pub(super) static ENTRIES: &[Entry] = entries! { "Findings"
    "Mine the recording", RECORDING, [], run(Command::Mine(MineCommand::Mine(Effort::Cheap)));
    "Mine the recording with its images", RECORDING, [], run(Command::Mine(MineCommand::Mine(Effort::Samples)));
    "Mine the recording with the model", RECORDING, [], run(Command::Price(PriceCommand::Ask(Work::Mining)));
    "Accept the moment", REVIEW, [key("A")], run(Command::Mine(MineCommand::Accept));
    "Dismiss the moment", REVIEW, [key("D")], run(Command::Mine(MineCommand::Dismiss));
    "Take back the decision", REVIEW, [key("U")], run(Command::Mine(MineCommand::Reopen));
    "Save the moment as test case", REVIEW, [key("P")], run(Command::Mine(MineCommand::Publish));
    "Ask the question", RECORDING, [], run(Command::Mine(MineCommand::Ask));
    "Sweep the stack", RECORDING, [], run(Command::Price(PriceCommand::Ask(Work::Stack)));
    "Sweep all transforms", RECORDING, [], run(Command::Price(PriceCommand::Ask(Work::AllTransforms)));
    "Coverage-guided search", RECORDING, [], run(Command::Price(PriceCommand::Ask(Work::Search)));
    "Continue the search", RECORDING, [], run(Command::Price(PriceCommand::Ask(Work::SearchOn)));
    "Open the failure in Explore", RECORDING, [], run(Command::Findings(FindingsCommand::Open));
    "Save the failure as test case", RECORDING, [], run(Command::Findings(FindingsCommand::Keep));
    "Next failure", RECORDING, [key("J")], with(|app| step(app, 1));
    "Previous failure", RECORDING, [shift("J")], with(|app| step(app, -1));
    "Mark frame as valid", RECORDING, [key("Y")], run(Command::Findings(FindingsCommand::Vote(true)));
    "Mark frame as not valid", RECORDING, [key("N")], run(Command::Findings(FindingsCommand::Vote(false)));
};
