//! Sweeps, searches and the failures they found.

use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{key, shift};

pub(super) static ENTRIES: &[Entry] = entries! { "Findings"
    "Sweep the stack", RECORDING, [], run(Command::Findings(FindingsCommand::Sweep));
    "Sweep all transforms", RECORDING, [], run(Command::Findings(FindingsCommand::SweepAll));
    "Coverage-guided search", RECORDING, [], run(Command::Findings(FindingsCommand::Search));
    "Continue the search", RECORDING, [], run(Command::Findings(FindingsCommand::SearchOn));
    "Open the failure in Explore", RECORDING, [], run(Command::Findings(FindingsCommand::Open));
    "Save the failure as test case", RECORDING, [], run(Command::Findings(FindingsCommand::Keep));
    "Next failure", RECORDING, [key("J")], run(Command::Findings(FindingsCommand::Step(1)));
    "Previous failure", RECORDING, [shift("J")], run(Command::Findings(FindingsCommand::Step(-1)));
    "Mark frame as valid", RECORDING, [key("Y")], run(Command::Findings(FindingsCommand::Vote(true)));
    "Mark frame as not valid", RECORDING, [key("N")], run(Command::Findings(FindingsCommand::Vote(false)));
};
