//! Moving through the recording; a key that is held goes on.

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{alt, ctrl, key, shift};
use crate::base::time::Span;

pub(super) static ENTRIES: &[Entry] = entries! { "Replay"
    "Play or pause", RECORDING, [key("Space")], run(Command::Play(PlayCommand::Toggle));
    "Next frame", RECORDING, [key("ArrowRight"), key("F")], held run(Command::Play(PlayCommand::Step(1)));
    "Previous frame", RECORDING, [key("ArrowLeft")], held run(Command::Play(PlayCommand::Step(-1)));
    "Previous frame, left hand", NO_REVIEW, [key("D")], held run(Command::Play(PlayCommand::Step(-1)));
    "Forward 1 s", RECORDING, [shift("ArrowRight")], held run(Command::Play(PlayCommand::Jump(seconds(1))));
    "Back 1 s", RECORDING, [shift("ArrowLeft")], held run(Command::Play(PlayCommand::Jump(seconds(-1))));
    "Forward 10 s", RECORDING, [ctrl("ArrowRight")], held run(Command::Play(PlayCommand::Jump(seconds(10))));
    "Back 10 s", RECORDING, [ctrl("ArrowLeft")], held run(Command::Play(PlayCommand::Jump(seconds(-10))));
    "Forward 10 ms", RECORDING, [alt("ArrowRight")], held run(Command::Play(PlayCommand::Jump(milliseconds(10))));
    "Back 10 ms", RECORDING, [alt("ArrowLeft")], held run(Command::Play(PlayCommand::Jump(milliseconds(-10))));
    "To the beginning", RECORDING, [key("Home")], held run(Command::Play(PlayCommand::Start));
    "To the end", RECORDING, [key("End")], held run(Command::Play(PlayCommand::End));
    "Next tag", RECORDING, [key("Period")], held run(Command::Play(PlayCommand::Event { forward: true }));
    "Previous tag", RECORDING, [key("Comma")], held run(Command::Play(PlayCommand::Event { forward: false }));
    "Faster", RECORDING, [key("Plus"), key("Equals"), shift("Plus"), shift("Equals")], held run(Command::Play(PlayCommand::Faster));
    "Slower", RECORDING, [key("Minus")], held run(Command::Play(PlayCommand::Slower));
    "Real time", FREE, [key("Backspace")], run(Command::Play(PlayCommand::Speed(1.0)));
    "Loop the range", RECORDING, [key("L")], run(Command::Play(PlayCommand::ToggleLoop));
    "Remove the loop range", RECORDING, [shift("L")], run(Command::Play(PlayCommand::LoopRange(None)));
};

const fn seconds(count: i64) -> Span {
    Span(count * Span::SECOND.0)
}

const fn milliseconds(count: i64) -> Span {
    Span(count * 1_000_000)
}
