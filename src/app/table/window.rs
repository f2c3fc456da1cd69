//! The window as a whole, the operator mode and the palette.

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{ctrl, key, shift};
use crate::app::tour::command::TourCommand;

pub(super) static ENTRIES: &[Entry] = entries! { "Window"
    "Search commands", EVERYWHERE, [ctrl("K"), ctrl("P")], window(Palette);
    "Open files", EVERYWHERE, [ctrl("O")], window(OpenFiles);
    "Open a folder", EVERYWHERE, [], window(OpenFolder);
    "Search a folder for missing recordings and models", NO_PALETTE, [], window(SearchFolder);
    "Make a writable copy of the project", NO_PALETTE, [], window(WritableCopy);
    "Make a writable copy in your own data folder", NO_PALETTE, [], run(Command::Open(OpenCommand::WritableCopy { into: None }));
    "Read all signals", NO_PALETTE, [], run(Command::Open(OpenCommand::ReadSignals));
    "Close the project", NO_PALETTE, [ctrl("W")], run(Command::Open(OpenCommand::Close));
    "All keys", EVERYWHERE, [key("F1")], window(Keys);
    "Take the tour", EVERYWHERE, [], run(Command::Tour(TourCommand::Start));
    "What can I do here?", NO_PALETTE, [shift("F1")], window(Possible);
    "Import labels", NO_PALETTE, [], window(ImportLabels);
    "Export labels", NO_PALETTE, [], window(ExportLabels);
    "Table of tags and objects", EVERYWHERE, [key("F8")], window(Table);
    "Operator mode", EVERYWHERE, [key("F9")], window(Operator);
    "Points over cameras", NO_PALETTE, [], window(PointsOverCameras);
    "Show predictions", NO_PALETTE, [], window(Predictions);
    "Next look of saliency maps: heat, spotlight, contours", NO_PALETTE, [], window(SaliencyLook);
    "Notifications", NO_PALETTE, [], window(Notices);
    "Full screen", EVERYWHERE, [key("F11")], window(FullScreen);
    "Close the window on top, stop drawing", IDLE, [key("Escape")], window(Leave);
    "Quit", EVERYWHERE, [ctrl("Q")], window(Quit);
};

pub(super) static OPERATOR: &[Entry] = entries! { "In operator mode"
    "Undo the last tag", OPERATOR, [key("Backspace")], run(Command::Label(LabelCommand::Undo));
};

pub(super) static PALETTE: &[Entry] = entries! { "Search of commands"
    "Next command", PALETTE, [key("ArrowDown")], held window(PaletteNext);
    "Previous command", PALETTE, [key("ArrowUp")], held window(PalettePrevious);
    "Run the command", PALETTE, [key("Enter")], window(PaletteRun);
    "Close the search", PALETTE, [key("Escape")], window(PaletteClose);
};
