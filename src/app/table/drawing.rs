//! A shape that is drawn point by point.

use crate::app::table::entry::{Entry, entries};
use crate::app::table::shortcut::key;

pub(super) static ENTRIES: &[Entry] = entries! { "While drawing a shape"
    "Finish the shape", DRAWING, [key("Enter")], window(FinishShape);
    "Remove the last point", DRAWING, [key("Backspace")], held window(RemovePoint);
    "Discard the shape", DRAWING, [key("Escape")], window(DiscardShape);
};
