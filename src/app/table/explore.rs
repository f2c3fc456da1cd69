//! One input and its transforms.

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::explore::glance::GlanceCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::key;

pub(super) static ENTRIES: &[Entry] = entries! { "Explore"
    "Find the tipping point", RECORDING, [key("T")], run(Command::Explore(ExploreCommand::FindTipping));
    "Draw the severity curve", RECORDING, [key("C")], run(Command::Explore(ExploreCommand::Curve));
    "Minimize the failing transforms", RECORDING, [key("X")], run(Command::Explore(ExploreCommand::Minimize));
    "Random transform", RECORDING, [key("S")], run(Command::Explore(ExploreCommand::Surprise));
    "Remove all transforms", RECORDING, [], run(Command::Explore(ExploreCommand::Clear));
    "Attack the frame again", RECORDING, [], run(Command::Explore(ExploreCommand::AttackAgain));
    "Stop the attack", RECORDING, [], run(Command::Explore(ExploreCommand::StopAttack));
    "Remove the attack", RECORDING, [], run(Command::Explore(ExploreCommand::Attack(None)));
    "Human check of the attacked frame", RECORDING, [], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Begin)));
    "Show the next image for a moment", GLANCE, [key("Space")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Show)));
    "Saw class 1", GLANCE, [key("1")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(0))));
    "Saw class 2", GLANCE, [key("2")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(1))));
    "Saw class 3", GLANCE, [key("3")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(2))));
    "Saw class 4", GLANCE, [key("4")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(3))));
    "Saw class 5", GLANCE, [key("5")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(4))));
    "Saw class 6", GLANCE, [key("6")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(5))));
    "Saw class 7", GLANCE, [key("7")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(6))));
    "Saw class 8", GLANCE, [key("8")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(7))));
    "Saw none of the classes", GLANCE, [key("0")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Say(usize::MAX))));
    "End the human check", GLANCE, [key("Escape")], run(Command::Explore(ExploreCommand::Glance(GlanceCommand::Cancel)));
    "Save as test case", RECORDING, [key("K")], run(Command::Suite(SuiteCommand::Keep { why: String::new() }));
};
