//! The Explore workspace: the comparison in the middle, the stack on the right, the timeline below.

use egui::{CentralPanel, Ui};

use crate::app::Workspace;
use crate::gui::pane::Pane;
use crate::gui::panes::explore::ExplorePane;
use crate::gui::panes::explore::stack::StackPane;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::icon;

/// The workspace in which one input is transformed.
pub(in crate::gui::panes) static KIND: WorkspaceKind = WorkspaceKind {
    workspace: Workspace::Explore,
    icon: icon::TARGET,
    make: || Box::<ExploreWorkspace>::default(),
};

#[derive(Default)]
struct ExploreWorkspace {
    compared: ExplorePane,
    stack: StackPane,
}

impl WorkspacePane for ExploreWorkspace {
    fn ui(&mut self, ui: &mut Ui, parts: &mut Parts, pane: &mut Pane<'_>) {
        parts.timeline_ui(ui, pane);
        let mut sides = Sides::new(ui, &[330.0]);
        sides.show(ui, (Side::Right, "stack"), [330.0, 280.0], |ui| self.stack.ui(ui, pane));
        CentralPanel::default().show(ui, |ui| self.compared.ui(ui, pane));
    }
}
