//! One input and its transforms.

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::key;

pub(super) static ENTRIES: &[Entry] = entries! { "Explore"
    "Find the tipping point", RECORDING, [key("T")], run(Command::Explore(ExploreCommand::FindTipping));
    "Draw the severity curve", RECORDING, [key("C")], run(Command::Explore(ExploreCommand::Curve));
    "Minimize the failing transforms", RECORDING, [key("X")], run(Command::Explore(ExploreCommand::Minimize));
    "Random transform", RECORDING, [key("S")], run(Command::Explore(ExploreCommand::Surprise));
    "Remove all transforms", RECORDING, [], run(Command::Explore(ExploreCommand::Clear));
    "Save as test case", RECORDING, [key("K")], run(Command::Suite(SuiteCommand::Keep { why: String::new() }));
};
