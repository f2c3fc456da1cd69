//! Settings that are remembered between runs.

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::session::{SessionCommand, Theme};
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{ctrl, ctrl_shift};

pub(super) static ENTRIES: &[Entry] = entries! { "Settings"
    "Light or dark", EVERYWHERE, [], window(Theme);
    "Theme of the system", EVERYWHERE, [], run(Command::Session(SessionCommand::Theme(Theme::System)));
    "Light theme", EVERYWHERE, [], run(Command::Session(SessionCommand::Theme(Theme::Light)));
    "Dark theme", EVERYWHERE, [], run(Command::Session(SessionCommand::Theme(Theme::Dark)));
    "Larger", EVERYWHERE, [ctrl("Plus"), ctrl("Equals"), ctrl_shift("Plus"), ctrl_shift("Equals")], held window(Larger);
    "Smaller", EVERYWHERE, [ctrl("Minus")], held window(Smaller);
    "Normal size", EVERYWHERE, [ctrl("0")], window(NormalSize);
    "Speak tags, or no longer", NO_PALETTE, [], with(speak);
    "Sign saved cases with the account name, or no longer", NO_PALETTE, [], with(sign);
    "Guard formulas in tables for spreadsheets, or no longer", NO_PALETTE, [], with(guard);
};

#[expect(clippy::unnecessary_wraps, reason = "the table takes commands that are not always there")]
fn speak(app: &App) -> Option<Command> {
    Some(Command::Label(LabelCommand::Speak(!app.session.speak)))
}

#[expect(clippy::unnecessary_wraps, reason = "the table takes commands that are not always there")]
fn sign(app: &App) -> Option<Command> {
    Some(Command::Session(SessionCommand::SignCases(app.session.sign_cases != Some(true))))
}

#[expect(clippy::unnecessary_wraps, reason = "the table takes commands that are not always there")]
fn guard(app: &App) -> Option<Command> {
    Some(Command::Session(SessionCommand::GuardFormulas(!app.session.guard_formulas)))
}
