//! Views that a person opens beside those of the recording, and their layouts.

use crate::app::App;
use crate::app::command::Command;
use crate::app::replay::tiles::TileCommand;
use crate::app::table::entry::{Entry, entries};

pub(super) static ENTRIES: &[Entry] = entries! { "Views"
    "Open a plot of signals", RECORDING, [], with(plot);
    "Read messages of a topic", RECORDING, [], run(Command::Tiles(TileCommand::Messages(String::new())));
    "List of topics", RECORDING, [], run(Command::Tiles(TileCommand::ToggleTopics));
    "Layouts: save, restore", RECORDING, [], window(Layouts);
    "Reset the layout", RECORDING, [], run(Command::Tiles(TileCommand::ResetLayout));
};

/// A plot of the first signal on the timeline; an empty one where there is none.
pub fn plot(app: &App) -> Option<Command> {
    let open = app.open.clip.as_ref()?;
    let first = open.plotted().first().copied().or_else(|| open.signals().first().copied());
    let names = first.and_then(|id| open.info.channel(id)).map(|channel| channel.name.clone());
    Some(Command::Tiles(TileCommand::Plot(names.into_iter().collect())))
}
