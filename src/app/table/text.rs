//! Keys that a text field takes itself; no other command may have them there.

use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::{ctrl, ctrl_shift, key};

pub(super) static ENTRIES: &[Entry] = entries! { "Text fields"
    "Accept the text", TEXT, [key("Enter")], native();
    "Leave the text field", TEXT, [key("Escape")], native();
    "Select all of the text", TEXT, [ctrl("A")], native();
    "Copy", TEXT, [ctrl("C")], native();
    "Cut", TEXT, [ctrl("X")], native();
    "Paste", TEXT, [ctrl("V")], native();
    "Undo typing", TEXT, [ctrl("Z")], native();
    "Redo typing", TEXT, [ctrl_shift("Z"), ctrl("Y")], native();
    "A word further", TEXT, [ctrl("ArrowRight")], native();
    "A word back", TEXT, [ctrl("ArrowLeft")], native();
};
