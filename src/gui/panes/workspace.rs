//! The workspaces: each is one file with a `KIND` and one line here. The switcher, the shell and the palette follow.

use egui::{Panel, Ui};

use crate::app::Workspace;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::views::Views;
use crate::gui::panes::{evaluate, explore, findings, label, suites};
use crate::gui::timeline::Timeline;

/// Every kind, in the order of the switcher.
pub(in crate::gui) static KINDS: [&WorkspaceKind; 5] =
    [&label::workspace::KIND, &explore::workspace::KIND, &findings::KIND, &suites::KIND, &evaluate::KIND];

/// A page of the window.
pub(in crate::gui) struct WorkspaceKind {
    /// Its name in the program, with the title and the key.
    pub(in crate::gui) workspace: Workspace,
    /// Its picture in the switcher.
    pub(in crate::gui) icon: &'static str,
    /// Makes the pane that draws it.
    pub(in crate::gui) make: fn() -> Box<dyn WorkspacePane>,
}

/// What draws a workspace and remembers something about it.
pub(in crate::gui) trait WorkspacePane {
    /// Draws the page below the top bar.
    fn ui(&mut self, ui: &mut Ui, parts: &mut Parts, pane: &mut Pane<'_>);

    /// Its own buttons in the top bar, by groups.
    fn tools(&self, _pane: &Pane<'_>) -> Vec<Vec<crate::gui::toolbar::Tool>> {
        Vec::new()
    }
}

/// Parts of the window that several workspaces show.
pub(in crate::gui) struct Parts {
    /// The tiles with what the recording holds.
    pub(in crate::gui) views: Views,
    /// The time axis.
    pub(in crate::gui) timeline: Timeline,
}

impl Parts {
    /// The time axis below everything else of a workspace.
    pub(in crate::gui::panes) fn timeline_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        Panel::bottom("timeline")
            .default_size(190.0)
            .min_size(96.0)
            .resizable(true)
            .show(ui, |ui| self.timeline.ui(ui, pane));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workspace_of_the_program_has_a_page_in_its_order() {
        let pages: Vec<Workspace> = KINDS.iter().map(|kind| kind.workspace).collect();
        assert_eq!(pages, Workspace::ALL);
    }
}
