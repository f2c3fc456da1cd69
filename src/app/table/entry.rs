//! One entry of the command table, and the form in which it is written down: title, modes, keys and action on one line.

use crate::app::command::Command;
use crate::app::table::modes::{Mode, Modes};
use crate::app::table::shortcut::Shortcut;

/// One entry of the table.
pub struct Entry {
    /// Its name, for people.
    pub title: &'static str,
    /// The heading under which it is listed.
    pub group: &'static str,
    /// Modes in which its keys count.
    pub modes: Modes,
    /// Its keys, the first is shown.
    pub keys: &'static [Shortcut],
    /// A key that is held down repeats it.
    pub held: bool,
    /// Effect of the entry.
    pub action: Action,
}

/// Effect of an entry.
#[derive(Clone, Copy)]
pub enum Action {
    /// A command of the program.
    Run(fn() -> Command),
    /// A command of the front end.
    Window(WindowCommand),
    /// Nothing here: the control that has the focus takes the key itself.
    Native,
}

/// A command that only concerns the front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowCommand {
    /// Opens or closes the search for commands.
    Palette,
    /// To the next hit of the search.
    PaletteNext,
    /// To the previous hit.
    PalettePrevious,
    /// Runs the selected hit.
    PaletteRun,
    /// Closes the search.
    PaletteClose,
    /// Asks for files to open.
    OpenFiles,
    /// Asks for a folder to open.
    OpenFolder,
    /// Shows or hides the sheet of keys.
    Keys,
    /// Shows or hides the table of tags and objects.
    Table,
    /// Enters or leaves the operator mode.
    Operator,
    /// Draws points and cuboids over calibrated cameras, or no longer.
    PointsOverCameras,
    /// Draws predictions, or no longer.
    Predictions,
    /// Opens the window of the loaded model.
    Model,
    /// Shows or hides the list of notices.
    Notices,
    /// Asks for a file of labels to import.
    ImportLabels,
    /// Opens the dialog that exports labels.
    ExportLabels,
    /// Fills the screen with the window, or no longer.
    FullScreen,
    /// Changes between light and dark.
    Theme,
    /// Stops drawing and closes what covers the window.
    Leave,
    /// Closes the window.
    Quit,
    /// Ends the shape that is being drawn.
    FinishShape,
    /// Removes its last point.
    RemovePoint,
    /// Removes all of it.
    DiscardShape,
}

impl Entry {
    /// True when it can be chosen from a list: it needs no shape that is being drawn and no text field.
    pub fn can_be_chosen(&self) -> bool {
        self.modes.has(Mode::Free) && !matches!(self.action, Action::Native)
    }

    /// All its keys as people write them.
    pub fn keys_text(&self) -> String {
        self.keys.iter().map(Shortcut::text).collect::<Vec<_>>().join("  ")
    }
}

/// Makes a list of entries with one heading: `"Title", MODES, [keys], run(command);`. The action is `run` with a command of
/// the program, `window` with one of the front end, or `native` for keys that the control with the focus takes itself.
/// `held` before it lets a key that is held down repeat.
macro_rules! entries {
    ($group:literal $($title:literal, $modes:ident, [$($key:expr),*], $($action:ident)+ ($($what:tt)*);)*) => {
        &[$($crate::app::table::entry::Entry {
            title: $title,
            group: $group,
            modes: $crate::app::table::modes::Modes::$modes,
            keys: &[$($key),*],
            held: $crate::app::table::entry::entries!(@held $($action)+),
            action: $crate::app::table::entry::entries!(@action $($action)+ ($($what)*)),
        }),*]
    };
    (@held held $action:ident) => { true };
    (@held $action:ident) => { false };
    (@action held $action:ident ($($what:tt)*)) => {
        $crate::app::table::entry::entries!(@action $action ($($what)*))
    };
    (@action run ($($what:tt)*)) => { $crate::app::table::entry::Action::Run(|| $($what)*) };
    (@action window ($($what:tt)*)) => {
        $crate::app::table::entry::Action::Window($crate::app::table::entry::WindowCommand::$($what)*)
    };
    (@action native ()) => { $crate::app::table::entry::Action::Native };
}

pub(in crate::app) use entries;
