//! The active suite.

use crate::app::App;
use crate::app::command::Command;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::entry::{Entry, entries};
use crate::suites::bundle::ModelPlace;

pub(super) static ENTRIES: &[Entry] = entries! { "Suites"
    "Run the suite", NO_PALETTE, [], with(run);
    "Export the suite into the project", NO_PALETTE, [], with(export);
};

fn run(app: &App) -> Option<Command> {
    Some(Command::Suite(SuiteCommand::Run(active(app)?)))
}

fn export(app: &App) -> Option<Command> {
    Some(Command::Suite(SuiteCommand::Export { suite: active(app)?, folder: None, model: ModelPlace::Named }))
}

/// The suite that the workspace shows: the active one, or the first while that has no case.
pub fn active(app: &App) -> Option<String> {
    let suites = app.project()?.suites();
    let active = suites.iter().find(|suite| **suite == app.open.suites.active);
    active.or_else(|| suites.first()).cloned()
}
