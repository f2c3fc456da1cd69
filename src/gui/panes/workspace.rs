//! A workspace: one file with a `KIND` and one line in `panes/mod.rs`.

use egui::{Panel, Ui};

use crate::app::Workspace;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::views::Views;
use crate::gui::sides::within_ui;
use crate::gui::timeline::Timeline;
use crate::gui::toolbar::Tool;

/// A page of the window.
pub(in crate::gui) struct WorkspaceKind {
    /// Its name in the program, with the title and the key.
    pub(in crate::gui) workspace: Workspace,
    /// Its picture in the switcher.
    pub(in crate::gui) icon: &'static str,
    /// Makes the pane that draws it.
    pub(in crate::gui) make: fn() -> Box<dyn WorkspacePane>,
}

/// Pane of a workspace, with the state that it keeps.
pub(in crate::gui) trait WorkspacePane {
    /// Draws the page below the top bar.
    fn ui(&mut self, ui: &mut Ui, parts: &mut Parts, pane: &mut Pane<'_>);

    /// Its own buttons in the top bar, by groups.
    fn tools(&self, _pane: &Pane<'_>) -> Vec<Vec<Tool>> {
        Vec::new()
    }
}

/// Largest part of the height of a page that the time axis takes.
const TIMELINE: f32 = 0.45;

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
        // The frames above it keep more than half of a low window.
        let most = (ui.available_height() * TIMELINE).max(1.0).floor();
        Panel::bottom("timeline")
            .default_size(190.0_f32.min(most))
            .size_range(96.0_f32.min(most)..=most.max(96.0_f32.min(most)))
            .resizable(true)
            .show(ui, |ui| within_ui(ui, |ui| self.timeline.ui(ui, pane)));
    }
}
