//! The workspaces: pages of the window that share clip, playhead and selection.

use serde::{Deserialize, Serialize};

use crate::app::command::Command;
use crate::app::table::entry::{Action, Entry};
use crate::app::table::modes::Modes;
use crate::app::table::shortcut::ctrl;

/// Each workspace on one line: its name in code, its title, its key together with Ctrl, and what it is for.
macro_rules! workspaces {
    ($($(#[$meta:meta])* $name:ident, $title:literal, $key:literal, $doc:literal;)*) => {
        /// A page of the window; all share clip, playhead and selection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Workspace {
            $(#[doc = $doc] $(#[$meta])* $name,)*
        }

        impl Workspace {
            /// Every workspace, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, for people.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }

        /// The commands that show a workspace.
        pub(super) static ENTRIES: &[Entry] = &[$(Entry {
            title: concat!("Show ", $title),
            group: "Window",
            modes: Modes::NO_PALETTE,
            keys: &[ctrl($key)],
            held: false,
            action: Action::Run(|| Command::Show(Workspace::$name)),
        }),*];
    };
}

workspaces! {
    Label, "Label", "1", "Watch and tag.";
    Explore, "Explore", "2", "Transform the input and compare.";
    Findings, "Findings", "3", "Search for failures.";
    Suites, "Suites", "4", "Test cases saved so far.";
    #[serde(alias = "measure")]
    Evaluate, "Measure", "5", "Evaluate the model on what is labeled.";
}

impl Default for Workspace {
    fn default() -> Self {
        Self::Label
    }
}
