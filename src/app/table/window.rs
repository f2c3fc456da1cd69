//! The window as a whole, the operator mode and the palette.

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{ctrl, key};

pub(super) static ENTRIES: &[Entry] = entries! { "Window"
    "Search commands", EVERYWHERE, [ctrl("K"), ctrl("P")], window(Palette);
    "Open files", EVERYWHERE, [ctrl("O")], window(OpenFiles);
    "Open a folder", EVERYWHERE, [], window(OpenFolder);
    "Close the project", NO_PALETTE, [ctrl("W")], run(Command::Open(OpenCommand::Close));
    "All keys", EVERYWHERE, [key("F1")], window(Keys);
    "Import labels", NO_PALETTE, [], window(ImportLabels);
    "Export labels", NO_PALETTE, [], window(ExportLabels);
    "Table of tags and objects", EVERYWHERE, [key("F8")], window(Table);
    "Operator mode", EVERYWHERE, [key("F9")], window(Operator);
    "Points over cameras", NO_PALETTE, [], window(PointsOverCameras);
    "Show predictions", NO_PALETTE, [], window(Predictions);
    "Model settings", NO_PALETTE, [], window(Model);
    "Notifications", NO_PALETTE, [], window(Notices);
    "Full screen", EVERYWHERE, [key("F11")], window(FullScreen);
    "Stop drawing, leave what covers the window", IDLE, [key("Escape")], window(Leave);
    "Light or dark", EVERYWHERE, [], window(Theme);
    "Larger", EVERYWHERE, [ctrl("Plus"), ctrl("Equals")], native();
    "Smaller", EVERYWHERE, [ctrl("Minus")], native();
    "Normal size", EVERYWHERE, [ctrl("0")], native();
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
