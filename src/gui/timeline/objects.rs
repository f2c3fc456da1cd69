//! The lane of objects: keyframes and visibility of the selected one, and positions of all labels.

use egui::{Rect, Shape, Stroke, Ui};

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::data::labels::label::Label;
use crate::gui::pane::Pane;
use crate::gui::theme::{self, class_ink};
use crate::gui::timeline::{LANE, seek_by_strip, strip_ui};
use crate::gui::viewers::axis::Axis;

/// Draws the lane when an object of the active channel is selected.
pub(super) fn object_lane_ui(ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
    let app = pane.app;
    let (Some(object), Some(project), Ok((clip, channel))) =
        (app.open.labeling.object, app.project(), app.open.current_camera())
    else {
        return;
    };
    let keys = project.labels.keyframes(&clip, &channel, object);
    let Some(first) = keys.first() else { return };
    let (part, response) = strip_ui(ui, &format!("{} {object}", first.class), LANE, axis);
    let painter = ui.painter_at(part);
    let x = |label: &Label| app.open.playback.times.get(label.frame).map(|time| axis.x_from_time(*time));
    let color = class_ink(ui, &first.class);
    for pair in keys.windows(2).filter(|pair| pair[0].state.present()) {
        if let (Some(from), Some(to)) = (x(pair[0]), x(pair[1])) {
            let rect = Rect::from_x_y_ranges(from..=to, part.center().y - 3.0..=part.center().y + 3.0);
            painter.rect_filled(rect, 2.0, color.gamma_multiply(0.6));
        }
    }
    let outline = theme::colors(ui).line;
    for key in &keys {
        let Some(x) = x(key) else { continue };
        let c = egui::pos2(x, part.center().y);
        let points = [(-5.0, 0.0), (0.0, -6.0), (5.0, 0.0), (0.0, 6.0)];
        let points = points.map(|(x, y)| c + egui::vec2(x, y)).to_vec();
        // What cannot be seen is hollow.
        let fill = if key.state.present() { color } else { theme::colors(ui).lane };
        let stroke = if key.state.present() { Stroke::new(1.0, outline) } else { Stroke::new(1.5, color) };
        painter.add(Shape::convex_polygon(points, fill, stroke));
    }
    let near = response
        .interact_pointer_pos()
        .filter(|_| response.clicked())
        .and_then(|pointer| keys.iter().find(|key| x(key).is_some_and(|x| (x - pointer.x).abs() <= 6.0)));
    match near {
        Some(key) => pane.commands.push(Command::Play(PlayCommand::SeekFrame(key.frame))),
        None => seek_by_strip(&response, axis, pane.commands),
    }
}
