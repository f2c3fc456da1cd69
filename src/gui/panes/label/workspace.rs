//! The Label workspace: sources on the left, views in the middle, the selection on the right, the timeline below.

use egui::{CentralPanel, Ui};

use crate::app::Workspace;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::table::entry::WindowCommand;
use crate::data::clip::ChannelKind;
use crate::data::geometry::shape::ShapeKind;
use crate::gui::pane::Pane;
use crate::gui::panes::label::inspector::Inspector;
use crate::gui::panes::label::table::LabelTable;
use crate::gui::panes::replay::layouts::Layouts;
use crate::gui::panes::replay::sources::Sources;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::icon;
use crate::gui::toolbar::Tool;
use crate::gui::viewers::projection;

/// The workspace in which people watch, tag and draw.
pub(in crate::gui::panes) static KIND: WorkspaceKind =
    WorkspaceKind { workspace: Workspace::Label, icon: icon::TAG, make: || Box::<LabelWorkspace>::default() };

#[derive(Default)]
struct LabelWorkspace {
    sources: Sources,
    inspector: Inspector,
    table: LabelTable,
    layouts: Layouts,
}

impl WorkspacePane for LabelWorkspace {
    fn ui(&mut self, ui: &mut Ui, parts: &mut Parts, pane: &mut Pane<'_>) {
        parts.timeline_ui(ui, pane);
        let (sources, inspector, table) = ([220.0, 160.0], [250.0, 180.0], [430.0, 260.0]);
        let wanted = [sources[0], inspector[0], table[0]];
        let mut sides =
            Sides::new(ui, wanted.get(..if pane.shared.table { 3 } else { 2 }).unwrap_or(&wanted));
        sides.show(ui, (Side::Left, "sources"), sources, |ui| self.sources.ui(ui, pane));
        sides.show(ui, (Side::Right, "inspector"), inspector, |ui| self.inspector.ui(ui, pane));
        if pane.shared.table {
            sides.show(ui, (Side::Right, "table"), table, |ui| self.table.ui(ui, pane));
        }
        let frame = egui::Frame::new().fill(ui.visuals().extreme_bg_color);
        CentralPanel::default().frame(frame).show(ui, |ui| parts.views.ui(ui, pane));
        self.layouts.ui(ui, pane);
    }

    fn tools(&self, pane: &Pane<'_>) -> Vec<Vec<Tool>> {
        let (app, shared) = (pane.app, &pane.shared);
        let shapes = [
            (icon::BOX, "Draw a box", "Box", ShapeKind::Box),
            (icon::TURNED, "Draw a rotated box", "Rotated", ShapeKind::TurnedBox),
            (icon::POLYGON, "Draw a polygon", "Polygon", ShapeKind::Polygon),
            (icon::PATH, "Draw a polyline", "Polyline", ShapeKind::Polyline),
            (icon::POINTS, "Place keypoints", "Keypoints", ShapeKind::Keypoints),
            (icon::CUBE, "Add cuboid", "Cuboid", ShapeKind::Cuboid),
        ];
        let scans = app
            .open
            .clip
            .as_ref()
            .is_some_and(|open| open.info.of_kind(ChannelKind::Points).next().is_some());
        let shapes = shapes.into_iter().filter(|(.., shape)| scans || *shape != ShapeKind::Cuboid);
        let shapes = shapes.map(|(icon, title, label, shape)| {
            let command = Command::Label(LabelCommand::Tool(Some(shape)));
            let chosen = app.open.labeling.drawing && app.open.labeling.tool == shape;
            Tool::run(icon, title, label, command).pressed(chosen)
        });
        let mut shown = vec![
            Tool::window(icon::TABLE, WindowCommand::Table, "Table").pressed(shared.table),
            Tool::window(icon::WHEEL, WindowCommand::Operator, "Operator"),
        ];
        if projection::is_possible(app) {
            let points = Tool::window(icon::SPACE, WindowCommand::PointsOverCameras, "Points");
            shown.push(points.pressed(shared.points_over_cameras));
        }
        let eye = if shared.predictions { icon::EYE } else { icon::EYE_SLASH };
        let predictions = Tool::window(eye, WindowCommand::Predictions, "Predictions");
        shown.push(predictions.pressed(shared.predictions));
        vec![shapes.collect(), shown]
    }
}
