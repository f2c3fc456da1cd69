//! Sweeps, searches and the failures they found.

use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{key, shift};

pub(super) static ENTRIES: &[Entry] = entries! { "Findings"
    "Sweep the stack", RECORDING, [], run(Command::Findings(FindingsCommand::Sweep));
    "Try every transform", RECORDING, [], run(Command::Findings(FindingsCommand::SweepAll));
    "Search by coverage", RECORDING, [], run(Command::Findings(FindingsCommand::Search));
    "Go on with the search", RECORDING, [], run(Command::Findings(FindingsCommand::SearchOn));
    "Open the violation in Explore", RECORDING, [], run(Command::Findings(FindingsCommand::Open));
    "Keep the violation as a case", RECORDING, [], run(Command::Findings(FindingsCommand::Keep));
    "Next violation", RECORDING, [key("J")], run(Command::Findings(FindingsCommand::Step(1)));
    "Previous violation", RECORDING, [shift("J")], run(Command::Findings(FindingsCommand::Step(-1)));
    "I would know what to do", RECORDING, [key("Y")], run(Command::Findings(FindingsCommand::Vote(true)));
    "I would not know either", RECORDING, [key("N")], run(Command::Findings(FindingsCommand::Vote(false)));
};
