//! Lanes of moments that were mined, one for each finder.

use egui::{Rect, Role, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::findings::moments::MineCommand;
use crate::data::findings::{Decision, Finding};
use crate::gui::pane::Pane;
use crate::gui::theme;
use crate::gui::timeline::{LANE, seek_by_strip, strip_ui};
use crate::gui::viewers::axis::Axis;
use crate::mining::finders;

/// Lanes that are shown; the other finders have theirs in the list alone.
const LANES: usize = 12;
/// Least width of a moment in points.
const LEAST: f32 = 3.0;
/// Distance in points at which a click is on a moment.
const REACH: f32 = 5.0;

/// Draws the lanes of the moments that the list shows. A click on a moment selects it.
pub(super) fn moment_lanes_ui(ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(found) = app.open.moments.found.as_ref().filter(|_| app.open.shows_moments()) else { return };
    let mut lanes: Vec<(&str, Vec<(usize, &Finding)>)> = Vec::new();
    for at in app.open.moments_shown() {
        let Some(finding) = found.get(at) else { continue };
        match lanes.iter_mut().find(|(finder, _)| *finder == finding.finder) {
            Some((_, lane)) => lane.push((at, finding)),
            None => lanes.push((&finding.finder, vec![(at, finding)])),
        }
    }
    for (finder, lane) in lanes.iter().take(LANES) {
        let title = finders::kind(finder).map_or(*finder, |kind| kind.title);
        let (part, response) = strip_ui(ui, title, LANE, axis);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("Lane of {title}, {} moments", lane.len()))
        });
        let painter = ui.painter_at(part);
        let place = |finding: &Finding| {
            let (from, to) = (axis.x_from_time(finding.t0), axis.x_from_time(finding.t1));
            let middle = axis.x_from_time(finding.peak);
            let (from, to) = (from.min(middle - LEAST / 2.0), to.max(middle + LEAST / 2.0));
            Rect::from_x_y_ranges(from..=to, part.top() + 3.0..=part.bottom() - 3.0)
        };
        for (at, finding) in lane {
            let faded = app.open.decision(finding) == Some(Decision::Dismissed);
            let color = theme::severity_ink(ui, finding.severity);
            let color = if faded { color.gamma_multiply(0.35) } else { color };
            painter.rect_filled(place(finding), 2.0, color);
            if app.open.moments.selected == Some(*at) {
                let stroke = egui::Stroke::new(1.5, theme::colors(ui).selection);
                painter.rect_stroke(place(finding), 2.0, stroke, egui::StrokeKind::Outside);
            }
        }
        let hit = response.clicked().then(|| response.interact_pointer_pos()).flatten().and_then(|pointer| {
            let near = |(_, finding): &&(usize, &Finding)| {
                place(finding).expand(REACH).x_range().contains(pointer.x)
            };
            lane.iter().rev().find(near).map(|(at, _)| *at)
        });
        match hit {
            Some(at) => pane.commands.push(Command::Mine(MineCommand::Select(at))),
            None => seek_by_strip(&response, axis, pane.commands),
        }
    }
}
